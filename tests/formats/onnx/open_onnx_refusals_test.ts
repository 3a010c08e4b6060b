import { assert, assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openOnnx } from "../../../src/formats/onnx/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import {
  attribute,
  floats,
  type GraphProtoParts,
  message,
  model,
  node,
  tensor,
  value,
} from "./_proto.ts";

const GRAPH = { inputs: [value("x", [1, 4])], outputs: [value("y", [1, 4])] };

async function refuse(graph: GraphProtoParts, options: Parameters<typeof model>[1] = {}) {
  const source = await openSource(model({ ...GRAPH, ...graph }, options), { name: "a.onnx" });
  return await assertRejects(() => openOnnx(source)) as Error;
}

Deno.test("openOnnx() names the node that asks for something unsupported", async () => {
  const body = message([2, "body"]);
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [
      node("If", ["x"], ["y"], {
        name: "choice",
        attributes: [message([1, "then_branch"], [6, body], [20, 5])],
      }),
      'Cannot read node "choice" (If): attribute "then_branch" is a graph (control flow)',
    ],
    [
      node("Scan", ["x"], ["y"]),
      'Cannot read node "y" (Scan): it needs control flow; supported are operators on tensors',
    ],
    [
      node("SequenceAt", ["x"], ["y"], { name: "s" }),
      'Cannot read node "s" (SequenceAt): it needs sequences; supported are operators on tensors',
    ],
    [
      node("OptionalGetElement", ["x"], ["y"], { name: "o" }),
      'Cannot read node "o" (OptionalGetElement): it needs optional values; supported are operators on tensors',
    ],
    [
      node("StringNormalizer", ["x"], ["y"], { name: "t" }),
      'Cannot read node "t" (StringNormalizer): it needs strings; supported are operators on tensors',
    ],
    [
      node("TreeEnsembleRegressor", ["x"], ["y"], { name: "tree", domain: "ai.onnx.ml" }),
      'Cannot read node "tree" (TreeEnsembleRegressor): its domain is "ai.onnx.ml"; supported is the ' +
      "default domain of ONNX",
    ],
    [
      node("FusedConv", ["x"], ["y"], { name: "f", domain: "com.microsoft" }),
      'Cannot read node "f" (FusedConv): its domain is "com.microsoft"; supported is the default ' +
      "domain of ONNX",
    ],
    [
      node("Constant", [], ["y"], {
        name: "c",
        attributes: [message([1, "value_string"], [4, "text"], [20, 3])],
      }),
      'Cannot read node "c" (Constant): found "value_string"; supported are "value", "value_float", ' +
      '"value_floats", "value_int" and "value_ints"',
    ],
    [
      node("Constant", [], ["y"], {
        name: "c",
        attributes: [message([1, "sparse_value"], [22, message()], [20, 11])],
      }),
      'Cannot read node "c" (Constant): attribute "sparse_value" is a sparse tensor',
    ],
  ];
  for (const [bytes, expected] of cases) {
    const error = await refuse({ nodes: [bytes] });
    assertEquals([error.message, error.name], [expected, "UnsupportedError"]);
  }
});

Deno.test("openOnnx() refuses functions of the model, sparse initializers and other types", async () => {
  const local = message([1, "Twice"], [10, "mine"]);
  const call = await refuse(
    { nodes: [node("Twice", ["x"], ["y"], { name: "t", domain: "mine" })] },
    { more: [[25, local]] },
  );
  assertEquals(
    call.message,
    'Cannot read node "t" (Twice): it is a function of the model; inline the model\'s functions first',
  );
  const sparse = await refuse({ more: [[15, message()]] });
  assertEquals(
    sparse.message,
    'Cannot read "a.onnx": it has sparse initializers; store them as dense tensors',
  );
  const text = await refuse({ initializers: [tensor("names", 8, [2], [6, "a"], [6, "b"])] });
  assertEquals(text instanceof UnsupportedError, true);
  assertEquals(
    text.message,
    'Cannot read tensor "names" of "a.onnx": its elements are string; supported are float32, float64, ' +
      "float16, bfloat16, bool and integers of 4 to 64 bits",
  );
  const sequence = await refuse({ inputs: [message([1, "x"], [2, message([4, message()])])] });
  assertEquals(
    sequence.message,
    'Cannot read input "x" of "a.onnx": it is a sequence; supported are tensors',
  );
});

Deno.test("openOnnx() refuses names that are there twice", async () => {
  const weight = floats("w", [64, 128], Array(8192).fill(0));
  const cases: readonly (readonly [GraphProtoParts, string])[] = [
    [
      { initializers: [weight, weight] },
      'Cannot read "a.onnx": the initializer "w" at byte 32822 has the name of another one',
    ],
    [
      { initializers: [floats("", [1], [1])] },
      'Cannot read "a.onnx": the initializer "" at byte 32 has no name',
    ],
    [
      {
        initializers: [floats("w", [1], [1])],
        nodes: [
          node("Constant", [], ["w"], { attributes: [attribute("value_int", 1)], name: "c" }),
        ],
      },
      'Cannot read "a.onnx": the output "w" of Constant node "c" has no name or the name of another ' +
      "constant",
    ],
    [
      { inputs: [value("x", [1]), value("x", [1])] },
      'Cannot read "a.onnx": two inputs have the name "x"',
    ],
  ];
  for (const [graph, expected] of cases) {
    const error = await refuse(graph);
    assertEquals([error.message, error.name], [expected, "FormatError"]);
  }
  const twice = node("Relu", ["x"], ["y"], {
    attributes: [attribute("a", 1), attribute("a", 2)],
  });
  const error = await refuse({ nodes: [twice] });
  assertEquals(error instanceof FormatError, true);
  assertEquals(
    error.message,
    'Cannot read "a.onnx": the node at byte 20 has attribute "a" twice, expected it once',
  );
});

Deno.test("openOnnx() refuses nodes and attributes without what they need", async () => {
  const nameless = await refuse({ nodes: [message([1, "x"], [2, "y"], [3, "n"])] });
  assertEquals(
    nameless.message,
    'Cannot read "a.onnx": node "n" at byte 20 has no operator type',
  );
  const typeless = node("Relu", ["x"], ["y"], { attributes: [message([1, "alpha"], [20, 77])] });
  assertEquals(
    (await refuse({ nodes: [typeless] })).message,
    'Cannot read "a.onnx": attribute "alpha" at byte 36 has type 77, expected a name and a type from ' +
      "1 to 14 with its value",
  );
  const valueless = node("Constant", [], ["y"], { name: "c" });
  assertEquals(
    (await refuse({ nodes: [valueless] })).message,
    'Cannot read node "c" (Constant): found no attribute; supported are "value", "value_float", ' +
      '"value_floats", "value_int" and "value_ints"',
  );
});

Deno.test("openOnnx() refuses tensors whose data contradicts type and shape", async () => {
  const quarter = [9, new Uint8Array(4)] as const;
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [
      tensor("w", 1, [2], quarter),
      'Cannot read tensor "w" of "a.onnx": float32 of shape [2] takes 8 bytes, the file states 4',
    ],
    [
      tensor("w", 1, [1], quarter, [4, { kind: "floats", values: [1] }]),
      'Cannot read "a.onnx": the tensor at byte 32 has its data twice, found "raw_data" and ' +
      '"float_data", expected one of them once',
    ],
    [
      tensor("w", 1, [1], quarter, quarter),
      'Cannot read "a.onnx": the tensor at byte 32 has its data twice, found "raw_data" and ' +
      '"raw_data", expected one of them once',
    ],
    [
      tensor("w", 1, [1]),
      'Cannot read tensor "w" of "a.onnx": found no data, expected "raw_data" or "float_data" for ' +
      "float32 [1]",
    ],
    [
      tensor("w", 7, [1], [5, { kind: "varints", values: [1] }]),
      'Cannot read tensor "w" of "a.onnx": found "int32_data", expected "raw_data" or "int64_data" for ' +
      "int64 [1]",
    ],
    [
      message(...Array(65).fill([1, 1]), [2, 1], [8, "w"], quarter),
      'Cannot read "a.onnx": the tensor at byte 34 has 65 or more dimensions, expected at most 64',
    ],
    [
      tensor("w", 1, [2 ** 40, 2 ** 40], quarter),
      'Cannot read tensor "w" of "a.onnx": the shape is [1099511627776,1099511627776], expected ' +
      "integers >= 0 whose product is below 2^50",
    ],
  ];
  for (const [bytes, expected] of cases) {
    const error = await refuse({ initializers: [bytes] });
    assertEquals(error.name, "FormatError", error.message);
    assertEquals(error.message, expected);
  }
});

Deno.test("openOnnx() lists all nodes with graphs in them at once", async () => {
  const control = (operator: string, name: string, body: string): Uint8Array =>
    node(operator, ["x"], [name], {
      name,
      attributes: [message([1, body], [6, message([2, body])], [20, 5])],
    });
  const error = await refuse({
    nodes: [
      control("If", "choice", "then_branch"),
      control("Loop", "again", "body"),
      node("SequenceAt", ["x"], ["y"], { name: "s" }),
    ],
  });
  assert(error instanceof UnsupportedError);
  const problems = [
    'Cannot read node "choice" (If): attribute "then_branch" is a graph (control flow)',
    'Cannot read node "again" (Loop): attribute "body" is a graph (control flow)',
    'Cannot read node "s" (SequenceAt): it needs sequences; supported are operators on tensors',
  ];
  assertEquals(error.problems, problems);
  assertEquals(error.message, `Cannot read "a.onnx": 3 problems, the first: ${problems[0]}`);
});
