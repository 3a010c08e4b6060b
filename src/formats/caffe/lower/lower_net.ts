import { FormatError } from "../../../errors.ts";
import {
  checkPart,
  GraphAssembler,
  type GraphDescription,
  type NodeEvaluator,
  type PartChecker,
} from "../../../graph/mod.ts";
import { ProblemCollector } from "../../../problem_collector.ts";
import type { CaffeBlob } from "../read/caffe_blob.ts";
import { checkKnownFields } from "../read/caffe_message.ts";
import type { CaffeLayer } from "../upgrade/caffe_layer.ts";
import {
  checkGivenNames,
  declaredShapes,
  inputShape,
  type InputShapeOptions,
} from "./input_shapes.ts";
import { LayerContext } from "./layer_context.ts";
import { INPUT_LAYERS, LAYERS, PASSING_LAYERS, refusalOf } from "./layer_kinds.ts";
import { LayerWeights } from "./layer_weights.ts";
import { type BlobVersion, type LayerPlan, planLayers, type PlannedLayer } from "./plan_layers.ts";

/** What the layers of a net stand on. */
export interface LowerNetOptions extends InputShapeOptions {
  /** Tensors by layer name. */
  readonly weights: ReadonlyMap<string, readonly CaffeBlob[]>;
  /** The file with the tensors, for errors. */
  readonly weightsFile: string;
  /** Blobs or layers that the network shall end with; none: what nobody reads. */
  readonly outputNames: readonly string[];
  /** Looks at what can be lowered, if not all can be. */
  readonly check?: PartChecker | undefined;
  /** Runs constant nodes of that. */
  readonly evaluate?: NodeEvaluator | undefined;
  /** Ends the work early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Turns layers into a graph of ONNX nodes. Blobs that are written several times become values of
 * their own: the last keeps the blob's name, those before have the writing layer's name behind it.
 *
 * @param layers The layers that are part of the network for inference.
 * @param options Weights, shapes of the inputs, where to end.
 * @throws {FormatError} If the network contradicts itself or its weights; all problems at once.
 * @throws {UnsupportedError} If layers are not supported; all at once.
 */
export async function lowerNet(
  layers: readonly CaffeLayer[],
  options: LowerNetOptions,
): Promise<Pick<GraphDescription, "inputs" | "nodes" | "initializers" | "outputNames">> {
  const lowering = new NetLowering(planLayers(layers, options), options);
  return await lowering.run();
}

class NetLowering {
  readonly #plan: LayerPlan;
  readonly #options: LowerNetOptions;
  readonly #graph: GraphAssembler;
  readonly #problems = new ProblemCollector();
  /** Values by version, usually one; `undefined` where the layer could not be lowered. */
  readonly #values = new Map<string, readonly string[] | undefined>();
  /** Inputs that somebody may read, with their shapes. */
  readonly #inputs = new Map<string, readonly number[] | undefined>();
  /** Tensors that layers share, by their common name. */
  readonly #shared = new Map<string, CaffeBlob>();

  constructor(plan: LayerPlan, options: LowerNetOptions) {
    this.#plan = plan;
    this.#options = options;
    const blobs = plan.layers.flatMap(({ layer }) => [...layer.tops, ...layer.bottoms]);
    this.#graph = new GraphAssembler(blobs);
  }

  async run(): Promise<
    Pick<GraphDescription, "inputs" | "nodes" | "initializers" | "outputNames">
  > {
    this.#declareInputs();
    for (const [index, planned] of this.#plan.layers.entries()) {
      this.#options.signal?.throwIfAborted();
      await this.#problems.attempt(() => this.#lower(planned, index));
    }
    const outputNames = await this.#outputs();
    const { file, check, evaluate, signal } = this.#options;
    const part = { name: file, ...this.#graph.parts };
    await checkPart(part, { problems: this.#problems, check, evaluate, signal });
    this.#problems.throwIfAny(`convert "${file}"`);
    return { ...this.#graph.parts, outputNames };
  }

  /** Blobs that no layer makes are inputs if the user gives their shape. */
  #declareInputs(): void {
    const { inputShapes, file } = this.#options;
    for (const { layer } of this.#plan.layers) {
      if (!INPUT_LAYERS.has(layer.type)) continue;
      const shapes = declaredShapes(layer);
      for (const [index, top] of layer.tops.entries()) this.#inputs.set(top, shapes[index]);
    }
    for (const blob of this.#plan.open) {
      if (inputShapes.has(blob)) this.#inputs.set(blob, undefined);
      else {
        this.#problems.add(
          new FormatError(
            `Cannot read "${file}": no layer makes blob "${blob}", which layers read; if it is an ` +
              `input of the network, give its shape with --input-dim ${blob} 1,3,224,224`,
            { file, found: blob },
          ),
        );
      }
    }
    checkGivenNames(new Set(this.#inputs.keys()), this.#options);
  }

  async #lower({ layer, reads }: PlannedLayer, index: number): Promise<void> {
    const { type, tops } = layer;
    if (type === "Silence" || INPUT_LAYERS.has(type)) return;
    const lower = LAYERS.get(type);
    if (lower === undefined && !PASSING_LAYERS.has(type)) {
      throw this.#context({ layer, reads }, { inputs: [], index }).unsupported(refusalOf(type));
    }
    checkKnownFields(layer.message, this.#options.file);
    const inputs: string[] = [];
    for (const read of reads) {
      const values = this.#valuesOf(read);
      // What could not be read or made was told about where it happened.
      if (values === undefined) return;
      if (values.length !== 1) {
        throw this.#context({ layer, reads }, { inputs: [], index }).unsupported(
          `it reads "${read.blob}", which becomes ${values.length} values ` +
            `(${values.join(", ")}); end the network there with --out-node`,
        );
      }
      inputs.push(...values);
    }
    if (lower === undefined) {
      const passed = inputs.slice(0, 1);
      for (const top of tops) this.#values.set(versionKey({ blob: top, writer: index }), passed);
      return;
    }
    const context = this.#context({ layer, reads }, { inputs, index });
    const values = await lower(context);
    if (tops.length > values.length) {
      throw context.error(`it has ${tops.length} tops, expected ${values.length}`);
    }
    for (const [place, top] of tops.entries()) {
      const own = values.slice(place, place === tops.length - 1 ? undefined : place + 1);
      this.#values.set(versionKey({ blob: top, writer: index }), own);
    }
  }

  #context(
    { layer }: PlannedLayer,
    { inputs, index }: { readonly inputs: readonly string[]; readonly index: number },
  ): LayerContext {
    const { weights, weightsFile, file, signal } = this.#options;
    const blobs = this.#shareBlobs(layer, weights.get(layer.name));
    return new LayerContext({
      layer,
      inputs,
      outputNames: layer.tops.map((top) =>
        this.#plan.finalWriters.get(top) === index && !this.#graph.has(top)
          ? top
          : this.#graph.uniqueName(`${top}/${layer.name}`)
      ),
      graph: this.#graph,
      weights: new LayerWeights(layer.name, blobs, weightsFile),
      file,
      signal,
    });
  }

  /** A tensor with a name belongs to the first layer that has it. */
  #shareBlobs(
    { sharedNames }: CaffeLayer,
    own: readonly CaffeBlob[] | undefined,
  ): readonly CaffeBlob[] | undefined {
    if (sharedNames.every((name) => name === "")) return own;
    const count = Math.max(own?.length ?? 0, sharedNames.length);
    const blobs: CaffeBlob[] = [];
    for (let index = 0; index < count; index++) {
      const name = sharedNames[index] ?? "";
      const blob = (name === "" ? undefined : this.#shared.get(name)) ?? own?.[index];
      if (blob === undefined) break;
      if (name !== "") this.#shared.set(name, blob);
      blobs.push(blob);
    }
    return blobs.length === 0 ? own : blobs;
  }

  /** The values of a version; an input enters the graph when it is read for the first time. */
  #valuesOf(version: BlobVersion): readonly string[] | undefined {
    const key = versionKey(version);
    if (this.#values.has(key)) return this.#values.get(key);
    const { blob, writer } = version;
    const type = this.#plan.layers[writer]?.layer.type;
    const isInput = writer < 0 || type !== undefined && INPUT_LAYERS.has(type);
    if (!isInput || !this.#inputs.has(blob)) return undefined;
    this.#values.set(key, undefined);
    const shape = inputShape(blob, this.#inputs.get(blob), this.#options);
    const name = this.#graph.has(blob) ? this.#graph.uniqueName(blob) : blob;
    this.#graph.addInput({ name, dtype: "float32", shape });
    this.#values.set(key, [name]);
    return [name];
  }

  /** Outputs have their blob's names; one that is only passed on needs a node for that. */
  async #outputs(): Promise<readonly string[]> {
    const names: string[] = [];
    for (const version of this.#plan.outputs) {
      const { blob, writer } = version;
      const planned = this.#plan.layers[writer];
      if (planned === undefined || INPUT_LAYERS.has(planned.layer.type)) continue;
      const values = await this.#problems.attempt(() => this.#valuesOf(version));
      if (values === undefined) continue;
      const [value = ""] = values;
      if (values.length > 1) {
        names.push(...values);
        continue;
      }
      const isMade = this.#graph.producer(value) !== undefined;
      if (isMade && (value === blob || this.#plan.finalWriters.get(blob) !== writer)) {
        names.push(value);
        continue;
      }
      const output = this.#graph.has(blob) ? this.#graph.uniqueName(blob) : blob;
      const { name } = planned.layer;
      const node = { name, operator: "Identity", inputs: [value], outputs: [output] };
      this.#graph.addNode({ ...node, attributes: {} });
      names.push(output);
    }
    return names;
  }
}

function versionKey({ blob, writer }: BlobVersion): string {
  return `${writer} ${blob}`;
}
