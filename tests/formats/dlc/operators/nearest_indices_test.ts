import { assertEquals } from "@std/assert";
import { nearestIndices } from "../../../../src/formats/dlc/operators/nearest_indices.ts";

const SIZES = { input: 4, output: 6 };

Deno.test("nearestIndices() follows ONNX's rules", () => {
  // x * 4 / 6 = 0, 0.67, 1.33, 2, 2.67, 3.33.
  const floor = nearestIndices({ transform: "asymmetric", nearest: "floor" }, SIZES);
  assertEquals(floor, [0, 0, 1, 2, 2, 3]);
  const ceil = nearestIndices({ transform: "asymmetric", nearest: "ceil" }, SIZES);
  assertEquals(ceil, [0, 1, 2, 2, 3, 3]);
  // x * 3 / 5 = 0, 0.6, 1.2, 1.8, 2.4, 3.
  const corners = nearestIndices(
    { transform: "align_corners", nearest: "round_prefer_floor" },
    SIZES,
  );
  assertEquals(corners, [0, 1, 1, 2, 2, 3]);
});

Deno.test("nearestIndices() tells ties apart", () => {
  // (x + 0.5) * 8 / 4 - 0.5 = 0.5, 2.5, 4.5, 6.5.
  const halves = { input: 8, output: 4 };
  const down = { transform: "half_pixel", nearest: "round_prefer_floor" };
  assertEquals(nearestIndices(down, halves), [0, 2, 4, 6]);
  const up = { transform: "half_pixel", nearest: "round_prefer_ceil" };
  assertEquals(nearestIndices(up, halves), [1, 3, 5, 7]);
});

Deno.test("nearestIndices() does not know other rules", () => {
  assertEquals(nearestIndices({ transform: "mystery", nearest: "floor" }, SIZES), undefined);
  assertEquals(nearestIndices({ transform: "asymmetric", nearest: "mystery" }, SIZES), undefined);
});
