import { type DenseTensor, type Model, runModel, type Sample } from "dlcstream";

/** Inputs by name, and what another program computed. */
export interface ReferenceRun {
  /** Inputs; one whose name the model does not have stands at its place. */
  readonly inputs: Readonly<Record<string, DenseTensor>>;
  /** Elements of the outputs, in the order of the model's. */
  readonly outputs: readonly (readonly number[])[];
}

/** A sample of a model, by names or else in order. */
export function sampleOf(model: Model, inputs: ReferenceRun["inputs"]): Sample {
  const given = Object.values(inputs);
  return new Map(model.inputs.map(({ name }, index) => {
    const tensor = inputs[name] ?? given[index];
    if (tensor === undefined) throw new RangeError(`The reference has no input "${name}"`);
    return [name, tensor];
  }));
}

/** The largest difference of a model's outputs, in parts of each output's largest magnitude. */
export async function largestDifference(model: Model, reference: ReferenceRun): Promise<number> {
  const sample = sampleOf(model, reference.inputs);
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  let largest = 0;
  for await (const { outputs } of runModel(model, samples)) {
    for (const [index, expected] of reference.outputs.entries()) {
      const found = outputs.get(model.outputs[index]?.name ?? "")?.data;
      if (found?.length !== expected.length) return Infinity;
      const magnitude = Math.max(1e-6, ...expected.map(Math.abs));
      for (const [place, value] of expected.entries()) {
        const difference = Math.abs(Number(found[place]) - value) / magnitude;
        // Written so that NaN counts as infinite.
        if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
      }
    }
  }
  return largest;
}
