// deno-lint-ignore-file no-console -- its output is what it is for
import {
  calibrate,
  equalizeModel,
  type Model,
  quantizeCorrected,
  quantizeModel,
  type QuantizeOptions,
} from "dlcstream";
import { formatTable } from "../../src/report/mod.ts";
import { ALGORITHMS, PUBLISHED_FLOAT } from "./algorithms.ts";
import type { OpenedNetwork } from "./opened_network.ts";
import { formatScore, formatTop1, scoreModel, scoreOutputs } from "./score.ts";

/** Columns of the table. */
const WAYS = [
  { name: "tensor, 8-bit biases", perChannel: false, biasBitwidth: 8 },
  { name: "tensor, 32-bit biases", perChannel: false, biasBitwidth: 32 },
  { name: "channel, 8-bit biases", perChannel: true, biasBitwidth: 8 },
  { name: "channel, 32-bit biases", perChannel: true, biasBitwidth: 32 },
] as const satisfies readonly (QuantizeOptions & { readonly name: string })[];

/** The table of equalization and bias correction for a network. */
export async function measureAlgorithms(network: OpenedNetwork): Promise<string> {
  const { model, calibration, float } = network;
  const { title, peers = [], isPublished = false } = network.network;
  const cells = [[
    "float",
    formatTop1(scoreOutputs(float, network)),
    ...["", "", ""],
    `${PUBLISHED_FLOAT}`,
  ]];
  for (const { name, equalize, correct, published } of ALGORITHMS) {
    const better: Model = equalize === undefined
      ? model
      : (await equalizeModel(model, { samples: calibration, ...equalize })).model;
    const seen = await calibrate(better, calibration);
    const row = [name];
    for (const { name: _, ...options } of WAYS) {
      const quantized = correct
        ? await quantizeCorrected(better, calibration, options)
        : await quantizeModel(better, seen, options);
      row.push(formatScore(await scoreModel(quantized, network)));
    }
    cells.push([...row, `${published}`]);
    console.error(`${title}: ${row.join("  ")}`);
  }
  for (const { name, perTensor, perChannel = "" } of peers) {
    cells.push([name, "", `${perTensor}`, "", `${perChannel}`]);
  }
  return formatTable(
    [
      { name: "network" },
      ...WAYS.map(({ name }) => ({ name, align: "right" as const })),
      ...(isPublished ? [{ name: "published: top-1", align: "right" as const }] : []),
    ],
    cells,
  );
}
