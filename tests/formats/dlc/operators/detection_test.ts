import { assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../../../src/errors.ts";
import {
  type DlcAttribute,
  type DlcDocument,
  dlcToModel,
  modelToDlc,
} from "../../../../src/formats/dlc/mod.ts";
import { readDense } from "../../../../src/tensor/mod.ts";
import type { Model } from "../../../../src/graph/mod.ts";
import { build, float, floats, input } from "../../../graph/graph_builder.ts";

function detector({ background = 1, limit = 4 } = {}): Promise<Model> {
  return build({
    inputs: [input("scores", 1, 6, 3), input("boxes", 1, 6, 4)],
    nodes: [{
      name: "found",
      operator: "DetectionOutput",
      inputs: ["scores", "boxes", "anchors"],
      outputs: ["s", "b", "c", "n"],
      attributes: {
        background_class_idx: { type: "int", value: background },
        code_type: { type: "string", value: "CENTER_SIZE" },
        confidence_threshold: float(0.5),
        delta_scaling_factors: { type: "floats", value: [0.5, 0.5, 0.25, 0.25] },
        detection_limit: { type: "int", value: limit },
        iou_threshold: float(0.75),
        keep_top_k: { type: "int", value: 5 },
      },
    }],
    constants: { anchors: floats([6, 4]) },
    outputNames: ["s", "b", "c", "n"],
  });
}

async function settingsOf(document: DlcDocument): Promise<Readonly<Record<string, unknown>>> {
  if (document.version === "3.0") throw new Error("Version 3 has no operators");
  const attributes = document.graphs[0]?.operators[0]?.attributes ?? [];
  const settings: Record<string, unknown> = {};
  for (const { name, value } of attributes) {
    if (value.kind === "tensor" && value.tensor.data) {
      settings[name] = [...(await readDense(value.tensor.data)).data];
    } else if (value.kind !== "tensor" && name !== "packageName") settings[name] = value.value;
  }
  return settings;
}

/** The document with an attribute changed, or left out. */
function withAttribute(
  document: DlcDocument,
  name: string,
  value: DlcAttribute["value"] | undefined,
): DlcDocument {
  if (document.version === "3.0") throw new Error("Version 3 has no operators");
  const graphs = document.graphs.map((graph) => ({
    ...graph,
    operators: graph.operators.map((operator) => ({
      ...operator,
      attributes: operator.attributes.flatMap((attribute) =>
        attribute.name !== name ? attribute : value === undefined ? [] : { ...attribute, value }
      ),
    })),
  }));
  return { ...document, graphs };
}

Deno.test("DetectionOutput is written with QNN's parameters", async () => {
  const document = await modelToDlc(await detector());
  assertEquals(document.version, "4.1");
  assertEquals(await settingsOf(document), {
    background_class_idx: 1,
    confidence_threshold: 0.5,
    delta_scaling_factors: [0.5, 0.5, 0.25, 0.25],
    detection_limit: 4,
    iou_threshold: 0.75,
    nms_eta: 1,
    nms_type: 1,
    output_background: 0,
    share_location: 1,
    use_bg_in_nms: 0,
  });
  // A limit that excludes nothing is none; a background that is none counts as any class.
  const { detection_limit, ...rest } = await settingsOf(
    await modelToDlc(await detector({ background: -1, limit: 6 })),
  );
  assertEquals(detection_limit, undefined);
  assertEquals(
    [rest.background_class_idx, rest.output_background, rest.use_bg_in_nms],
    [0, 1, 1],
  );
});

Deno.test("DetectionOutput comes back as it was", async () => {
  for (const settings of [{}, { background: -1, limit: 6 }, { background: 0 }]) {
    const model = await detector(settings);
    const read = await dlcToModel(await modelToDlc(model));
    assertEquals(read.nodes, model.nodes);
    assertEquals(read.outputs, model.outputs);
  }
});

Deno.test("DetectionOutput is no layer of version 3", async () => {
  const model = await detector();
  await assertRejects(
    () => modelToDlc(model, { version: "3" }),
    UnsupportedError,
    'Cannot convert node "found" (DetectionOutput)',
  );
});

Deno.test("DetectionOutput of another kind is refused", async () => {
  const document = await modelToDlc(await detector({ background: -1 }));
  const int = (value: number) => ({ kind: "int", dtypeCode: 0x0132, value }) as const;
  const cases = [
    ["nms_type", int(0), "its nms_type is 0; 1 would work"],
    ["nms_type", undefined, "its nms_type is 0; 1 would work"],
    ["share_location", int(0), "its share_location is 0; 1 would work"],
    ["output_background", int(0), "its output_background is 0; 1 would work"],
    [
      "nms_eta",
      { kind: "float", dtypeCode: 0x0232, value: 0.5 },
      "its nms_eta is 0.5; 1 would work",
    ],
  ] as const;
  for (const [name, value, message] of cases) {
    await assertRejects(
      () => dlcToModel(withAttribute(document, name, value)),
      UnsupportedError,
      `Cannot read operator "found" (DetectionOutput): ${message}`,
    );
  }
});
