import { countMacs, type Model, namesOf, type Node } from "../graph/mod.ts";
import { countElements } from "../tensor/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";
import type { CorrectionStages, StagedNode } from "./correction_stages.ts";
import { isLinearInMeans } from "./linear_means.ts";
import { inputChannelAxis } from "./weighted_sums.ts";

/** A layer whose mean a run measures. */
export interface MeasuredLayer {
  /** The layer. */
  readonly layer: CorrectableLayer;
  /** Whether the means of its input are measured, which tell those of its output. */
  readonly byInput: boolean;
}

/** What all samples run through at a time: what the layers of one stage need. */
export interface CorrectionRun {
  /** The stage whose layers it measures. */
  readonly stage: number;
  /** In topological order. */
  readonly nodes: readonly StagedNode[];
  /** In topological order. */
  readonly measured: readonly MeasuredLayer[];
  /** Values that later runs read. */
  readonly stored: readonly string[];
}

/** How many runs may begin at the same stored values, so that no node runs more often. */
const MAX_RUNS = 3;

/** How many places in a stage are looked at for values to store, beside its end. */
const MAX_PLACES = 4;

/** Nanoseconds; their ratios count. Measured on two cores of a server, with MobileNetV2. */
const COSTS = {
  multiply: 0.02,
  multiplyDepthwise: 0.03,
  make: 0.1,
  mean: 0.6,
  store: 1,
  load: 1,
  /** Also decoding a photo. */
  loadInput: 15,
  /** Leaving the engine and entering it again. */
  quantize: 5,
} as const;

/**
 * Plans a run for each stage. Each begins at network inputs and at values that an earlier run
 * stored. Between storing a wide value and computing it again from a narrow one the cheaper is
 * chosen, by dynamic programming over the places where values can be stored.
 *
 * @param model The network.
 * @param stages Its nodes by stage.
 * @param quantized The values that are quantized where they are made.
 */
export function correctionRuns(
  model: Model,
  stages: CorrectionStages,
  quantized: { has(value: string): boolean },
): readonly CorrectionRun[] {
  return new Planner(model, stages, quantized).plan();
}

/** Values are stored as they are between the nodes before a position and those behind it. */
interface Place {
  readonly position: number;
  readonly stage: number;
  cost: number;
  /** The best place to store before this. */
  previous: Place | undefined;
}

class Planner {
  readonly #model: Model;
  readonly #nodes: readonly StagedNode[];
  readonly #quantized: { has(value: string): boolean };
  /** Where the nodes of each stage end; stage 0 has none. */
  readonly #ends: number[] = [0];
  readonly #madeAt = new Map<string, number>();
  readonly #readUntil = new Map<string, number>();

  constructor(
    model: Model,
    { nodes }: CorrectionStages,
    quantized: { has(value: string): boolean },
  ) {
    this.#model = model;
    this.#nodes = nodes;
    this.#quantized = quantized;
    for (const [position, { node, stage }] of nodes.entries()) {
      this.#ends[stage] = position + 1;
      for (const output of namesOf(node.outputs)) this.#madeAt.set(output, position);
      for (const input of namesOf(node.inputs)) this.#readUntil.set(input, position);
    }
  }

  plan(): CorrectionRun[] {
    const last = this.#ends.length - 1;
    const places = this.#places();
    const end: Place = { position: NaN, stage: last, cost: Infinity, previous: undefined };
    for (let stage = 0; stage < last; stage++) {
      for (const place of places[stage] ?? []) {
        let cost = place.cost;
        for (let next = stage + 1; next <= Math.min(last, stage + MAX_RUNS); next++) {
          for (const reached of places[next] ?? []) {
            improve(reached, place, cost + this.#costOf(this.#run(place, next, reached)));
          }
          cost += this.#costOf(this.#run(place, next));
        }
        if (stage + MAX_RUNS >= last) improve(end, place, cost);
      }
    }
    const runs: CorrectionRun[] = [];
    let stage = last;
    let reached: Place | undefined;
    for (let place = end.previous; place !== undefined; place = place.previous) {
      for (; stage > place.stage; stage--) {
        runs.push(this.#run(place, stage, reached?.stage === stage ? reached : undefined));
      }
      reached = place;
    }
    return runs.reverse();
  }

  /** The nodes that the layers of a stage, and what is to be stored, need behind a place. */
  #run({ position: from }: Place, stage: number, until?: Place): CorrectionRun {
    const stored = until === undefined ? [] : this.#stored(from, until.position);
    const needed = new Set(stored);
    const nodes: StagedNode[] = [];
    const measured: MeasuredLayer[] = [];
    // The means of a value are taken along one axis.
    const inputAxes = new Map<string, number>();
    for (let position = (this.#ends[stage] ?? 0) - 1; position >= from; position--) {
      const staged = this.#nodes[position];
      if (staged === undefined) continue;
      const { node, layer } = staged;
      const [input = ""] = node.inputs;
      let runs = node.outputs.some((output) => needed.has(output));
      if (layer !== undefined && staged.stage === stage) {
        const axis = inputChannelAxis(this.#model, node);
        const byInput = !runs && (this.#madeAt.get(input) ?? -1) >= from &&
          isLinearInMeans(this.#model, node) && (inputAxes.get(input) ?? axis) === axis;
        measured.push({ layer, byInput });
        runs ||= !byInput;
        if (byInput) {
          needed.add(input);
          inputAxes.set(input, axis);
        }
      }
      if (!runs) continue;
      nodes.push(staged);
      for (const name of namesOf(node.inputs)) needed.add(name);
    }
    return { stage, nodes: nodes.reverse(), measured: measured.reverse(), stored };
  }

  /** Values that are made between two positions and read behind the second. */
  #stored(from: number, until: number): string[] {
    return this.#nodes.slice(from, until).flatMap(({ node }) => node.outputs)
      .filter((output) => (this.#readUntil.get(output) ?? -1) >= until);
  }

  /** The places of each stage that may be worth it: where least is stored, and the end. */
  #places(): Place[][] {
    const places: Place[][] = [[{ position: 0, stage: 0, cost: 0, previous: undefined }]];
    const waiting = this.#waitingElements();
    for (let stage = 1; stage < this.#ends.length - 1; stage++) {
      const [start = 0, end = 0] = [this.#ends[stage - 1], this.#ends[stage]];
      const positions = Array.from({ length: end - start }, (_, index) => start + index + 1);
      const best = positions.slice(0, -1)
        .sort((a, b) => (waiting[a] ?? 0) - (waiting[b] ?? 0))
        .slice(0, MAX_PLACES);
      places.push([...best, end].map((position) => (
        { position, stage, cost: Infinity, previous: undefined }
      )));
    }
    return places;
  }

  /** For each position, the elements of all values that are made before it and read behind it. */
  #waitingElements(): number[] {
    const waiting: number[] = [0];
    let elements = 0;
    for (const [position, { node }] of this.#nodes.entries()) {
      for (const output of node.outputs) {
        if ((this.#readUntil.get(output) ?? -1) > position) elements += this.#elementsOf(output);
      }
      for (const input of new Set(node.inputs)) {
        const isLast = this.#readUntil.get(input) === position && this.#madeAt.has(input);
        if (isLast) elements -= this.#elementsOf(input);
      }
      waiting.push(elements);
    }
    return waiting;
  }

  #costOf({ nodes, measured, stored }: CorrectionRun): number {
    const made = new Set(nodes.flatMap(({ node }) => node.outputs));
    let cost = 0;
    const loaded = new Set<string>();
    for (const { node } of nodes) {
      cost += this.#computingCost(node);
      for (const input of namesOf(node.inputs)) {
        if (made.has(input) || this.#model.initializers.has(input)) continue;
        loaded.add(input);
      }
    }
    for (const name of loaded) {
      const load = this.#madeAt.has(name) ? COSTS.load : COSTS.loadInput;
      cost += this.#elementsOf(name) * load;
    }
    for (const { layer, byInput } of measured) {
      cost += this.#elementsOf(byInput ? layer.node.inputs[0] ?? "" : layer.value) * COSTS.mean;
    }
    for (const name of stored) cost += this.#elementsOf(name) * COSTS.store;
    return cost;
  }

  #computingCost(node: Node): number {
    let cost = 0;
    for (const output of node.outputs) {
      const elements = this.#elementsOf(output);
      cost += elements * (this.#quantized.has(output) ? COSTS.quantize : COSTS.make);
    }
    const inputs = this.#model.initializers.get(node.inputs[1] ?? "")?.shape[1];
    const isDepthwise = node.operator === "Conv" && inputs === 1;
    const multiply = isDepthwise ? COSTS.multiplyDepthwise : COSTS.multiply;
    return cost + countMacs(this.#model, node) * multiply;
  }

  #elementsOf(value: string): number {
    return countElements(this.#model.values.get(value)?.shape ?? []);
  }
}

function improve(place: Place, previous: Place, cost: number): void {
  if (cost >= place.cost) return;
  place.cost = cost;
  place.previous = previous;
}
