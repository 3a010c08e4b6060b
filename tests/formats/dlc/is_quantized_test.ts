import { assert, assertEquals } from "@std/assert";
import { type DlcDocument, isQuantized } from "../../../src/formats/dlc/mod.ts";
import { openReal } from "./_documents.ts";

Deno.test("isQuantized tells float from quantized real files", async () => {
  const expected = {
    "deeplabv3_quantized_hta_enabled.dlc": true,
    "test_abs_q.dlc": true,
    "test_abs.dlc": false,
    "test_concat_2d_axis_0.dlc": false,
    "ep_six_ops_v4.1.dlc": false,
  } as const;
  for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
    await using document = await openReal(name);
    assertEquals(isQuantized(document), expected[name]);
  }
});

Deno.test("isQuantized sees encodings without a quantizer command", async () => {
  await using document = await openReal("test_abs_q.dlc");
  assert(isQuantized({ ...document, metadata: new Map([["quantizer-command", "N/A"]]) }));
  await using large = await openReal("deeplabv3_quantized_hta_enabled.dlc");
  assert(large.version === "3.0");
  const layers = large.layers.map((layer) => ({ ...layer, attributes: [] }));
  assert(isQuantized({ ...large, metadata: new Map(), layers }));
});

Deno.test("isQuantized sees a quantizer command without encodings", async () => {
  await using document = await openReal("test_abs.dlc");
  const metadata = new Map([["quantizer-command", "snpe-dlc-quantize"]]);
  assertEquals(isQuantized({ ...document, metadata }), true);
});

Deno.test("isQuantized sees encodings and fixed-point types of version 4", async () => {
  await using document = await openReal("ep_six_ops_v4.1.dlc");
  assert(document.version === "4.1");
  const withTensor = (fields: object): DlcDocument => ({
    ...document,
    graphs: document.graphs.map((graph) => ({
      ...graph,
      tensors: graph.tensors.map((tensor) => ({ ...tensor, ...fields })),
    })),
  });
  const encoding = { bitwidth: 8, min: 0, max: 1, scale: 1 / 255, offset: 0, symmetric: false };
  const quantization = { kind: 0, overridden: false, encodings: [encoding] };
  assertEquals(isQuantized(withTensor({ quantization })), true);
  assertEquals(isQuantized(withTensor({ dtypeCode: 0x0308 })), true);
  assertEquals(isQuantized(withTensor({ dtypeCode: 0x0216 })), false);
});
