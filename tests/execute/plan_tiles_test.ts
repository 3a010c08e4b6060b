import { assertEquals, assertThrows } from "@std/assert";
import { MemoryLimitError } from "../../src/errors.ts";
import { planTiles } from "../../src/execute/plan_tiles.ts";
import type { Node } from "../../src/graph/mod.ts";
import type { DenseTensor } from "../../src/tensor/mod.ts";
import { int, node, noise, smallModel, value } from "./_small_model.ts";

function tilesOf(layer: Node, initializers: Record<string, DenseTensor>, room: number) {
  const model = smallModel({
    inputs: [value("x", [1, 12, 5, 5])],
    nodes: [layer],
    values: [value("y", [1, 12, 5, 5])],
    initializers,
  });
  return planTiles(model, { node: layer, room }).map((
    { slices, output, node: { attributes } },
  ) => ({
    slices: Object.fromEntries(
      slices.entries().map(([position, { axis, start, end }]) => [position, [axis, start, end]]),
    ),
    output: output && [output.axis, output.start, output.end],
    group: attributes.group?.value,
  }));
}

Deno.test("planTiles() splits a convolution along its output channels", () => {
  const initializers = { w: noise([5, 12, 1, 1], 1), b: noise([5], 2) };
  // A channel takes 12 weights and a bias: 52 bytes.
  assertEquals(tilesOf(node("Conv x,w,b -> y"), initializers, 104), [
    { slices: { 1: [0, 0, 2], 2: [0, 0, 2] }, output: [1, 0, 2], group: undefined },
    { slices: { 1: [0, 2, 4], 2: [0, 2, 4] }, output: [1, 2, 4], group: undefined },
    { slices: { 1: [0, 4, 5], 2: [0, 4, 5] }, output: [1, 4, 5], group: undefined },
  ]);
});

Deno.test("planTiles() splits a grouped convolution into whole groups", () => {
  // Three groups of four inputs and two outputs; a channel takes 16 bytes.
  const layer = node("Conv x,w -> y", { group: int(3) });
  assertEquals(tilesOf(layer, { w: noise([6, 4, 1, 1], 1) }, 70), [
    { slices: { 0: [1, 0, 8], 1: [0, 0, 4], 2: [0, 0, 4] }, output: [1, 0, 4], group: 2 },
    { slices: { 0: [1, 8, 12], 1: [0, 4, 6], 2: [0, 4, 6] }, output: [1, 4, 6], group: 1 },
  ]);
});

Deno.test("planTiles() splits inside a group where one group does not fit", () => {
  const layer = node("Conv x,w -> y", { group: int(2) });
  assertEquals(tilesOf(layer, { w: noise([6, 6, 1, 1], 1) }, 50), [
    { slices: { 0: [1, 0, 6], 1: [0, 0, 2], 2: [0, 0, 2] }, output: [1, 0, 2], group: 1 },
    { slices: { 0: [1, 0, 6], 1: [0, 2, 3], 2: [0, 2, 3] }, output: [1, 2, 3], group: 1 },
    { slices: { 0: [1, 6, 12], 1: [0, 3, 5], 2: [0, 3, 5] }, output: [1, 3, 5], group: 1 },
    { slices: { 0: [1, 6, 12], 1: [0, 5, 6], 2: [0, 5, 6] }, output: [1, 5, 6], group: 1 },
  ]);
});

Deno.test("planTiles() splits Gemm along its columns, the bias only where it has them", () => {
  const split = (layer: Node, w: number[], b: number[]) =>
    tilesOf(layer, { w: noise(w, 1), b: noise(b, 2) }, 60).map(({ slices }) => slices);
  assertEquals(split(node("Gemm x,w,b -> y"), [7, 4], [4]), [
    { 1: [1, 0, 1], 2: [0, 0, 1] },
    { 1: [1, 1, 2], 2: [0, 1, 2] },
    { 1: [1, 2, 3], 2: [0, 2, 3] },
    { 1: [1, 3, 4], 2: [0, 3, 4] },
  ]);
  assertEquals(split(node("Gemm x,w,b -> y", { transB: int(1) }), [4, 7], [1, 4]), [
    { 1: [0, 0, 1], 2: [1, 0, 1] },
    { 1: [0, 1, 2], 2: [1, 1, 2] },
    { 1: [0, 2, 3], 2: [1, 2, 3] },
    { 1: [0, 3, 4], 2: [1, 3, 4] },
  ]);
  assertEquals(split(node("Gemm x,w,b -> y"), [13, 2], [1]), [
    { 1: [1, 0, 1] },
    { 1: [1, 1, 2] },
  ]);
});

Deno.test("planTiles() makes one tile of what fits, whatever the layer", () => {
  const whole = [{ slices: {}, output: undefined, group: undefined }];
  assertEquals(tilesOf(node("Conv x,w -> y"), { w: noise([5, 12, 1, 1], 1) }, 240), whole);
  assertEquals(tilesOf(node("Gather w,x -> y"), { w: noise([5, 12], 1) }, 240), whole);
});

Deno.test("planTiles() says when one channel does not fit", () => {
  assertThrows(
    () => tilesOf(node("Conv x,w -> y"), { w: noise([5, 12, 1, 1], 1) }, 40),
    MemoryLimitError,
    'Cannot run node "make_y": its weights take 240 bytes, the memory limit leaves 40, a larger ' +
      "limit works",
  );
});
