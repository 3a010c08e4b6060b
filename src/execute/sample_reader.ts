import type { Model } from "../graph/mod.ts";
import {
  bytesOfTensorData,
  type DenseTensor,
  type Sample,
  type SampleSource,
} from "../tensor/mod.ts";
import { allocateTensor, freeTensor } from "./activation_memory.ts";
import type { ActivationQuantizers } from "./activation_quantizers.ts";
import { checkSample } from "./check_sample.ts";

/** Reads samples as the network sees them: checked, and fake-quantized where it has encodings. */
export class SampleReader implements Disposable {
  readonly #model: Model;
  readonly #samples: SampleSource;
  readonly #quantizers: ActivationQuantizers;
  readonly #signal: AbortSignal | undefined;
  /** Tensors of the last sample that are not the source's. */
  readonly #copies: DenseTensor[] = [];
  #last: { readonly index: number; readonly sample: Sample } | undefined;

  /** Prepares to read; `samples` is asked when a sample is needed, only the last one is kept. */
  constructor(
    model: Model,
    samples: SampleSource,
    options: { readonly quantizers: ActivationQuantizers; readonly signal?: AbortSignal },
  ) {
    this.#model = model;
    this.#samples = samples;
    this.#quantizers = options.quantizers;
    this.#signal = options.signal;
  }

  /**
   * Reads a sample; its tensors are valid until another one is read.
   *
   * @throws {FormatError} If the sample does not fit the network.
   */
  async read(index: number): Promise<Sample> {
    if (this.#last?.index === index) return this.#last.sample;
    const signal = this.#signal;
    const sample = await this.#samples.read(index, signal === undefined ? {} : { signal });
    checkSample(this.#model, sample, index);
    this[Symbol.dispose]();
    const seen = new Map<string, DenseTensor>();
    for (const [name, tensor] of sample) {
      const quantize = this.#quantizers.get(name);
      if (quantize === undefined) {
        seen.set(name, tensor);
        continue;
      }
      // The tensor may be the source's own: it stays as it is.
      const copy = allocateTensor(tensor);
      this.#copies.push(copy);
      bytesOfTensorData(copy.data).set(bytesOfTensorData(tensor.data));
      quantize(copy);
      seen.set(name, copy);
    }
    this.#last = { index, sample: seen };
    return seen;
  }

  /** Frees the last sample. */
  [Symbol.dispose](): void {
    this.#last = undefined;
    for (const copy of this.#copies.splice(0)) freeTensor(copy);
  }
}
