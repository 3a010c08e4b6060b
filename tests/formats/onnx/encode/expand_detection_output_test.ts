import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type EngineName, evaluateNode, openEngine } from "../../../../src/execute/mod.ts";
import { encodeOnnx } from "../../../../src/formats/onnx/mod.ts";
import { expandNodes } from "../../../../src/formats/onnx/encode/expand_nodes.ts";
import type { Attribute, Node } from "../../../../src/graph/mod.ts";
import type { DenseTensor } from "../../../../src/tensor/mod.ts";

// Its threads live as long as the process; no test shall be blamed for them.
await openEngine({ engine: "wasm", threads: 2 });

function tensor(shape: readonly number[], elements: readonly number[]): DenseTensor {
  return { dtype: "float32", shape, data: Float32Array.from(elements) };
}

function detector(changes: Readonly<Record<string, number | string>> = {}): Node {
  const attributes: Record<string, Attribute> = {
    delta_scaling_factors: { type: "floats", value: [0.5, 0.5, 1, 1] },
  };
  const settings = {
    ...{ background_class_idx: 0, code_type: "CENTER_SIZE", detection_limit: 3, keep_top_k: 3 },
    ...changes,
  };
  for (const [name, value] of Object.entries(settings)) {
    attributes[name] = typeof value === "string"
      ? { type: "string", value }
      : { type: "int", value };
  }
  return {
    name: "found",
    operator: "DetectionOutput",
    inputs: ["scores", "boxes", "anchors"],
    outputs: ["s", "b", "c", "n"],
    attributes: {
      confidence_threshold: { type: "float", value: 0.25 },
      iou_threshold: { type: "float", value: 0.5 },
      ...attributes,
    },
  };
}

async function run(
  node: Node,
  inputs: readonly DenseTensor[],
  engine: EngineName = "native",
): Promise<readonly (readonly number[])[]> {
  return (await evaluateNode(node, inputs, { engine })).map(({ data }) => Array.from(data, Number));
}

for (const engine of ["native", "wasm"] satisfies EngineName[]) {
  Deno.test(`DetectionOutput orders by class, then by score, ${engine}`, async () => {
    // Three boxes apart from one another; class 0 is the background.
    const scores = tensor([1, 3, 3], [0.1, 0.4, 0.5, 0.9, 0.3, 0.25, 0, 0.125, 0.875]);
    const boxes = tensor([1, 3, 4], Array(12).fill(0));
    const anchors = tensor([3, 4], [1, 1, 2, 2, 5, 5, 2, 2, 9, 9, 2, 2]);
    const five = await run(detector({ keep_top_k: 5 }), [scores, boxes, anchors], engine);
    const places = [[0, 0, 2, 2], [4, 4, 6, 6], [8, 8, 10, 10]];
    assertEquals(five, [
      [0.4, 0.3, 0.875, 0.5, 0].map(Math.fround),
      [places[0], places[1], places[2], places[0], [0, 0, 0, 0]].flatMap((box) => box ?? []),
      [1, 1, 2, 2, -1],
      [4],
    ]);
    const two = await run(detector({ keep_top_k: 2 }), [scores, boxes, anchors], engine);
    assertEquals(two, [[0.875, 0.5], [8, 8, 10, 10, 0, 0, 2, 2], [2, 2], [2]]);
  });
}

Deno.test("DetectionOutput takes candidates before it suppresses", async () => {
  const scores = tensor([1, 3, 2], [0, 0.9, 0, 0.8, 0, 0.7]);
  const boxes = tensor([1, 3, 4], Array(12).fill(0));
  // The second lies on the first.
  const anchors = tensor([3, 4], [1, 1, 2, 2, 1, 1, 2, 2, 9, 9, 2, 2]);
  const [, , , all] = await run(detector(), [scores, boxes, anchors]);
  assertEquals(all, [2]);
  const [kept, , classes, count] = await run(detector({ detection_limit: 2 }), [
    ...[scores, boxes, anchors],
  ]);
  assertEquals([kept, classes, count], [[Math.fround(0.9), 0, 0], [1, -1, -1], [1]]);
});

Deno.test("DetectionOutput decodes each kind of box", async () => {
  const scores = tensor([1, 1, 2], [0, 1]);
  const deltas = tensor([1, 1, 4], [1, -1, 0.5, 0.25]);
  const anchors = tensor([1, 4], [2, 3, 4, 6]);
  const expected = {
    // Center 2 + ½·1·4 and 3 − ½·1·6; size 4·e^½ and 6·e^¼.
    CENTER_SIZE: [
      4 - 2 * Math.exp(0.5),
      0 - 3 * Math.exp(0.25),
      4 + 2 * Math.exp(0.5),
      3 * Math.exp(0.25),
    ],
    CORNER: [2.5, 2.5, 4.5, 6.25],
    // The anchor is 2 wide and 3 high.
    CORNER_SIZE: [3, 1.5, 5, 6.75],
  };
  for (const [code_type, corners] of Object.entries(expected)) {
    const node = detector({ code_type, detection_limit: 1, keep_top_k: 1 });
    const [, found = []] = await run(node, [scores, deltas, anchors]);
    for (const [index, corner] of corners.entries()) {
      assertAlmostEquals(found[index] ?? NaN, corner, 1e-5, code_type);
    }
  }
});

Deno.test("DetectionOutput lets a box with swapped corners suppress nothing", async () => {
  const scores = tensor([1, 2, 2], [0, 0.9, 0, 0.8]);
  const deltas = tensor([1, 2, 4], Array(8).fill(0));
  const anchors = tensor([2, 4], [4, 4, 2, 2, 2, 2, 4, 4]);
  const node = detector({ code_type: "CORNER", detection_limit: 2, keep_top_k: 2 });
  assertEquals(await run(node, [scores, deltas, anchors]), [
    [0.9, 0.8].map(Math.fround),
    [4, 4, 2, 2, 2, 2, 4, 4],
    [1, 1],
    [2],
  ]);
});

Deno.test("DetectionOutput leaves out a background between other classes, or none", async () => {
  const scores = tensor([1, 1, 3], [0.5, 0.9, 0.75]);
  const boxes = tensor([1, 1, 4], [0, 0, 0, 0]);
  const anchors = tensor([1, 4], [1, 1, 2, 2]);
  const classesWithout = async (background_class_idx: number) =>
    (await run(detector({ background_class_idx, detection_limit: 1 }), [scores, boxes, anchors]))[
      2
    ];
  assertEquals(await classesWithout(0), [1, 2, -1]);
  assertEquals(await classesWithout(1), [0, 2, -1]);
  assertEquals(await classesWithout(2), [0, 1, -1]);
  assertEquals(await classesWithout(-1), [0, 1, 2]);
});

Deno.test("expandNodes() takes names that nothing else has, and leaves other nodes alone", () => {
  const other: Node = {
    name: "found/TopK0",
    operator: "Relu",
    inputs: ["x"],
    outputs: ["boxes"],
    attributes: {},
  };
  const second = { ...detector(), name: "found/", outputs: ["s2", "b2", "c2", "n2"] };
  const { nodes, initializers } = expandNodes([other, detector(), second]);
  assertEquals(nodes[0], other);
  assertEquals(nodes.some(({ operator }) => operator === "DetectionOutput"), false);
  const made = [...nodes.flatMap(({ outputs }) => outputs), ...initializers.keys()];
  assertEquals(new Set(made).size, made.length);
  assertEquals(expandNodes([other]), { nodes: [other], initializers: new Map() });
});

Deno.test("encodeOnnx() writes no operator that ONNX lacks", () => {
  const bytes = encodeOnnx({
    name: "detector",
    nodes: [detector()],
    inputs: [
      { name: "scores", dtype: "float32", shape: [1, 3, 2] },
      { name: "boxes", dtype: "float32", shape: [1, 3, 4] },
    ],
    outputs: [{ name: "n", dtype: "uint32", shape: [1] }],
    initializers: new Map([["anchors", tensor([3, 4], Array(12).fill(1))]]),
  });
  const text = new TextDecoder("latin1").decode(bytes);
  assertEquals(text.includes("DetectionOutput"), false);
  assertEquals(text.includes("NonMaxSuppression"), true);
});
