import { assertEquals, assertThrows } from "@std/assert";
import { UnsupportedError } from "../../../../src/errors.ts";
import { checkBatch, checkUpsamplings } from "../../../../src/formats/onnx/lower/check_shapes.ts";
import type { DeclaredDimension } from "../../../../src/formats/onnx/read/read_value_info.ts";
import { modelOf, nodeOf } from "../_model.ts";

function resized(from: readonly number[], to: readonly number[]) {
  return modelOf({ nodes: [nodeOf("Resize", ["x", "", "s"], ["y"])], shapes: { x: from, y: to } });
}

Deno.test("checkUpsamplings() accepts growing axes and refuses shrinking ones", () => {
  checkUpsamplings(resized([1, 3, 4, 4], [1, 3, 8, 4]), ["y"]);
  checkUpsamplings(resized([1, 3, 4, 4], [1, 3, 2, 4]), ["other"]);
  const error = assertThrows(
    () => checkUpsamplings(resized([1, 3, 4, 4], [1, 3, 8, 2]), ["y"]),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot read node "y" (Resize): it shrinks [1, 3, 4, 4] to [1, 3, 8, 2] with computed scales at ' +
      "opset 10, where the rounding is not stated; export the model with opset 13",
  );
});

function rebatch(declared: readonly DeclaredDimension[], inferred: readonly number[]): void {
  const model = modelOf({ nodes: [], shapes: { x: [1, 3], y: inferred } });
  const outputs = [{ name: "y", elementType: 1, shape: declared, otherType: undefined }];
  checkBatch(model, outputs, { file: "a.onnx", rebatched: { name: "x", from: 4, to: 1 } });
}

Deno.test("checkBatch() accepts outputs whose first dimension went along", () => {
  rebatch([4, 10], [1, 10]);
  rebatch(["N", 10], [1, 10]);
  rebatch([400, 85], [100, 85]);
  rebatch([7, 10], [7, 10]);
});

Deno.test("checkBatch() refuses outputs that a constant batch inside the graph bent", () => {
  const error = assertThrows(() => rebatch([4, 40], [4, 10]), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot set the batch of input "x" of "a.onnx" from 4 to 1: output "y" would become [4, 10], the ' +
      "file declares [4, 40]; export the model with batch 1",
  );
  assertThrows(() => rebatch([4, 10], [1, 1, 10]), UnsupportedError);
});
