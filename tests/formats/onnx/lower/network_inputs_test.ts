import { assertEquals, assertThrows } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { networkInputs } from "../../../../src/formats/onnx/lower/network_inputs.ts";
import type { DeclaredValue } from "../../../../src/formats/onnx/read/read_value_info.ts";

function declare(shape: DeclaredValue["shape"], name: string = "x"): DeclaredValue {
  return { name, elementType: 1, shape, otherType: undefined };
}

interface Options {
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
  readonly batch?: number | "keep";
}

function resolve(
  declared: readonly DeclaredValue[],
  { inputShapes = {}, batch = 1 }: Options = {},
) {
  const shapes = new Map(Object.entries(inputShapes));
  return networkInputs(declared, { file: "a.onnx", inputShapes: shapes, batch });
}

Deno.test("networkInputs() sets the batch, symbolic or fixed", () => {
  assertEquals(resolve([declare(["N", 3, 8, 8])]), {
    inputs: [{ name: "x", dtype: "float32", shape: [1, 3, 8, 8] }],
  });
  assertEquals(resolve([declare(["", 3])], { batch: 4 }).inputs[0]?.shape, [4, 3]);
  assertEquals(resolve([declare([1, 3])]), {
    inputs: [{ name: "x", dtype: "float32", shape: [1, 3] }],
  });
  assertEquals(resolve([declare([8, 3])]), {
    inputs: [{ name: "x", dtype: "float32", shape: [1, 3] }],
    rebatched: { name: "x", from: 8, to: 1 },
  });
});

Deno.test("networkInputs() leaves vectors, scalars and, if asked, fixed batches alone", () => {
  assertEquals(resolve([declare([5])]).inputs[0]?.shape, [5]);
  assertEquals(resolve([declare([])]).inputs[0]?.shape, []);
  assertEquals(resolve([declare(["N"])]).inputs[0]?.shape, [1]);
  assertEquals(resolve([declare([8, 3])], { batch: "keep" }).inputs[0]?.shape, [8, 3]);
  assertEquals(resolve([declare(["N", 3])], { batch: "keep" }).inputs[0]?.shape, [1, 3]);
});

Deno.test("networkInputs() lets given shapes win", () => {
  const { inputs, rebatched } = resolve([declare([8, 3, "height", "width"])], {
    inputShapes: { x: [2, 3, 4, 5] },
  });
  assertEquals(inputs[0]?.shape, [2, 3, 4, 5]);
  assertEquals(rebatched, undefined);
  assertEquals(resolve([declare(undefined)], { inputShapes: { x: [7] } }).inputs[0]?.shape, [7]);
});

Deno.test("networkInputs() says which dimension is open and how to give it", () => {
  const open = assertThrows(() => resolve([declare(["N", 3, "height", ""])]), UnsupportedError);
  assertEquals(
    open.message,
    'Cannot open "a.onnx": dimension 2 ("height") of input "x" is not fixed; give the shape with ' +
      "--input-dim x 1,3,height,N",
  );
  const unknown = assertThrows(() => resolve([declare(undefined)]), UnsupportedError);
  assertEquals(
    unknown.message,
    'Cannot open "a.onnx": the shape of input "x" is not known; give it with --input-dim x 1,…',
  );
});

Deno.test("networkInputs() refuses shapes that fit no input", () => {
  const error = (inputShapes: Readonly<Record<string, readonly number[]>>) =>
    assertThrows(() => resolve([declare([1, 3], "input")], { inputShapes }), RangeError).message;
  assertEquals(
    error({ inptu: [1, 3] }),
    'Cannot set the shape of "inptu": "a.onnx" has no such input, nearest is "input"',
  );
  assertEquals(
    error({ input: [1, 3, 4] }),
    'Cannot set the shape of input "input": found 3 dimensions [1, 3, 4], expected 2 as the model has',
  );
  assertEquals(
    error({ input: [1, 0] }),
    'Cannot set the shape of input "input": found [1, 0], expected positive integers',
  );
});

Deno.test("networkInputs() refuses inputs that are no tensors or have no name of their own", () => {
  const sequence = { ...declare(undefined), otherType: "a sequence" };
  assertEquals(
    assertThrows(() => resolve([sequence]), UnsupportedError).message,
    'Cannot read input "x" of "a.onnx": it is a sequence; supported are tensors',
  );
  assertEquals(
    assertThrows(() => resolve([{ ...declare([1]), elementType: 8 }]), UnsupportedError).message,
    'Cannot read input "x" of "a.onnx": its elements are string; supported are float32, float64, ' +
      "float16, bfloat16, bool and integers of 4 to 64 bits",
  );
  assertEquals(
    assertThrows(() => resolve([{ ...declare([1]), elementType: 99 }]), FormatError).message,
    'Cannot read input "x" of "a.onnx": found element type 99, expected 1 to 28 of ' +
      "TensorProto.DataType",
  );
  assertEquals(
    assertThrows(() => resolve([declare([1]), declare([1])]), FormatError).message,
    'Cannot read "a.onnx": two inputs have the name "x"',
  );
  assertEquals(
    assertThrows(() => resolve([declare([1], "")]), FormatError).message,
    'Cannot read "a.onnx": an input has no name',
  );
});
