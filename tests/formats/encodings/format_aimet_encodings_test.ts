import { assertEquals, assertRejects } from "@std/assert";
import {
  formatAimetEncodings,
  readEncodings,
  writeAimetEncodings,
} from "../../../src/formats/encodings/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import type { Encoding } from "../../../src/tensor/mod.ts";

const asymmetric: Encoding = {
  bitwidth: 8,
  min: -1,
  max: 1.55,
  scale: 0.01,
  offset: -100,
  symmetric: false,
};
const symmetric: Encoding = {
  bitwidth: 8,
  min: -64,
  max: 63.5,
  scale: 0.5,
  offset: -128,
  symmetric: true,
};
const ENCODINGS = {
  activations: new Map([["input", { encodings: [asymmetric] }]]),
  parameters: new Map([["weight", { axis: 0, encodings: [symmetric, symmetric] }]]),
};

Deno.test("formatAimetEncodings() writes version 0.6.1", () => {
  const channel = {
    bitwidth: 8,
    dtype: "int",
    is_symmetric: "True",
    max: 63.5,
    min: -64,
    offset: -128,
    scale: 0.5,
  };
  assertEquals(JSON.parse(formatAimetEncodings(ENCODINGS)), {
    activation_encodings: {
      input: [{
        bitwidth: 8,
        dtype: "int",
        is_symmetric: "False",
        max: 1.55,
        min: -1,
        offset: -100,
        scale: 0.01,
      }],
    },
    param_encodings: { weight: [channel, channel] },
    quantizer_args: {
      activation_bitwidth: 8,
      dtype: "int",
      is_symmetric: true,
      param_bitwidth: 8,
      per_channel_quantization: true,
      quant_scheme: "post_training_tf",
    },
    version: "0.6.1",
  });
});

Deno.test("formatAimetEncodings() writes version 1.0.0", () => {
  const text = formatAimetEncodings(ENCODINGS, {
    version: "1.0.0",
    quantScheme: "post_training_tf_enhanced",
  });
  assertEquals(JSON.parse(text), {
    activation_encodings: [{
      bw: 8,
      dtype: "INT",
      enc_type: "PER_TENSOR",
      is_sym: false,
      name: "input",
      offset: [-100],
      scale: [0.01],
    }],
    excluded_layers: [],
    param_encodings: [{
      bw: 8,
      dtype: "INT",
      enc_type: "PER_CHANNEL",
      is_sym: true,
      name: "weight",
      offset: [-128, -128],
      scale: [0.5, 0.5],
    }],
    quantizer_args: {
      activation_bitwidth: 8,
      dtype: "int",
      is_symmetric: true,
      param_bitwidth: 8,
      per_channel_quantization: true,
      quant_scheme: "post_training_tf_enhanced",
    },
    version: "1.0.0",
  });
});

Deno.test("formatAimetEncodings() writes types without numbers", () => {
  const types = {
    activations: new Map([["a", { kind: "int", bitwidth: 16 } as const]]),
    parameters: new Map([["w", { kind: "float", bitwidth: 32 } as const]]),
  };
  const none = { activations: new Map(), parameters: new Map(), types };
  const old = JSON.parse(formatAimetEncodings(none));
  assertEquals(old.activation_encodings, { a: [{ bitwidth: 16, dtype: "int" }] });
  assertEquals(old.param_encodings, { w: [{ bitwidth: 32, dtype: "float" }] });
  const lists = JSON.parse(formatAimetEncodings(none, { version: "1.0.0" }));
  assertEquals(lists.activation_encodings, [{ bw: 16, dtype: "INT", name: "a" }]);
});

Deno.test("formatAimetEncodings() writes empty sections", () => {
  const none = { activations: new Map(), parameters: new Map() };
  assertEquals(JSON.parse(formatAimetEncodings(none)).param_encodings, {});
  assertEquals(JSON.parse(formatAimetEncodings(none, { version: "1.0.0" })).param_encodings, []);
});

Deno.test("writeAimetEncodings() writes a file that readEncodings() reads", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/encodings.json`;
    await writeAimetEncodings({ name: "net", encodings: ENCODINGS }, path, { version: "1.0.0" });
    await using source = await openSource(path);
    const file = await readEncodings(source);
    assertEquals(file.version, "1.0.0");
    assertEquals(file.parameters.get("weight")?.encodings, [symmetric, symmetric]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("writeAimetEncodings() refuses a model without encodings", async () => {
  const encodings = { activations: new Map(), parameters: new Map() };
  assertEquals(
    (await assertRejects(
      () => writeAimetEncodings({ name: "net", encodings }, "nowhere/encodings.json"),
      RangeError,
    )).message,
    'Cannot write encodings of "net": it has none, quantize it first',
  );
});
