import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import type { DlcArgument, DlcDocument3, DlcDocument4 } from "../../../src/formats/dlc/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { openDlc } from "../../../src/formats/dlc/mod.ts";
import { openBad, openReal, readReal, valuesOf } from "./_documents.ts";
import { writeArchive } from "./zip/_archives.ts";

async function deeplab(): Promise<DlcDocument3 & AsyncDisposable> {
  const document = await openReal("deeplabv3_quantized_hta_enabled.dlc");
  assert(document.version === "3.0");
  return document;
}

Deno.test("openDlc reads all layers of a real version 3 file", async () => {
  await using document = await deeplab();
  const types: Record<string, number> = {};
  for (const { type } of document.layers) types[type] = (types[type] ?? 0) + 1;
  // 119 layers and the input, counted by a script of its own on the bytes of the file.
  assertEquals(types, {
    Input: 1,
    Convolutional: 60,
    Neuron: 42,
    ElementwiseOp: 10,
    Scaling: 3,
    Concat: 2,
    Pooling: 1,
    ArgMax: 1,
  });
  assertEquals(document.layers.slice(0, 3).map((layer) => layer.name), [
    "ImageTensor:0",
    "MobilenetV2/Conv/Conv2D_Fold",
    "MobilenetV2/Conv/Relu6",
  ]);
  assertEquals(document.layers.at(-1)?.name, "ArgMax");
});

Deno.test("openDlc reads attributes of every kind in a real version 3 file", async () => {
  await using document = await deeplab();
  const [input, convolution] = document.layers;
  assert(input !== undefined && convolution !== undefined);
  assertEquals([input.inputs, input.outputs], [["ImageTensor:0"], ["ImageTensor:0"]]);
  assertEquals(valuesOf(convolution.attributes), {
    FxpData: {
      0: {
        delta: 0.2503319978713989,
        max: 33.79481887817383,
        min: -30.039840698242188,
        offset: -120,
        precision: 520,
      },
    },
    OutputDims: { 0: [1, 256, 256, 32] },
    dilation_x: 1,
    dilation_y: 1,
    groups: 1,
    kernel_size: 3,
    kernel_size_y: 3,
    layer_affinity: 5,
    padding: 0,
    padding_mode: 0,
    padding_strategy: 3,
    padding_y: 0,
    stride: 2,
    stride_y: 2,
  });
  const argMax = document.layers.at(-1);
  assertEquals(argMax?.attributes.find(({ name }) => name === "op"), {
    name: "op",
    kind: "string",
    value: "ARGMAX",
  });
  const [buffers] = document.attributes;
  assert(document.attributes.length === 1 && buffers?.kind === "nested");
  assertEquals(buffers.name, "BufferInfos");
  assertEquals(buffers.value.length, 120);
  assertEquals(valuesOf(buffers.value.slice(0, 1)), {
    "ImageTensor:0": { axis_order: [3, 2, 0, 1], data_size: 32, dims: [1, 512, 512, 3] },
  });
});

Deno.test("openDlc refers to the tensors of a real version 3 file", async () => {
  await using document = await deeplab();
  const [bias, weights, ...others] = document.layers[1]?.tensors ?? [];
  assertEquals(others, []);
  assertEquals([bias?.name, bias?.data.dtype, bias?.data.shape], ["bias", "uint8", [32]]);
  assertEquals([weights?.name, weights?.data.shape], ["weights_0", [3, 3, 3, 32]]);
  assertEquals(valuesOf(weights?.attributes ?? []), {
    FxpData: {
      0: {
        delta: 0.02889871783554554,
        max: 3.5834410190582275,
        min: -3.7857320308685303,
        offset: -131,
        precision: 520,
      },
    },
  });
  // SHA-256 over the bytes of all tensors in the order of the file, from a script of its own.
  const hash = createHash("sha256");
  for (const layer of document.layers.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    for (const { data } of layer.tensors) {
      assert(data.storage.kind === "range");
      const bytes = new Uint8Array(data.storage.byteLength);
      await data.storage.source.read(bytes, data.storage.offset);
      hash.update(bytes);
    }
  }
  assertEquals(
    hash.digest("hex"),
    "75c719a5689d4bb5813572038f21ffa7cc35d2828e3f141332853bd237352de6",
  );
});

Deno.test("openDlc reads encodings that keep the invariants of SNPE", async () => {
  // They are stored in single precision, so they hold to one part in 2^23.
  let count = 0;
  for (const name of ["deeplabv3_quantized_hta_enabled.dlc", "test_abs_q.dlc"] as const) {
    await using document = await openReal(name);
    assert(document.version === "3.0");
    const attributes = document.layers.flatMap((layer) => [
      ...layer.attributes,
      ...layer.tensors.flatMap((tensor) => tensor.attributes),
    ]);
    for (const { delta, max, min, offset, precision } of findEncodings(attributes)) {
      count++;
      assertAlmostEquals(delta, (max - min) / 255, 2 ** -23 * delta);
      assertAlmostEquals(min, offset * delta, 2 ** -23 * Math.abs(min));
      assert(Number.isInteger(offset) && offset >= -255 && offset <= 0);
      assertEquals(precision, 520);
    }
  }
  assertEquals(count, 242);
});

interface StoredEncoding {
  readonly delta: number;
  readonly max: number;
  readonly min: number;
  readonly offset: number;
  readonly precision: number;
}

function* findEncodings(list: readonly DlcArgument[]): Generator<StoredEncoding> {
  for (const item of list) {
    if (item.kind !== "nested") continue;
    const number = (name: string): number =>
      Number(item.value.find((field) => field.name === name)?.value);
    if (item.value.some((field) => field.name === "delta")) {
      yield {
        delta: number("delta"),
        max: number("max"),
        min: number("min"),
        offset: number("offset"),
        precision: number("precision"),
      };
    } else {
      yield* findEncodings(item.value);
    }
  }
}

Deno.test("openDlc reads the newer form of encodings", async () => {
  await using document = await openReal("test_abs_q.dlc");
  assert(document.version === "3.0");
  assertEquals(valuesOf(document.layers[1]?.attributes ?? []), {
    DataEncoding: {
      0: {
        DataEncodingElement: {
          0: { delta: 0.0941176488995552, max: 24, min: 0, offset: 0, precision: 520 },
        },
        axis: -1,
      },
    },
    OutputDims: { 0: [3, 4, 5] },
    op: 8,
  });
});

Deno.test("openDlc reads metadata and carries other members along", async () => {
  await using document = await deeplab();
  assertEquals([...document.metadata.keys()], [
    "converter-command",
    "converter-version",
    "model-copyright",
    "model-version",
    "quantizer-command",
  ]);
  assertEquals(document.metadata.get("converter-version"), "1.42.2.2266");
  assertEquals(document.metadata.get("model-version"), "N/A");
  assertEquals(
    document.records.map(({ name, offset, byteLength }) => ({ name, offset, byteLength })),
    [
      { name: "aip.metadata0", offset: 63, byteLength: 200941 },
      { name: "aip.metadata1", offset: 201067, byteLength: 63779 },
    ],
  );
});

async function sixOperators(): Promise<DlcDocument4 & AsyncDisposable> {
  const document = await openReal("ep_six_ops_v4.1.dlc");
  assert(document.version === "4.1");
  return document;
}

Deno.test("openDlc reads the graph of a real version 4.1 file", async () => {
  await using document = await sixOperators();
  const [graph, ...others] = document.graphs;
  assert(graph !== undefined && others.length === 0);
  assertEquals(graph.name, "QNNExecutionProvider_QNNExecutionProvider_11142297670459488311_0_0");
  assertEquals(graph.operators.map(({ type }) => type), [
    "Eltwise_Binary",
    "Concat",
    "Transpose",
    "ResizeBilinear",
    "StridedSlice",
    "Transpose",
  ]);
  assertEquals(graph.tensors.map(({ id, name, role }) => [id, name, role]), [
    [1, "input0", 0],
    [2, "input1", 0],
    [4, "output0", 1],
    [3, "input2", 0],
    [6, "concat_out", 3],
    [7, "Transpose_out0", 3],
    [10, "_token_1", 3],
    [11, "_token_6", 3],
    [5, "output1", 1],
  ]);
  const [input] = graph.tensors;
  assertEquals([input?.dtypeCode, input?.sourceDtypeCode], [0x0232, 0x0232]);
  assertEquals(input?.quantization, { kind: 0x7fff_ffff, overridden: false, encodings: [] });
  assertEquals([...input?.unknown ?? []], [[4, -1], [8, 1], [12, -1]]);
});

Deno.test("openDlc reads scalars and parameter tensors of a real version 4.1 file", async () => {
  await using document = await sixOperators();
  const [add, concat, , resize, slice] = document.graphs[0]?.operators ?? [];
  assertEquals(add?.attributes, [
    { name: "operation", group: 1, value: { kind: "int", dtypeCode: 0x0132, value: 0 } },
    {
      name: "packageName",
      group: 2,
      value: { kind: "string", dtypeCode: 0x0608, value: "qti.aisw" },
    },
  ]);
  assertEquals(concat?.attributes[0]?.value, { kind: "int", dtypeCode: 0x0132, value: 1 });
  assertEquals(resize?.attributes.map(({ value }) => value.kind === "int" && value.value), [
    0,
    1,
    false,
  ]);
  const ranges = slice?.attributes[1];
  assert(ranges?.name === "ranges" && ranges.value.kind === "tensor");
  const { tensor } = ranges.value;
  assertEquals([tensor.id, tensor.role, tensor.shape, tensor.dtypeCode], [13, 4, [4, 3], 0x0032]);
  assert(tensor.data?.storage.kind === "range");
  const bytes = new Uint8Array(48);
  await tensor.data.storage.source.read(bytes, tensor.data.storage.offset);
  // Begin, end and step of each of four axes; slicing halves neither batch nor channels.
  const values = new Int32Array(bytes.buffer);
  assertEquals([values[2], values[5], values[8], values[11]], [1, 1, 1, 1]);
});

Deno.test("openDlc reads the JSON metadata of a real version 4.1 file", async () => {
  await using document = await sixOperators();
  assertEquals([...document.jsonMetadata.keys()], ["dlc.metadata2.1.0"]);
  const content = JSON.parse(document.jsonMetadata.get("dlc.metadata2.1.0") ?? "");
  assertEquals(content.dlcGenerationInfo[0].converterCommand.tool, "qnn-net-run");
  assertEquals(document.metadata, new Map());
});

Deno.test("openDlc closes its source when the document is disposed of", async () => {
  const inner = await openSource(await readReal("test_abs.dlc"));
  let open = true;
  const source = {
    name: inner.name,
    byteLength: inner.byteLength,
    read: inner.read.bind(inner),
    openSibling: inner.openSibling.bind(inner),
    [Symbol.asyncDispose]: () => Promise.resolve(void (open = false)),
  };
  {
    await using _document = await openDlc(source);
    assert(open);
  }
  assert(!open);
});

Deno.test("openDlc refuses an archive that is no DLC", async () => {
  const bytes = await writeArchive({ "word/document.xml": new Uint8Array(3) });
  const error = await assertRejects(() => openBad(bytes), FormatError);
  assertEquals(
    error.message,
    'Cannot read "bad.dlc": members of the archive: found "word/document.xml", expected "model" and ' +
      '"model.params", as in every DLC (byte 0)',
  );
});

/** A real file with the header or identifier of a member changed. */
async function withHeader(
  change: (model: DataView, parameters: DataView) => void,
): Promise<Uint8Array> {
  const bytes = await readReal("test_abs.dlc");
  change(new DataView(bytes.buffer, 789, 16), new DataView(bytes.buffer, 1927, 16));
  return bytes;
}

Deno.test("openDlc refuses other versions by name", async () => {
  const two = await withHeader((model) => model.setUint16(2, 2, true));
  const error = await assertRejects(() => openBad(two), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot open "bad.dlc": it is a DLC of version 2, which is not documented; convert the model ' +
      "again with a newer converter, versions 3.0, 4.0 and 4.1 are read",
  );
  const five = await withHeader((model) => model.setUint16(2, 5, true));
  const other = await assertRejects(() => openBad(five), UnsupportedError);
  assertEquals(
    other.message,
    'Cannot open "bad.dlc": it is a DLC of version 5.0; versions 3.0, 4.0 and 4.1 are read',
  );
});

Deno.test("openDlc refuses wrong headers of its members", async () => {
  const cases = [
    [
      await withHeader((model) => model.setUint8(0, 0)),
      'magic number of member "model": found 0x0a00, expected 0x0ad5 (byte 789)',
    ],
    [
      await withHeader((_, parameters) => parameters.setUint16(2, 4, true)),
      'version of member "model.params": found 4.0, expected 3.0, that of member "model" (byte 1927)',
    ],
    [
      await withHeader((model) => model.setUint8(12, 0x58)),
      'identifier of member "model": found "XETD", expected "NETD" (byte 801)',
    ],
    [
      await writeArchive({ model: new Uint8Array(7), "model.params": new Uint8Array(7) }),
      'size of member "model": found 7, expected at least 8 (byte 55)',
    ],
    [
      await writeArchive({
        model: Uint8Array.fromHex("d50a030000000000"),
        "model.params": new Uint8Array(0),
      }),
      'size of member "model.params": found 0, expected at least 8 (byte 125)',
    ],
  ] as const;
  for (const [bytes, message] of cases) {
    const error = await assertRejects(() => openBad(bytes), FormatError);
    assertEquals(error.message, `Cannot read "bad.dlc": ${message}`);
  }
});

Deno.test("openDlc reads every truncation of a real file as an error", async () => {
  const bytes = await readReal("test_abs.dlc");
  for (let byteLength = 0; byteLength < bytes.byteLength; byteLength++) {
    await assertRejects(() => openBad(bytes.subarray(0, byteLength)), FormatError);
  }
});

Deno.test("openDlc opens a damaged file or says what is wrong with it", async () => {
  for (const name of ["test_abs_q.dlc", "ep_six_ops_v4.1.dlc"] as const) {
    const bytes = await readReal(name);
    const changes = fc.array(
      fc.tuple(fc.nat(bytes.byteLength - 1), fc.constantFrom(0, 1, 4, 0x7f, 0x80, 0xff)),
      { minLength: 1, maxLength: 3 },
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const damaged = bytes.slice();
        for (const [position, byte] of list) damaged[position] = byte;
        try {
          await openBad(damaged);
        } catch (error) {
          if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error;
          refused++;
        }
      }),
      { seed: 3, numRuns: 400 },
    );
    assert(refused > 50);
  }
});
