import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UnsupportedError } from "../../../src/errors.ts";
import {
  type DlcDocument3,
  type DlcDocument4,
  type DlcTensor,
  formatJsonMetadata,
  GRAPH_TENSOR_UNKNOWN,
  openDlc,
  PARAMETER_TENSOR_UNKNOWN,
  QUANTIZATION_KIND,
  verifyDlc,
  writeDlc,
  type WriteDlcProgress,
} from "../../../src/formats/dlc/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { referenceDense, type TensorReference } from "../../../src/tensor/mod.ts";
import { contentOf, openReal, REAL_FILES } from "./_documents.ts";
import { checkArchive } from "./zip/_check_archive.ts";

const NO_QUANTIZATION = { kind: QUANTIZATION_KIND.none, overridden: false, encodings: [] };

/** A folder that is removed at the end of the test. */
async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "dlcstream_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function filesIn(path: string): Promise<Deno.DirEntry[]> {
  return Array.fromAsync(Deno.readDir(path));
}

for (const name of REAL_FILES) {
  Deno.test(`writeDlc writes ${name} so that it reads back the same`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "out.dlc");
    await using original = await openReal(name);
    await writeDlc(original, path);
    checkArchive(await Deno.readFile(path));
    await using written = await openDlc(await openSource(path));
    assertEquals(await contentOf(written), await contentOf(original));
  });
}

Deno.test("writeDlc gives the same bytes for what it wrote itself", async () => {
  await using folder = await temporaryFolder();
  const [first, second] = [join(folder.path, "1.dlc"), join(folder.path, "2.dlc")];
  await using original = await openReal("deeplabv3_quantized_hta_enabled.dlc");
  await writeDlc(original, first);
  await using again = await openDlc(await openSource(first));
  await writeDlc(again, second);
  assertEquals(await Deno.readFile(first), await Deno.readFile(second));
});

Deno.test("writeDlc writes checksums that hold, also where the original has none", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "out.dlc");
  await using original = await openReal("ep_six_ops_v4.1.dlc");
  await writeDlc(original, path);
  await using source = await openSource(path);
  assertEquals((await verifyDlc(source)).map(({ name, checksum }) => [name, checksum]), [
    ["model.params.bin", "agrees"],
    ["dlc.metadata2.1.0", "agrees"],
    ["model", "agrees"],
    ["model.params", "agrees"],
  ]);
});

/** A network of one layer with a float and three kinds of byte tensors. */
function oneLayer(): DlcDocument3 {
  const tensor = (name: string, data: TensorReference) => ({ name, data, attributes: [] });
  return {
    version: "3.0",
    name: "net",
    metadata: new Map([["converter-command", "dlcstream convert"], ["model-version", "1=one"]]),
    externalInputs: ["in"],
    externalOutputs: ["out"],
    attributes: [],
    records: [],
    layers: [{
      name: "layer",
      type: "FullyConnected",
      inputs: ["in"],
      outputs: ["out"],
      attributes: [
        { name: "any", kind: "bytes", value: new Uint8Array([1, 2, 3]) },
        { name: "names", kind: "strings", value: ["a", "", "é"] },
        { name: "negative", kind: "float", value: -0 },
      ],
      tensors: [
        tensor("a", dense(new Float32Array([0.5, -1, 3e38]), "float32")),
        tensor("b", dense(new Uint8Array([0, 255, 7]), "uint8")),
        tensor("c", dense(new Uint16Array([0, 65535]), "uint16")),
        tensor("d", dense(new Int32Array([-1, 2 ** 31 - 1]), "int32")),
      ],
    }],
  };
}

function dense(
  data: Float32Array | Uint8Array | Int8Array | Uint16Array | Int32Array,
  dtype: "float32" | "uint8" | "int8" | "uint16" | "int32",
): TensorReference {
  return referenceDense("held", { dtype, shape: [data.length], data });
}

Deno.test("writeDlc writes what version 3 holds beyond the real files", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "out.dlc");
  await writeDlc(oneLayer(), path);
  await using written = await openDlc(await openSource(path));
  assertEquals(await contentOf(written), await contentOf(oneLayer()));
  const raw = new TextDecoder("latin1").decode(await Deno.readFile(path));
  assert(raw.includes("converter-command=dlcstream convert\nmodel-version=1=one\n"));
});

/** A graph with a per-channel weight, an inner tensor of its own encoding, and every kind of attribute. */
function oneOperator(version: "4.0" | "4.1"): DlcDocument4 {
  const tensor = (id: number, name: string, role: number, shape: readonly number[]): DlcTensor => ({
    id,
    name,
    role,
    shape,
    dtypeCode: 0x0408,
    sourceDtypeCode: 0x0232,
    quantization: {
      kind: QUANTIZATION_KIND.perTensor,
      overridden: true,
      encodings: [{ bitwidth: 8, min: -1, max: 1.5, scale: 0.25, offset: -4, symmetric: false }],
    },
    unknown: GRAPH_TENSOR_UNKNOWN,
  });
  const channel = (scale: number) => ({
    bitwidth: 8,
    min: -128 * scale,
    max: 127 * scale,
    scale,
    offset: 0,
    symmetric: true,
  });
  return {
    version,
    metadata: new Map([["converter-version", "1"]]),
    jsonMetadata: new Map([
      ["dlc.metadata2.1.0", formatJsonMetadata({ tool: "t", version: "1", options: { a: "b" } })],
    ]),
    records: [],
    graphs: [{
      name: "g",
      tensors: [
        tensor(0, "in", 0, [1, 4, 4, 1]),
        {
          ...tensor(1, "weights", 4, [2]),
          dtypeCode: 0x0308,
          quantization: {
            kind: QUANTIZATION_KIND.perAxis,
            overridden: false,
            axis: 0,
            encodings: [channel(0.5), channel(0.25)],
          },
          data: dense(new Int8Array([-128, 127]), "int8"),
        },
        tensor(2, "out", 1, [1, 4, 4, 1]),
      ],
      operators: [{
        name: "op",
        type: "Conv2d",
        inputs: ["in", "weights"],
        outputs: ["out"],
        attributes: [
          { name: "epsilon", group: 1, value: { kind: "float", dtypeCode: 0x0232, value: 0.1 } },
          { name: "group", group: 1, value: { kind: "int", dtypeCode: 0x0132, value: 2 ** 40 } },
          {
            name: "packageName",
            group: 2,
            value: { kind: "string", dtypeCode: 0x0608, value: "qti.aisw" },
          },
          {
            name: "stride",
            group: 1,
            value: {
              kind: "tensor",
              tensor: {
                id: 3,
                name: "op_stride",
                role: 4,
                shape: [3],
                dtypeCode: 0x0032,
                sourceDtypeCode: 0x0032,
                quantization: NO_QUANTIZATION,
                unknown: PARAMETER_TENSOR_UNKNOWN,
                data: dense(new Int32Array([1, 2, 3]), "int32"),
              },
            },
          },
        ],
      }],
    }],
  };
}

for (const version of ["4.0", "4.1"] as const) {
  Deno.test(`writeDlc writes quantized tensors and all attributes in version ${version}`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "out.dlc");
    await writeDlc(oneOperator(version), path);
    checkArchive(await Deno.readFile(path));
    await using written = await openDlc(await openSource(path));
    assertEquals(await contentOf(written), await contentOf(oneOperator(version)));
  });
}

Deno.test("writeDlc aligns the tensors of version 4.1 in the file to 64", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "out.dlc");
  await writeDlc(oneOperator("4.1"), path);
  await using written = await openDlc(await openSource(path));
  assert(written.version === "4.1");
  const [graph] = written.graphs;
  const offsets = [
    ...graph?.tensors ?? [],
    ...graph?.operators[0]?.attributes.flatMap(({ value }) =>
      value.kind === "tensor" ? [value.tensor] : []
    ) ?? [],
  ].flatMap(({ data }) => data?.storage.kind === "range" ? [data.storage.offset] : []);
  assertEquals(offsets.map((offset) => offset % 64), [0, 0]);
});

Deno.test("writeDlc reports progress up to the bytes of all members", async () => {
  await using folder = await temporaryFolder();
  await using original = await openReal("deeplabv3_quantized_hta_enabled.dlc");
  const reports: WriteDlcProgress[] = [];
  const onProgress = (progress: WriteDlcProgress) => void reports.push(progress);
  await writeDlc(original, join(folder.path, "out.dlc"), { onProgress });
  const last = reports.at(-1);
  assertEquals(last?.bytesDone, last?.bytesTotal);
  assertEquals(new Set(reports.map(({ member }) => member)).size, 5);
  for (const [index, report] of reports.slice(1).entries()) {
    assertLess(reports[index]?.bytesDone ?? 0, report.bytesDone + 1);
  }
});

Deno.test("writeDlc leaves nothing behind when it is aborted", async () => {
  await using folder = await temporaryFolder();
  await using original = await openReal("deeplabv3_quantized_hta_enabled.dlc");
  const controller = new AbortController();
  const reason = new Error("stopped by the user");
  const error = await assertRejects(() =>
    writeDlc(original, join(folder.path, "out.dlc"), {
      signal: controller.signal,
      onProgress: ({ bytesDone }) => {
        if (bytesDone > 1_000_000) controller.abort(reason);
      },
    })
  );
  assertEquals(error, reason);
  assertEquals(await filesIn(folder.path), []);
});

/** A tensor of any size without any bytes. */
function hollow(dtype: "float32" | "int8" | "float16", elements: number): TensorReference {
  const held = referenceDense("hollow", { dtype: "float32", shape: [0], data: new Float32Array() });
  return { ...held, dtype, shape: [elements] };
}

Deno.test("writeDlc refuses 2 GiB of tensors in version 3 before it writes a byte", async () => {
  await using folder = await temporaryFolder();
  const small = oneLayer();
  const document = {
    ...small,
    layers: small.layers.map((layer) => ({
      ...layer,
      tensors: [{ name: "weights_0", data: hollow("float32", 2 ** 29), attributes: [] }],
    })),
  };
  const error = await assertRejects(
    () => writeDlc(document, join(folder.path, "out.dlc")),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot write "NETP" as one FlatBuffer: it needs 2147483808 bytes, 2147483647 are the limit; ' +
      "DLC version 4.1 keeps tensors outside of it",
  );
  assertEquals(await filesIn(folder.path), []);
});

Deno.test("writeDlc refuses types that version 3 does not hold", async () => {
  await using folder = await temporaryFolder();
  const small = oneLayer();
  const document = {
    ...small,
    layers: small.layers.map((layer) => ({
      ...layer,
      tensors: [{ name: "weights_0", data: hollow("float16", 4), attributes: [] }],
    })),
  };
  const error = await assertRejects(
    () => writeDlc(document, join(folder.path, "out.dlc")),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot write tensor "weights_0" of layer "layer": DLC version 3 does not hold float16; version ' +
      "4.1 does",
  );
  assertEquals([error.node, error.operator], ["layer", "FullyConnected"]);
});

Deno.test("writeDlc refuses contradictory version 4 tensors", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "out.dlc");
  const document = oneOperator("4.1");
  const change = (edit: (tensor: DlcTensor) => DlcTensor): DlcDocument4 => ({
    ...document,
    graphs: document.graphs.map((graph) => ({ ...graph, tensors: graph.tensors.map(edit) })),
  });
  const cases = [
    [
      change(({ data: _, ...tensor }) => tensor),
      'Cannot write static tensor "weights": it has no elements',
    ],
    [
      change((tensor) => ({ ...tensor, role: 3 })),
      'Cannot write tensor "weights": it has elements, but role 3 instead of 4 (static)',
    ],
    [
      change(({ quantization: { axis: _, ...quantization }, ...tensor }) => ({
        ...tensor,
        quantization,
      })),
      "Cannot write 2 encodings of one tensor without an axis",
    ],
    [
      change((tensor) => ({ ...tensor, dtypeCode: 0x0316 })),
      'Cannot write tensor "weights": its elements take 2 bytes, its type code 0x316 and shape [2] 4',
    ],
  ] as const;
  for (const [bad, message] of cases) {
    const error = await assertRejects(() => writeDlc(bad, path), RangeError);
    assertEquals(error.message, message);
  }
  assertEquals(await filesIn(folder.path), []);
});

Deno.test("writeDlc refuses names that occur twice", async () => {
  await using folder = await temporaryFolder();
  const [three, four] = [oneLayer(), oneOperator("4.1")];
  const record = {
    name: "model",
    source: await openSource(new Uint8Array()),
    offset: 0,
    byteLength: 0,
  };
  const twice = <T>(list: readonly T[]): readonly T[] => [...list, ...list];
  const cases = [
    [{ ...three, records: [record] }, 'members named "model"'],
    [{ ...three, layers: twice(three.layers) }, 'layers named "layer"'],
    [
      {
        ...three,
        layers: three.layers.map((layer) => ({ ...layer, tensors: twice(layer.tensors) })),
      },
      'tensors of layer "layer" named "a"',
    ],
    [{ ...four, graphs: twice(four.graphs) }, 'graphs named "g"'],
    [
      {
        ...four,
        graphs: four.graphs.map((graph) => ({ ...graph, tensors: twice(graph.tensors) })),
      },
      'tensors of graph "g" named "in"',
    ],
    [
      {
        ...four,
        graphs: four.graphs.map((graph) => ({
          ...graph,
          operators: graph.operators.map((operator) => ({
            ...operator,
            attributes: twice(operator.attributes),
          })),
        })),
      },
      'parameter tensors of operator "op" named "op_stride"',
    ],
  ] as const;
  for (const [document, message] of cases) {
    const error = await assertRejects(
      () => writeDlc(document, join(folder.path, "out.dlc")),
      RangeError,
    );
    assertEquals(error.message, `Cannot write a DLC with two ${message}`);
  }
  assertEquals(await filesIn(folder.path), []);
});
