import type { Model } from "../graph/mod.ts";
import type { DenseTensor, Sample, SampleSource } from "../tensor/mod.ts";
import type { ActivationQuantizers } from "./activation_quantizers.ts";
import { checkSample } from "./check_sample.ts";

/** Reads samples as the network sees them: checked, and fake-quantized where it has encodings. */
export class SampleReader {
  readonly #model: Model;
  readonly #samples: SampleSource;
  readonly #quantizers: ActivationQuantizers;
  readonly #signal: AbortSignal | undefined;
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

  /** @throws {FormatError} If the sample does not fit the network. */
  async read(index: number): Promise<Sample> {
    if (this.#last?.index === index) return this.#last.sample;
    const signal = this.#signal;
    const sample = await this.#samples.read(index, signal === undefined ? {} : { signal });
    checkSample(this.#model, sample, index);
    const seen = new Map<string, DenseTensor>();
    for (const [name, tensor] of sample) {
      const quantize = this.#quantizers.get(name);
      // The tensor may be the source's own: it stays as it is.
      const copy = quantize === undefined ? tensor : { ...tensor, data: tensor.data.slice() };
      quantize?.(copy);
      seen.set(name, copy);
    }
    this.#last = { index, sample: seen };
    return seen;
  }
}
