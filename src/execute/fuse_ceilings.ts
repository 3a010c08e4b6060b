import { consumersOf, type Node } from "../graph/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";

/** A part of a graph in other words. */
export interface FusedCeilings {
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** The constants that are new. */
  readonly initializers: ReadonlyMap<string, DenseTensor>;
}

/** Options for {@linkcode fuseCeilings}. */
export interface FuseCeilingsOptions {
  /** A constant by its name. */
  readonly constantOf: (name: string) => DenseTensor | undefined;
  /** Whether somebody wants a value, so that it must be made. */
  readonly isKept: (value: string) => boolean;
}

/**
 * Says `Conv, Clip, Min` with a ceiling for each channel as the engine runs it fastest: a Min breaks
 * its blocked layout and is fused with nothing. With `c` for the ceilings,
 *
 * `min(clip(x, 0, upper), c) = relu(c - relu(c - x))` where `0 <= c <= upper`;
 *
 * the engine folds the inner part into the convolution, and the outer one is a depthwise convolution
 * with its activation function. The result is the same but for the rounding of `c - x`.
 *
 * @param nodes In topological order.
 * @param options The constants they read, and which values must stay.
 */
export function fuseCeilings(
  nodes: readonly Node[],
  { constantOf, isKept }: FuseCeilingsOptions,
): FusedCeilings {
  const consumers = consumersOf({ nodes });
  const replaced = new Map<Node, readonly Node[]>();
  const initializers = new Map<string, DenseTensor>();
  for (const convolution of nodes) {
    const [raw = "", ...others] = convolution.outputs;
    const clip = others.length === 0 ? onlyReader(raw, "Clip") : undefined;
    const [clipped = ""] = clip?.outputs ?? [];
    const min = onlyReader(clipped, "Min");
    const ceilings = constantOf(min?.inputs[1] ?? "");
    const channels = constantOf(convolution.inputs[1] ?? "")?.shape[0] ?? 0;
    if (convolution.operator !== "Conv" || clip === undefined || min === undefined) continue;
    if (min.inputs.length !== 2 || min.inputs[0] !== clipped || ceilings === undefined) continue;
    if (String(ceilings.shape) !== `${channels},1,1` || !areCeilings(clip, ceilings)) continue;
    replaced.set(clip, []);
    replaced.set(min, outsideOf(min, { raw, ceilings, channels }));
  }
  return { nodes: nodes.flatMap((node) => replaced.get(node) ?? [node]), initializers };

  function onlyReader(value: string, operator: string): Node | undefined {
    const [reader, ...others] = consumers.get(value) ?? [];
    const isOnly = others.length === 0 && !isKept(value) && reader?.inputs[0] === value;
    return isOnly && reader.operator === operator ? reader : undefined;
  }

  /** Whether a Clip begins at zero, and no ceiling is above its end. */
  function areCeilings({ inputs: [, low = "", high = ""] }: Node, ceilings: DenseTensor): boolean {
    const [lower, upper] = [low, high].map((name) => Number(constantOf(name)?.data[0]));
    if (lower !== 0 || upper === undefined) return false;
    return Array.from(ceilings.data, Number).every((ceiling) => 0 <= ceiling && ceiling <= upper);
  }

  function outsideOf(
    { outputs: [output = ""] }: Node,
    { raw, ceilings, channels }: {
      readonly raw: string;
      readonly ceilings: DenseTensor;
      readonly channels: number;
    },
  ): Node[] {
    const named = (what: string): string => `${output}/dlcstream/${what}`;
    const constant = (what: string, tensor: DenseTensor): string => {
      initializers.set(named(what), tensor);
      return named(what);
    };
    const step = (operator: string, inputs: string[], made: string): Node => (
      { name: made, operator, inputs, outputs: [made], attributes: {} }
    );
    const data = new Float32Array(channels).fill(-1);
    const minus = { dtype: "float32", shape: [channels, 1, 1], data } as const;
    const lift = step("Conv", [
      named("room"),
      constant("minus as weight", { ...minus, shape: [channels, 1, 1, 1] }),
      constant("ceilings as bias", { ...ceilings, shape: [channels] }),
    ], named("lifted"));
    return [
      step("Mul", [raw, constant("minus", minus)], named("negative")),
      step("Add", [named("negative"), constant("ceilings", ceilings)], named("below")),
      step("Relu", [named("below")], named("room")),
      { ...lift, attributes: { group: { type: "int", value: channels } } },
      step("Relu", [named("lifted")], output),
    ];
  }
}
