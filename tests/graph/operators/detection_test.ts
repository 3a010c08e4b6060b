import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import type { Attribute, ValueInfo } from "../../../src/graph/mod.ts";
import { build, float, floats, input } from "../graph_builder.ts";

const SETTINGS: Readonly<Record<string, Attribute>> = {
  background_class_idx: { type: "int", value: 0 },
  code_type: { type: "string", value: "CENTER_SIZE" },
  confidence_threshold: float(0.5),
  delta_scaling_factors: { type: "floats", value: [0.1, 0.1, 0.2, 0.2] },
  detection_limit: { type: "int", value: 6 },
  iou_threshold: float(0.45),
  keep_top_k: { type: "int", value: 9 },
};
const INPUTS = [input("scores", 1, 6, 3), input("boxes", 1, 6, 4)];

function detector(
  changes: Readonly<Record<string, Attribute>> = {},
  inputs: readonly ValueInfo[] = INPUTS,
) {
  return build({
    inputs,
    nodes: [{
      name: "found",
      operator: "DetectionOutput",
      inputs: ["scores", "boxes", "anchors"],
      outputs: ["s", "b", "c", "n"],
      attributes: { ...SETTINGS, ...changes },
    }],
    constants: { anchors: floats([6, 4]) },
    outputNames: ["s", "b", "c", "n"],
  });
}

Deno.test("DetectionOutput has as many rows as it keeps", async () => {
  const model = await detector();
  assertEquals(model.outputs, [
    { name: "s", dtype: "float32", shape: [1, 9] },
    { name: "b", dtype: "float32", shape: [1, 9, 4] },
    { name: "c", dtype: "int32", shape: [1, 9] },
    { name: "n", dtype: "uint32", shape: [1] },
  ]);
});

Deno.test("DetectionOutput names what contradicts", async () => {
  const int = (value: number): Attribute => ({ type: "int", value });
  const cases: readonly [Readonly<Record<string, Attribute>>, string][] = [
    [{ keep_top_k: int(0) }, 'attribute "keep_top_k" is 0, expected 1 to 2147483647'],
    [{ detection_limit: int(7) }, 'attribute "detection_limit" is 7, expected 1 to 6'],
    [{ background_class_idx: int(3) }, 'attribute "background_class_idx" is 3, expected -1 to 2'],
    [{ iou_threshold: float(1.5) }, 'attribute "iou_threshold" is 1.5, expected 0 to 1'],
    [{ confidence_threshold: float(NaN) }, 'attribute "confidence_threshold" is NaN, expected'],
    [
      { delta_scaling_factors: { type: "floats", value: [1, 2] } },
      'attribute "delta_scaling_factors" is [1,2], expected 4 numbers',
    ],
    [
      { code_type: { type: "string", value: "MIDDLE" } },
      'attribute "code_type" is "MIDDLE", expected CORNER, CENTER_SIZE, CORNER_SIZE',
    ],
  ];
  for (const [changes, message] of cases) {
    await assertRejects(
      () => detector(changes),
      FormatError,
      `Cannot use node "found" (DetectionOutput): ${message}`,
    );
  }
  await assertRejects(
    () => detector({}, [input("scores", 1, 6, 3), input("boxes", 1, 5, 4)]),
    FormatError,
    "the shape of input 1 is [1,5,4], expected [1,6,4]",
  );
  await assertRejects(
    () => detector({}, [input("scores", 2, 6, 3), input("boxes", 2, 6, 4)]),
    FormatError,
    "the shape of input 0 is [2,6,3], expected [1,6,3]",
  );
});
