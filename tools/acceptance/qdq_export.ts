import { join } from "@std/path";
import {
  equalizeModel,
  type Model,
  openModel,
  quantizeModel,
  runModel,
  type SampleSource,
  saveDlc,
  topClasses,
  writeOnnx,
} from "dlcstream";
import { InferenceSession, Tensor } from "../../src/execute/native_runtime.ts";
import type { SessionOptions } from "../../src/execute/onnxruntime.d.ts";
import { type Check, type Finding, verdict } from "./check.ts";
import { byteSamples, type Network, NETWORKS } from "./networks.ts";
import type { Shared } from "./shared.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

const CALIBRATION_SAMPLES = 60;

/** Idle threads that wait busily would slow down whatever runs beside. */
const NO_SPINNING = { intra_op: { allow_spinning: "0" } };

/** How ONNX Runtime runs the export: as anyone does, and without merging QDQ nodes into integer kernels. */
const SESSIONS: readonly {
  readonly name: string;
  readonly merges: boolean;
  readonly options: SessionOptions;
}[] = [
  { name: "default", merges: true, options: { extra: { session: NO_SPINNING } } },
  {
    name: "QDQ nodes not merged",
    merges: false,
    options: {
      graphOptimizationLevel: "extended",
      extra: { session: { ...NO_SPINNING, disable_quant_qdq: "1" } },
    },
  },
];

/** How the networks are quantized: as SNPE does it, and with what it takes to survive. */
const QUANTIZATIONS: readonly {
  readonly name: string;
  /** Whether ONNX Runtime has integer kernels for the convolutions: they round at other places. */
  readonly integerConvolutions: boolean;
  quantize(float: Model, samples: SampleSource): Promise<Model>;
}[] = [
  {
    name: "default",
    integerConvolutions: false,
    quantize: (float, samples) => quantizeModel(float, samples),
  },
  {
    name: "CLE, 32-bit biases",
    integerConvolutions: true,
    async quantize(float, samples) {
      const { model } = await equalizeModel(float, { samples });
      return await quantizeModel(model, samples, { biasBitwidth: 32 });
    },
  },
];

interface Case {
  readonly network: Network;
  readonly labels: readonly number[];
  readonly images: {
    readonly length: number;
    read(index: number): Promise<Uint8Array> | Uint8Array;
  };
}

/**
 * A quantized network exported with QDQ nodes gives in ONNX Runtime what it gives here: the same bits
 * where QDQ nodes are not merged, and the same top-1 in a default session whose convolutions stay float.
 */
export const QDQ_EXPORT: Check = {
  title: "QDQ export in ONNX Runtime against our quantized run",
  columns: [
    { name: "model" },
    { name: "quantized" },
    { name: "session" },
    { name: "samples", align: "right" },
    { name: "top-1 here", align: "right" },
    { name: "top-1 there", align: "right" },
    { name: "same class", align: "right" },
    { name: "differing elements", align: "right" },
    { name: "largest difference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    for (const item of await cases(shared)) {
      for (const quantization of QUANTIZATIONS) {
        await using folder = await createTemporaryFolder();
        const path = join(folder.path, "quantized.onnx");
        await using quantized = await quantizeThroughDlc(shared, item, {
          folder: folder.path,
          quantize: quantization.quantize,
        });
        await writeOnnx(quantized, path);
        const samples = byteSamples(quantized, item.images, item.network);
        const ours = await ourScores(quantized, samples);
        for (const session of SESSIONS) {
          const theirs = await theirScores(path, { samples, model: quantized, ...session });
          const compared = compare(quantized, { ours, theirs, labels: item.labels });
          yield {
            cells: [
              item.network.golden,
              quantization.name,
              session.name,
              `${ours.length}`,
              `${compared.rightHere}`,
              `${compared.rightThere}`,
              `${compared.sameClass}`,
              `${compared.differing} of ${compared.elements}`,
              `${compared.largestSteps.toFixed(0)} steps`,
            ],
            verdict: session.merges && quantization.integerConvolutions ? "noted" : verdict(
              compared.rightHere === compared.rightThere &&
                (session.merges || compared.differing === 0),
            ),
          };
        }
      }
    }
  },
};

async function cases(shared: Shared): Promise<Case[]> {
  const photos = await shared.imagenet();
  const cifar = await shared.cifar(1000);
  const images = {
    length: photos.length,
    read: (index: number) =>
      shared.photo(photos[index]?.path ?? "", [1, 3, 224, 224], { resize: 256 }),
  };
  return [
    { network: NETWORKS.mobilenetV1, labels: photos.map(({ label }) => label), images },
    // Its class 0 is the background.
    { network: NETWORKS.mobilenetV2, labels: photos.map(({ label }) => label + 1), images },
    {
      network: NETWORKS.resnet8,
      labels: cifar.map(({ label }) => label),
      images: {
        length: cifar.length,
        read: (index) => cifar[index]?.pixels ?? new Uint8Array(),
      },
    },
  ];
}

/** The network as it is read from the quantized DLC. */
async function quantizeThroughDlc(
  shared: Shared,
  { network, images }: Case,
  { folder, quantize }: {
    readonly folder: string;
    readonly quantize: (float: Model, samples: SampleSource) => Promise<Model>;
  },
): Promise<Model> {
  await using float = await openModel(shared.path("models", network.file));
  const samples = byteSamples(float, { ...images, length: CALIBRATION_SAMPLES }, network);
  const path = join(folder, "quantized.dlc");
  await saveDlc(await quantize(float, samples), path);
  return await openModel(path);
}

async function ourScores(model: Model, samples: SampleSource): Promise<Float32Array[]> {
  const [output] = model.outputs;
  const scores: Float32Array[] = [];
  for await (const { outputs } of runModel(model, samples)) {
    scores.push(Float32Array.from(outputs.get(output?.name ?? "")?.data as Float32Array));
  }
  return scores;
}

async function theirScores(
  path: string,
  { samples, model, options }: {
    readonly samples: SampleSource;
    readonly model: Model;
    readonly options: SessionOptions;
  },
): Promise<Float32Array[]> {
  const session = await InferenceSession.create(await Deno.readFile(path), {
    logSeverityLevel: 3,
    ...options,
  });
  try {
    const [output] = model.outputs;
    const scores: Float32Array[] = [];
    for (let index = 0; index < samples.length; index++) {
      const feeds = Array.from(
        await samples.read(index),
        ([name, { data, shape }]) => [name, new Tensor("float32", data, shape)],
      );
      const found = await session.run(Object.fromEntries(feeds), { [output?.name ?? ""]: null });
      scores.push(Float32Array.from(found[output?.name ?? ""]?.data as Float32Array));
    }
    return scores;
  } finally {
    await session.release();
  }
}

function compare(
  model: Model,
  { ours, theirs, labels }: {
    readonly ours: readonly Float32Array[];
    readonly theirs: readonly Float32Array[];
    readonly labels: readonly number[];
  },
) {
  const [output] = model.outputs;
  const scale = model.encodings.activations.get(output?.name ?? "")?.encodings[0]?.scale;
  if (scale === undefined) throw new RangeError(`The output of "${model.name}" has no encoding`);
  const result = {
    rightHere: 0,
    rightThere: 0,
    sameClass: 0,
    differing: 0,
    elements: 0,
    largestSteps: 0,
  };
  for (const [index, here] of ours.entries()) {
    const there = theirs[index] ?? new Float32Array();
    const [classHere] = topClasses(here, 1);
    const [classThere] = topClasses(there, 1);
    if (classHere === labels[index]) result.rightHere++;
    if (classThere === labels[index]) result.rightThere++;
    if (classHere === classThere) result.sameClass++;
    result.elements += here.length;
    for (const [place, value] of here.entries()) {
      const other = there[place] ?? NaN;
      if (value === other) continue;
      result.differing++;
      result.largestSteps = Math.max(result.largestSteps, Math.abs(value - other) / scale);
    }
  }
  return result;
}
