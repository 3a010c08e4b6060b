import { FormatError } from "../errors.ts";
import { type ExecuteOptions, runModel } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import { SqnrAccumulator } from "../quantize/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import { topClasses } from "./top_classes.ts";
import { type Proportion, wilsonInterval } from "./wilson_interval.ts";

/** Options for {@linkcode evaluateModel}. */
export interface EvaluateModelOptions extends ExecuteOptions {
  /** The right class of each sample; `undefined` where it is not known. */
  readonly labels?: readonly (number | undefined)[];
  /** A network to compare with, usually the float one. It gets the same samples. */
  readonly reference?: Model;
  /**
   * The samples as the reference takes them, where its input has another name or layout.
   *
   * @default {the same samples}
   */
  readonly referenceSamples?: SampleSource;
  /**
   * The output that holds the class scores.
   *
   * @default {the first output}
   */
  readonly output?: string;
}

/** What {@linkcode evaluateModel} found. Absent members could not be measured. */
export interface Evaluation {
  /** How many samples ran. */
  readonly samples: number;
  /** Share of labelled samples whose best class is right. */
  readonly top1?: Proportion;
  /** Share of labelled samples whose right class is among the best five. */
  readonly top5?: Proportion;
  /** Top-1 of the reference on the same samples. */
  readonly referenceTop1?: Proportion;
  /** Top-5 of the reference on the same samples. */
  readonly referenceTop5?: Proportion;
  /** Share of samples where model and reference have the same best class. */
  readonly agreement?: Proportion;
  /** Signal-to-quantization-noise ratio of the outputs against the reference's, in dB. */
  readonly sqnr?: number;
  /** Time for the model's runs (not the reference's, nor reading samples), in milliseconds. */
  readonly milliseconds: number;
}

/** Counts hits of the best and the best five classes. */
class Accuracy {
  #total = 0;
  #first = 0;
  #five = 0;

  add(classes: readonly number[], label: number): void {
    this.#total++;
    if (classes[0] === label) this.#first++;
    if (classes.includes(label)) this.#five++;
  }

  get top1(): Proportion | undefined {
    return this.#total === 0 ? undefined : wilsonInterval(this.#first, this.#total);
  }

  get top5(): Proportion | undefined {
    return this.#total === 0 ? undefined : wilsonInterval(this.#five, this.#total);
  }
}

/**
 * Runs samples through a network and measures top-1 and top-5 accuracy against labels, and
 * agreement and SQNR against a reference network. Memory does not grow with the samples.
 *
 * @param model The network, float or quantized.
 * @param samples The inputs; with a reference, for both networks.
 * @param options Labels, reference, engine, memory limit, abort signal.
 * @throws {FormatError} If a label is no class of the output.
 * @throws {RangeError} If the output does not exist, or the reference gives another shape.
 */
export async function evaluateModel(
  model: Model,
  samples: SampleSource,
  options: EvaluateModelOptions = {},
): Promise<Evaluation> {
  const { labels, reference, referenceSamples = samples, output, ...execute } = options;
  const ours = new Accuracy();
  const theirs = new Accuracy();
  const sqnr = new SqnrAccumulator();
  let agreeing = 0;
  let milliseconds = 0;
  const name = outputName(model, output);
  const references = reference === undefined
    ? undefined
    : runModel(reference, referenceSamples, execute)[Symbol.asyncIterator]();
  try {
    const runs = runModel(model, samples, execute)[Symbol.asyncIterator]();
    for (;;) {
      const start = performance.now();
      const step = await runs.next();
      milliseconds += performance.now() - start;
      if (step.done) break;
      const { index, outputs } = step.value;
      const scores = pick(outputs, name, model);
      const classes = topClasses(scores.data, 5);
      const label = labels?.[index];
      if (label !== undefined) {
        checkLabel(label, scores, index);
        ours.add(classes, label);
      }
      if (reference === undefined || references === undefined) continue;
      const expected = await references.next();
      if (expected.done) throw new Error(`Cannot compare sample ${index}: the reference ended`);
      const expectedScores = pick(
        expected.value.outputs,
        outputName(reference, undefined),
        reference,
      );
      if (expectedScores.data.length !== scores.data.length) {
        throw new RangeError(
          `Cannot compare "${model.name}" with "${reference.name}": outputs have shapes ` +
            `[${scores.shape}] and [${expectedScores.shape}]`,
        );
      }
      const expectedClasses = topClasses(expectedScores.data, 5);
      if (label !== undefined) theirs.add(expectedClasses, label);
      if (expectedClasses[0] === classes[0]) agreeing++;
      sqnr.add(expectedScores.data, scores.data);
    }
  } finally {
    await references?.return?.();
  }
  const defined = {
    top1: ours.top1,
    top5: ours.top5,
    referenceTop1: theirs.top1,
    referenceTop5: theirs.top5,
    agreement: reference === undefined ? undefined : wilsonInterval(agreeing, samples.length),
    sqnr: reference === undefined ? undefined : sqnr.decibels,
  };
  return {
    samples: samples.length,
    milliseconds,
    ...Object.fromEntries(Object.entries(defined).filter(([, value]) => value !== undefined)),
  };
}

function outputName(model: Model, wanted: string | undefined): string {
  const names = model.outputs.map(({ name }) => name);
  const name = wanted ?? names[0];
  if (name === undefined || !names.includes(name)) {
    throw new RangeError(
      `Cannot evaluate output "${wanted}" of "${model.name}": its outputs are ${names.join(", ")}`,
    );
  }
  return name;
}

function pick(
  outputs: ReadonlyMap<string, DenseTensor>,
  name: string,
  model: Model,
): DenseTensor {
  const tensor = outputs.get(name);
  if (tensor === undefined) throw new Error(`Cannot find output "${name}" of "${model.name}"`);
  return tensor;
}

function checkLabel(label: number, scores: DenseTensor, index: number): void {
  if (label >= scores.data.length) {
    throw new FormatError(
      `Cannot evaluate sample ${index}: its class is ${label}, the network has classes 0 to ` +
        `${scores.data.length - 1}`,
      { found: String(label) },
    );
  }
}
