import { assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openTensorflow, type OpenTensorflowOptions } from "../../../src/formats/tensorflow/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import {
  constant,
  floats,
  functionDef,
  graph,
  integers,
  node,
  placeholder,
  tensor,
} from "./_graph.ts";

async function open(bytes: Uint8Array, options: OpenTensorflowOptions = {}): Promise<void> {
  await using _ = await openTensorflow(await openSource(bytes, { name: "a.pb" }), options);
}

const X = placeholder("x", [1, 4, 4, 2]);
const FILTER = floats("w", [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
const CONV = { strides: { ints: [1, 1, 1, 1] }, padding: { s: "SAME" } };

/** What each graph is refused with, and the whole message. */
const REFUSALS: readonly (readonly [
  name: string,
  graph: Uint8Array,
  error: typeof FormatError | typeof UnsupportedError | typeof RangeError,
  message: string,
  options?: OpenTensorflowOptions,
])[] = [
  [
    "an unknown operator",
    graph([X, node("y", "Frobnicate", ["x"])]),
    UnsupportedError,
    'Cannot convert node "y" (Frobnicate): the operator is not known',
  ],
  [
    "an operator named like a property of objects",
    graph([X, node("y", "constructor", ["x"])]),
    UnsupportedError,
    'Cannot convert node "y" (constructor): the operator is not known',
  ],
  [
    "a node in a function named like a property of objects",
    graph([X, node("y", "f", ["x"])], [
      functionDef("f", {
        inputs: ["a"],
        nodes: [node("b", "constructor", ["a"])],
        result: "b:out:0",
      }),
    ]),
    UnsupportedError,
    'Cannot convert node "y/b" (constructor): the operator is not known',
  ],
  [
    "blocks of fractions",
    graph([
      X,
      floats("b", [2], [0.5, 2]),
      integers("c", [0, 0, 0, 0]),
      node("y", "BatchToSpaceND", ["x", "b", "c"]),
    ]),
    FormatError,
    'Cannot read node "y" (BatchToSpaceND): its shape is [0.5,2,1,4,4,2], expected integers',
  ],
  [
    "a branch without a condition",
    graph([X, node("s", "Switch", ["x"]), node("y", "Relu", ["s"])]),
    FormatError,
    'Cannot read node "s" (Switch): an input is missing',
  ],
  [
    "a loop",
    graph([
      X,
      node("enter", "Enter", ["x"]),
      node("merge", "Merge", ["enter", "next"]),
      node("next", "NextIteration", ["merge"]),
      node("y", "Exit", ["merge"]),
    ]),
    UnsupportedError,
    'Cannot convert "a.pb": 3 problems, the first: Cannot convert node "enter" (Enter): it is part ' +
    "of a loop; unroll loops before saving the model",
  ],
  [
    "several problems",
    graph([
      X,
      node("a", "Frobnicate", ["x"]),
      node("b", "Relu", ["a"]),
      node("c", "Where", ["b"]),
      node("y", "Frobnicate", ["c"]),
    ]),
    UnsupportedError,
    'Cannot convert "a.pb": 3 problems, the first: Cannot convert node "a" (Frobnicate): the ' +
    "operator is not known",
  ],
  [
    "a branch that data chooses",
    graph([
      X,
      placeholder("p", []),
      node("s", "Switch", ["x", "p"]),
      node("y", "Merge", ["s", "s:1"]),
    ]),
    UnsupportedError,
    'Cannot convert node "s" (Switch): it chooses a branch by "p", which depends on data; ' +
    "supported are constants",
  ],
  [
    "a shape that depends on data",
    graph([X, placeholder("s", [2]), node("y", "Reshape", ["x", "s"])]),
    UnsupportedError,
    'Cannot convert node "y" (Reshape): its shape (input 1, "s") depends on data; supported are ' +
    "constants",
  ],
  [
    "a variable without a checkpoint",
    graph([node("v", "VariableV2"), node("y", "Identity", ["v"]), X, node("z", "Add", ["y", "x"])]),
    UnsupportedError,
    'Cannot read variable "v" of "a.pb": the graph holds no values of variables; freeze it, or ' +
    "open it as SavedModel or as .meta with its checkpoint",
  ],
  [
    "an input without a shape",
    graph([placeholder("x", null), node("y", "Relu", ["x"])]),
    UnsupportedError,
    'Cannot open "a.pb": the shape of input "x" is not known; give it with --input-dim x 1,…',
  ],
  [
    "an open dimension",
    graph([placeholder("x", [-1, -1, 8, 3]), node("y", "Relu", ["x"])]),
    UnsupportedError,
    'Cannot open "a.pb": dimension 1 of input "x" is not fixed; give the shape with --input-dim x ' +
    "1,N,8,3",
  ],
  [
    "an input of strings",
    graph([node("x", "Placeholder", [], { dtype: { type: 7 } }), node("y", "Relu", ["x"])]),
    UnsupportedError,
    'Cannot read input "x" of "a.pb": its type is strings; supported are real numbers, integers ' +
    "and bool",
  ],
  [
    "training mode",
    graph([
      X,
      ...["a", "b", "c", "d"].map((name) => floats(name, [2], [1, 2])),
      node("y", "FusedBatchNorm", ["x", "a", "b", "c", "d"]),
    ]),
    UnsupportedError,
    'Cannot convert node "y" (FusedBatchNorm): it is in training mode; export the model for ' +
    "inference",
  ],
  [
    "a filter that does not fit",
    graph([X, floats("w", [1, 1, 3, 1], [1, 2, 3]), node("y", "Conv2D", ["x", "w"], CONV)]),
    FormatError,
    'Cannot read node "y" (Conv2D): its filter has 3 input channels, its image 2',
  ],
  [
    "strides over the batch",
    graph([
      X,
      FILTER,
      node("y", "Conv2D", ["x", "w"], { ...CONV, strides: { ints: [2, 1, 1, 1] } }),
    ]),
    UnsupportedError,
    'Cannot convert node "y" (Conv2D): its strides are [2,1,1,1]; supported is 1 for batch and ' +
    "channels",
  ],
  [
    "an unknown padding",
    graph([X, FILTER, node("y", "Conv2D", ["x", "w"], { ...CONV, padding: { s: "FULL" } })]),
    UnsupportedError,
    'Cannot convert node "y" (Conv2D): its padding is "FULL"; supported are SAME, VALID and ' +
    "EXPLICIT",
  ],
  [
    "an unknown layout",
    graph([
      X,
      FILTER,
      node("y", "Conv2D", ["x", "w"], { ...CONV, data_format: { s: "NCHW_VECT_C" } }),
    ]),
    UnsupportedError,
    'Cannot convert node "y" (Conv2D): its data_format is "NCHW_VECT_C"; supported are NHWC and ' +
    "NCHW",
  ],
  [
    "an attribute of another kind",
    graph([X, FILTER, node("y", "Conv2D", ["x", "w"], { ...CONV, padding: { i: 3 } })]),
    FormatError,
    'Cannot read node "y" (Conv2D): attribute "padding" holds a int, expected a text',
  ],
  [
    "bicubic resizing to nothing",
    graph([X, integers("s", [8, 0]), node("y", "ResizeBicubic", ["x", "s"])]),
    FormatError,
    'Cannot read node "y" (ResizeBicubic): its size is [8,0], expected height and width',
  ],
  [
    "boxes that are computed",
    graph([
      X,
      placeholder("boxes", [1, 4]),
      integers("images", [0]),
      integers("size", [2, 2]),
      node("y", "CropAndResize", ["x", "boxes", "images", "size"]),
    ]),
    UnsupportedError,
    'Cannot convert node "y" (CropAndResize): its boxes (input 1, "boxes") depends on data; ' +
    "supported are constants",
  ],
  [
    "a slice outside",
    graph([
      X,
      integers("b", [0, 0, 3, 0]),
      integers("s", [1, 4, 2, 2]),
      node("y", "Slice", [
        "x",
        "b",
        "s",
      ]),
    ]),
    FormatError,
    'Cannot read node "y" (Slice): it takes [1,4,2,2] from [0,0,3,0] on of a tensor of shape ' +
    "[1,4,4,2]",
  ],
  [
    "an element outside",
    graph([
      X,
      integers("b", [1]),
      integers("e", [2]),
      integers("s", [1]),
      node("y", "StridedSlice", ["x", "b", "e", "s"], { shrink_axis_mask: { i: 1 } }),
    ]),
    FormatError,
    'Cannot read node "y" (StridedSlice): it takes element 1 of axis 0, which has 1',
  ],
  [
    "a range that is none",
    graph([X, node("y", "FakeQuantWithMinMaxArgs", ["x"], { min: { f: 1 }, max: { f: 1 } })]),
    FormatError,
    'Cannot read node "y" (FakeQuantWithMinMaxArgs): its range is [1, 1], expected a minimum below ' +
    "the maximum",
  ],
  [
    "values quantized by channel",
    graph([
      X,
      floats("l", [2], [-1, -1]),
      floats("h", [2], [1, 1]),
      node("r", "Relu", ["x"]),
      node("y", "FakeQuantWithMinMaxVarsPerChannel", ["r", "l", "h"]),
    ]),
    UnsupportedError,
    'Cannot convert node "y" (FakeQuantWithMinMaxVarsPerChannel): it quantizes "r", which is ' +
    "computed, by channel; supported are constants",
  ],
  [
    "an input that is not there",
    graph([node("y", "Relu", ["x"])]),
    FormatError,
    'Cannot read "a.pb": node "y" (Relu) reads "x", which is not there',
  ],
  [
    "an output that is not there",
    graph([X, node("y", "Relu", ["x:3"])]),
    FormatError,
    'Cannot read "a.pb": node "y" (Relu) reads "x:3", which node "x" does not have',
  ],
  [
    "a cycle",
    graph([node("a", "Relu", ["b"]), node("b", "Relu", ["a"]), node("y", "Relu", ["a"])]),
    FormatError,
    'Cannot read "a.pb": node "a" (Relu) depends on its own output, expected no cycle',
  ],
  [
    "two nodes of one name",
    graph([X, X]),
    FormatError,
    'Cannot read "a.pb": node "x" at byte 62 is there twice, expected once',
  ],
  [
    "a function that is not there",
    graph([X, node("y", "PartitionedCall", ["x"], { f: { func: "f" } })]),
    FormatError,
    'Cannot read node "y" (PartitionedCall): it calls function "f", which is not there',
  ],
  [
    "a function with other arguments",
    graph([X, node("y", "PartitionedCall", ["x", "x"], { f: { func: "f" } })], [
      functionDef("f", { inputs: ["a"], nodes: [], result: "a" }),
    ]),
    FormatError,
    'Cannot read node "y" (PartitionedCall): it passes 2 arguments, function "f" has 1',
  ],
  [
    "a tensor without its elements",
    graph([X, constant("c", tensor(1, [2], [4, new Uint8Array(4)])), node("y", "Add", ["x", "c"])]),
    FormatError,
    'Cannot read tensor "c" of "a.pb": float32 of shape [2] takes 8 bytes, the file states 4',
  ],
  [
    "a tensor with too many elements",
    graph([
      X,
      constant("c", tensor(1, [2], [5, { kind: "floats", values: [1, 2, 3] }])),
      node("y", "Add", ["x", "c"]),
    ]),
    FormatError,
    'Cannot read tensor "c" of "a.pb": it has 3 elements, expected 2 for shape [2]',
  ],
  [
    "elements in the field of another type",
    graph([
      X,
      constant("c", tensor(1, [2], [7, { kind: "varints", values: [1, 2] }])),
      node("y", "Add", ["x", "c"]),
    ]),
    FormatError,
    'Cannot read tensor "c" of "a.pb": found "int_val", expected "tensor_content" or "float_val" ' +
    "for float32 [2]",
  ],
  [
    "a number that stands for too many",
    graph([
      X,
      constant("c", tensor(1, [2 ** 20, 2 ** 10], [5, { kind: "floats", values: [1] }])),
      node("y", "Add", ["x", "c"]),
    ]),
    UnsupportedError,
    'Cannot read tensor "c" of "a.pb": one number stands for 1073741824 elements; supported are ' +
    "268435456",
  ],
  [
    "an output of no node",
    graph([X, node("y", "Relu", ["x"])]),
    FormatError,
    'Cannot open "a.pb": there is no node "z", nearest is "y"',
    { outputs: ["z"] },
  ],
  [
    "a shape of no node",
    graph([X, node("y", "Relu", ["x"])]),
    FormatError,
    'Cannot open "a.pb": there is no node "xx", nearest is "x"',
    { inputShapes: new Map([["xx", [1]]]) },
  ],
  [
    "a shape of another rank",
    graph([X, node("y", "Relu", ["x"])]),
    RangeError,
    'Cannot set the shape of input "x": found 2 dimensions [1, 2], expected 4 as the model has',
    { inputShapes: new Map([["x", [1, 2]]]) },
  ],
  [
    "a shape of a node that nothing needs",
    graph([X, placeholder("z", [2]), node("y", "Relu", ["x"])]),
    RangeError,
    'Cannot set the shape of "z": the outputs of "a.pb" do not need it',
    { inputShapes: new Map([["z", [2]]]) },
  ],
  [
    "a batch that the graph fixes",
    graph([
      placeholder("x", [2, 6]),
      integers("s", [2, 3, 2]),
      node("y", "Reshape", ["x", "s"]),
    ]),
    UnsupportedError,
    'Cannot set the batch of input "x" of "a.pb" from 2 to 1: Cannot read node "y" (Reshape): its ' +
    "shape is [2,3,2], which [1,6] of its input does not fill; export the model with batch 1",
  ],
  [
    "something else",
    new TextEncoder().encode("no model at all"),
    FormatError,
    'Cannot read "a.pb": it begins like no file of TensorFlow, expected a GraphDef, a SavedModel ' +
    "or a MetaGraphDef",
  ],
];

for (const [name, bytes, kind, message, options] of REFUSALS) {
  Deno.test(`openTensorflow() refuses ${name}`, async () => {
    const error = await assertRejects(() => open(bytes, options), kind as typeof Error);
    assertEquals(error.message, message);
  });
}

Deno.test("openTensorflow() lists all problems at once", async () => {
  const nodes = [X, node("a", "Frobnicate", ["x"]), node("y", "Where", ["a"])];
  const error = await assertRejects(() => open(graph(nodes)), UnsupportedError);
  assertEquals(error.problems, [
    'Cannot convert node "a" (Frobnicate): the operator is not known',
    'Cannot convert node "y" (Where): the shape of its result depends on data',
  ]);
});

Deno.test("openTensorflow() refuses functions that call themselves", async () => {
  const call = node("c", "PartitionedCall", ["a"], { f: { func: "g" } });
  const f = functionDef("f", { inputs: ["a"], nodes: [call], result: "c:output:0" });
  const back = node("d", "f", ["a"]);
  const g = functionDef("g", { inputs: ["a"], nodes: [back], result: "d:output:0" });
  const bytes = graph([X, node("y", "PartitionedCall", ["x"], { f: { func: "f" } })], [f, g]);
  const error = await assertRejects(() => open(bytes), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot convert "a.pb": function "f" calls "g" calls "f"; functions that call themselves are ' +
      "not supported",
  );
});

/** Functions `f0`, `f1`, … each of which calls the next one so many times in a row. */
function chainedFunctions(count: number, calls: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const operator = index === count - 1 ? "Relu" : `f${index + 1}`;
    const nodes = Array.from(
      { length: calls },
      (_, call) => node(`c${call}`, operator, [call === 0 ? "a" : `c${call - 1}:output:0`]),
    );
    const result = `c${calls - 1}:output:0`;
    return functionDef(`f${index}`, { inputs: ["a"], nodes, result });
  });
}

Deno.test("openTensorflow() refuses functions that grow with each call, before they do", async () => {
  const bytes = graph([X, node("y", "f0", ["x"])], chainedFunctions(40, 2));
  const start = performance.now();
  const error = await assertRejects(() => open(bytes), FormatError);
  assertEquals(
    error.message,
    'Cannot read "a.pb": with the functions it calls put in place function "f23" has more than ' +
      "200000 nodes",
  );
  assertEquals(performance.now() - start < 1000, true);
});

Deno.test("openTensorflow() refuses calls nested too deep", async () => {
  const bytes = graph([X, node("y", "f0", ["x"])], chainedFunctions(65, 1));
  const error = await assertRejects(() => open(bytes), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot convert "a.pb": the calls in function "f0" are nested more than 64 deep',
  );
});
