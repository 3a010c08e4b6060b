import { FormatError } from "../errors.ts";
import { type Model, namesOf } from "../graph/mod.ts";
import type { Range } from "../kernels/mod.ts";
import { type DenseTensor, readDense, type SampleSource } from "../tensor/mod.ts";
import type { ActivationQuantizers } from "./activation_quantizers.ts";
import { allocateTensor, freeTensor } from "./activation_memory.ts";
import { ActivationStore } from "./activation_store.ts";
import type { Unit } from "./cut_units.ts";
import type { Engine } from "./engine.ts";
import { engineMessage } from "./onnxruntime_engine.ts";
import type { PassOptions, PassVisitor } from "./pass_options.ts";
import type { Plan } from "./plan.ts";
import { SampleReader } from "./sample_reader.ts";
import { joinTiles, openTileSession } from "./tile_session.ts";
import { present } from "./present.ts";
import {
  describeNodes,
  openUnitSession,
  type UnitResult,
  type UnitSession,
  type UnitSessionOptions,
} from "./unit_session.ts";
import { rangeOf, visitValue, type WantedValues } from "./visit_value.ts";

/** What activations of the samples that run together may take in the spill file. */
const MAX_GROUP_BYTES = 4 * 2 ** 30;

/** What {@linkcode openPass} prepares. */
export interface PassState extends WantedValues {
  readonly model: Model;
  readonly samples: SampleSource;
  readonly plan: Plan;
  readonly engine: Engine;
  readonly quantizers: ActivationQuantizers;
  readonly options: PassOptions;
  readonly kept: ReadonlySet<string>;
  /** Those of the reduced values whose ranges the engine computes. */
  readonly ranges: ReadonlySet<string>;
  /** Those of the averaged values whose means the engine prepares. */
  readonly means: ReadonlyMap<string, number>;
}

/** One unit, with what it runs on. */
interface UnitRun {
  readonly unit: Unit;
  readonly index: number;
  readonly group: readonly number[];
  readonly visitor: PassVisitor;
}

/** A pass of samples through a network, group by group. */
export class Pass implements AsyncDisposable {
  readonly #state: PassState;
  readonly #resources = new AsyncDisposableStack();
  readonly #reader: SampleReader;
  readonly #store: ActivationStore;
  /** Sessions that stay. */
  readonly #sessions = new Map<Unit, UnitSession>();

  /** Use {@linkcode openPass}. */
  constructor(state: PassState) {
    const { model, samples, plan, quantizers, options } = state;
    const { signal, tempDirectory } = options;
    this.#state = state;
    this.#reader = this.#resources.use(
      new SampleReader(model, samples, {
        quantizers,
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    this.#store = this.#resources.use(
      new ActivationStore({
        budget: plan.storeBytes,
        ...(tempDirectory === undefined ? {} : { tempDirectory }),
      }),
    );
  }

  /** Which samples run together, in order. */
  *groups(): Generator<readonly number[]> {
    const { samples: { length }, plan: { units, resident }, options: { cuts } } = this.#state;
    const bytes = Math.max(1, ...units.map(({ activationBytes }) => activationBytes));
    const fitting = Math.max(1, Math.floor(MAX_GROUP_BYTES / bytes));
    const size = resident ? 1 : cuts === undefined ? fitting : length;
    for (let start = 0; start < length; start += size) {
      yield Array.from({ length: Math.min(size, length - start) }, (_, index) => start + index);
    }
  }

  /**
   * Runs samples through all units.
   *
   * @throws {FormatError} If a sample does not fit the network, or the engine refuses its numbers.
   */
  async run(group: readonly number[], visitor: PassVisitor = {}): Promise<void> {
    const { plan: { units }, model, exposed, reduced, averaged, options: { signal } } = this.#state;
    const names = model.inputs.map(({ name }) => name)
      .filter((name) => exposed.has(name) || reduced.has(name) || averaged.has(name));
    if (names.length > 0) {
      for (const sample of group) {
        signal?.throwIfAborted();
        const tensors = await this.#reader.read(sample);
        for (const name of names) {
          await visitValue(visitor, this.#state, {
            value: name,
            tensor: present(tensors, name),
            sample,
          });
        }
      }
    }
    for (const [index, unit] of units.entries()) {
      const run = unit.tiles === undefined ? this.#runUnit : this.#runTiles;
      await run.call(this, { unit, index, group, visitor });
      await visitor.unit?.(unit.nodes.flatMap((node) => node.outputs));
    }
  }

  /** Takes the kept values of a sample whose group has run. They belong to the caller. */
  async take(sample: number): Promise<Map<string, DenseTensor>> {
    const { kept, plan, model, quantizers } = this.#state;
    const taken = new Map<string, DenseTensor>();
    for (const value of kept) {
      const constant = model.initializers.get(value);
      if (plan.uses.has(value)) {
        taken.set(value, await this.#store.take({ value, sample }));
      } else if (constant !== undefined) {
        taken.set(value, await readDense(constant));
      } else {
        const tensor = present(await this.#reader.read(sample), value);
        const isCopy = quantizers.has(value);
        taken.set(value, isCopy ? { ...tensor, data: tensor.data.slice() } : tensor);
      }
    }
    return taken;
  }

  /** Frees sessions and stored activations. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #runUnit({ unit, index, group, visitor }: UnitRun): Promise<void> {
    await using passing = new AsyncDisposableStack();
    const session = this.#sessions.get(unit) ?? await this.#open(unit, passing);
    for (const sample of group) {
      const inputs = await this.#inputs(unit, sample);
      const into = this.#outputsOf(unit);
      try {
        const result = await this.#compute(session, { unit, inputs, sample, into });
        const ranges = new Map<string, Range>();
        for (const [value, range] of result.ranges) {
          ranges.set(value, range.finite ? range : await this.#exactRange(value, { unit, inputs }));
        }
        await this.#finish({ unit, index, visitor }, sample, { ...result, ranges });
      } catch (error) {
        for (const tensor of into.values()) freeTensor(tensor);
        throw error;
      }
    }
  }

  /** Makes a unit ready, for good or for as long as `passing` lasts. */
  async #open(unit: Unit, passing: AsyncDisposableStack): Promise<UnitSession> {
    const { model, plan: { resident, pooledBytes } } = this.#state;
    const session = await openUnitSession(model, unit, {
      ...this.#sessionOptions(),
      pooled: unit.activationBytes <= pooledBytes,
    });
    (resident ? this.#resources : passing).use(session);
    if (resident) this.#sessions.set(unit, session);
    return session;
  }

  /** Memory for the outputs of a unit, but for what the caller gets: that needs memory of its own. */
  #outputsOf(unit: Unit): ReadonlyMap<string, DenseTensor> {
    const { model, kept } = this.#state;
    const outputs = new Map<string, DenseTensor>();
    for (const value of unit.outputs) {
      const info = present(model.values, value);
      if (info.dtype === "float32" && !kept.has(value)) outputs.set(value, allocateTensor(info));
    }
    return outputs;
  }

  /** Takes the weights of each tile once, for all samples; the pieces wait in the store. */
  async #runTiles({ unit, index, group, visitor }: UnitRun): Promise<void> {
    const { model } = this.#state;
    const { tiles = [], nodes } = unit;
    const pieceKey = (value: string, tile: number, sample: number) => ({
      value: `${value}/dlcstream/tile${tile}`,
      sample,
    });
    for (const [number, tile] of tiles.entries()) {
      await using session = await openTileSession(model, tile, this.#sessionOptions());
      for (const sample of group) {
        const inputs = await this.#inputs(unit, sample);
        const { tensors } = await this.#compute(session, { unit, inputs, sample });
        for (const [value, tensor] of tensors) {
          await this.#store.put(pieceKey(value, number, sample), tensor, [index]);
        }
      }
    }
    const outputs = nodes.flatMap(({ outputs }) => namesOf(outputs));
    for (const sample of group) {
      const tensors = new Map<string, DenseTensor>();
      for (const value of outputs) {
        const pieces = [];
        for (const [number, tile] of tiles.entries()) {
          const tensor = await this.#store.take(pieceKey(value, number, sample));
          pieces.push({ tensor, range: tile.output });
        }
        tensors.set(value, joinTiles(present(model.values, value), pieces));
      }
      const result = { tensors, ranges: new Map(), means: new Map() };
      await this.#finish({ unit, index, visitor }, sample, result);
    }
  }

  async #inputs(unit: Unit, sample: number): Promise<ReadonlyMap<string, DenseTensor>> {
    this.#state.options.signal?.throwIfAborted();
    const inputs = new Map<string, DenseTensor>();
    for (const value of unit.inputs) {
      const tensor = this.#state.plan.uses.has(value)
        ? await this.#store.read({ value, sample })
        : present(await this.#reader.read(sample), value);
      inputs.set(value, tensor);
    }
    return inputs;
  }

  async #compute(
    session: UnitSession,
    { unit, inputs, sample, into }: {
      readonly unit: Unit;
      readonly inputs: ReadonlyMap<string, DenseTensor>;
      readonly sample: number;
      readonly into?: ReadonlyMap<string, DenseTensor>;
    },
  ): Promise<UnitResult> {
    try {
      return await session.run(inputs, into);
    } catch (cause) {
      const nodes = describeNodes(unit.nodes);
      throw new FormatError(`Cannot run ${nodes} on sample ${sample}: ${engineMessage(cause)}`, {
        cause,
      });
    }
  }

  /** Looks at the elements of a value that the engine's sum called not finite. */
  async #exactRange(
    value: string,
    { unit, inputs }: {
      readonly unit: Unit;
      readonly inputs: ReadonlyMap<string, DenseTensor>;
    },
  ): Promise<Range> {
    const { model, engine, options } = this.#state;
    const probe = { ...unit, outputs: [value] };
    await using session = await openUnitSession(model, probe, { ...options, engine });
    const { tensors } = await session.run(inputs);
    return rangeOf(value, present(tensors, value));
  }

  /** What happens to the outputs of a unit for one sample. */
  async #finish(
    { unit, index, visitor }: Omit<UnitRun, "group">,
    sample: number,
    { tensors, ranges, means }: UnitResult,
  ): Promise<void> {
    const { plan, quantizers } = this.#state;
    for (const [value, tensor] of tensors) {
      quantizers.get(value)?.(tensor);
      await visitValue(visitor, this.#state, { value, tensor, sample, ranges, means });
      await this.#store.put({ value, sample }, tensor, plan.uses.get(value) ?? []);
    }
    for (const [value, range] of ranges) await visitor.range?.(value, range, sample);
    for (const [value, mean] of means) await visitor.mean?.(value, mean, sample);
    for (const value of unit.inputs) {
      if (plan.uses.has(value)) this.#store.release({ value, sample });
    }
    this.#report({ index, sample });
  }

  #sessionOptions(): UnitSessionOptions {
    const { engine, ranges, means, options } = this.#state;
    return { ...options, engine, ranges, means };
  }

  #report({ index, sample }: { readonly index: number; readonly sample: number }): void {
    const { options: { onProgress, stage }, plan: { units, resident }, samples } = this.#state;
    if (onProgress === undefined || (resident && index < units.length - 1)) return;
    const count = (end: number) => units.slice(0, end).flatMap(({ nodes }) => nodes).length;
    onProgress({
      stage,
      layer: count(index + 1),
      layers: count(units.length),
      sample: sample + 1,
      samples: samples.length,
    });
  }
}
