// deno-lint-ignore-file no-console -- its output is what it is for
import {
  isRangeMethodName,
  quantizeModel,
  type QuantizeOptions,
  RANGE_METHODS,
  type RangeMethod,
  type RangeMethodName,
} from "dlcstream";
import { formatTable } from "../../src/report/mod.ts";
import { calibrateForAll } from "./calibrate_for_all.ts";
import type { OpenedNetwork } from "./opened_network.ts";
import { formatScore, formatTop1, scoreModel, scoreOutputs } from "./score.ts";

/** Bits of weights and activations. */
const WIDTHS = [[8, 8], [8, 16], [4, 8]] as const;

/** A row of the table: how weights and activations are quantized. */
interface Row {
  readonly name: string;
  readonly options: QuantizeOptions & { readonly weightMethod: RangeMethodName };
}

/** The table of all modes for a network. */
export async function measureModes(network: OpenedNetwork): Promise<string> {
  const { model, calibration, float } = network;
  const calibrations = await calibrateForAll(model, calibration);
  const cells = [["float", "", formatTop1(scoreOutputs(float, network)), "", ""]];
  for (const { name, options } of rows()) {
    const row = [name, options.perChannel === true ? "channel" : "tensor"];
    const method: RangeMethod = RANGE_METHODS[options.weightMethod];
    for (const [weightBitwidth, activationBitwidth] of WIDTHS) {
      const isLeftOut = isComparison(name) && row.length > 2;
      if (isLeftOut || method.bitwidths?.includes(weightBitwidth) === false) {
        row.push("");
        continue;
      }
      const widths = { weightBitwidth, activationBitwidth };
      const quantized = await quantizeModel(
        model,
        calibrations.get(options.activationMethod ?? "tf"),
        { ...options, ...widths },
      );
      row.push(formatScore(await scoreModel(quantized, network)));
    }
    cells.push(row);
    console.error(`${network.network.title}: ${row.join("  ")}`);
  }
  return formatTable(
    [
      { name: "mode" },
      { name: "one encoding a" },
      ...WIDTHS.map(([w, a]) => ({ name: `W${w}A${a}`, align: "right" as const })),
    ],
    cells,
  );
}

/** Modes that are there to compare with AIMET are shown once. */
function isComparison(name: string): boolean {
  return name.startsWith("aimet-");
}

function rows(): Row[] {
  const modes = Object.entries<RangeMethod>(RANGE_METHODS).flatMap(([name, method]): Row[] => {
    if (!isRangeMethodName(name)) return [];
    const activationMethod: RangeMethodName = method.activations ? name : "tf";
    const options = { weightMethod: name, activationMethod, biasBitwidth: 32 } as const;
    const canBeSymmetric = method.schemas?.includes("symmetric") !== false;
    return [
      { name, options },
      ...(isComparison(name) || (!canBeSymmetric && !method.activations) ? [] : [{
        name,
        options: {
          ...options,
          weightMethod: canBeSymmetric ? name : "symmetric",
          perChannel: true,
        } as const,
      }]),
    ];
  });
  const extra: readonly Row[] = [
    {
      name: "tf, activations by entropy",
      options: { weightMethod: "tf", activationMethod: "entropy", biasBitwidth: 32 },
    },
    { name: "tf, 8-bit biases", options: { weightMethod: "tf", activationMethod: "tf" } },
  ];
  return [
    ...modes,
    ...extra.flatMap(({ name, options }) => [
      { name, options },
      { name, options: { ...options, perChannel: true } },
    ]),
  ];
}
