import { FormatError, UnsupportedError } from "../../../errors.ts";
import {
  checkPart,
  GraphAssembler,
  type GraphDescription,
  type NodeEvaluator,
  type PartChecker,
} from "../../../graph/mod.ts";
import { suggestName } from "../../../nearest_name.ts";
import { ProblemCollector } from "../../../problem_collector.ts";
import { countElements } from "../../../tensor/mod.ts";
import type { NetDef, OperatorDef } from "../read/operator_def.ts";
import { fillTensor, isFill } from "./fill_tensor.ts";
import { OperatorContext } from "./operator_context.ts";
import { OPERATORS, PASSING_OPERATORS, refusalOf, WEIGHTED_OPERATORS } from "./operator_kinds.ts";

/** What the operators of a net stand on. */
export interface LowerNetOptions {
  /** The file with the net, for errors. */
  readonly file: string;
  /** The net that makes the weights, and its file. */
  readonly init: { readonly net: NetDef; readonly file: string };
  /** Shapes of network inputs; what is named here is an input even if the init net fills it. */
  readonly inputShapes: ReadonlyMap<string, readonly number[]>;
  /** Blobs that the network shall end with; none: the net's own outputs. */
  readonly outputNames: readonly string[];
  /** Looks at what can be lowered, if not all can be. */
  readonly check?: PartChecker | undefined;
  /** Runs constant nodes of that. */
  readonly evaluate?: NodeEvaluator | undefined;
  /** Ends the work early. */
  readonly signal?: AbortSignal | undefined;
}

/** An operator that reads a blob, and as which of its inputs. */
interface Reader {
  readonly operator: OperatorDef;
  readonly place: number;
}

type LoweredNet = Pick<GraphDescription, "inputs" | "nodes" | "initializers" | "outputNames">;

/**
 * Turns a net and the net that makes its weights into a graph of ONNX nodes. Blobs that are written
 * several times become values of their own; the last keeps the blob's name.
 *
 * @param net The predict net.
 * @param options Weights, shapes of the inputs, where to end.
 * @throws {FormatError} If the net contradicts itself or its weights; all problems at once.
 * @throws {UnsupportedError} If operators are not supported; all at once.
 */
export async function lowerNet(net: NetDef, options: LowerNetOptions): Promise<LoweredNet> {
  return await new NetLowering(net, options).run();
}

class NetLowering {
  readonly #net: NetDef;
  readonly #options: LowerNetOptions;
  readonly #graph: GraphAssembler;
  readonly #problems = new ProblemCollector();
  /** What each blob is at the moment; `undefined` where it could not be made. */
  readonly #values = new Map<string, string | undefined>();
  readonly #fills = new Map<string, { readonly operator: OperatorDef; readonly file: string }>();
  /** The operator that writes each blob last. */
  readonly #lastWriters = new Map<string, OperatorDef>();
  /** Blobs that somebody reads after they were written for the last time. */
  readonly #read = new Set<string>();
  readonly #needed: ReadonlySet<OperatorDef>;

  constructor(net: NetDef, options: LowerNetOptions) {
    this.#net = net;
    this.#options = options;
    this.#graph = new GraphAssembler([
      ...options.inputShapes.keys(),
      ...net.operators.flatMap(({ outputs }) => outputs),
    ]);
    for (const operator of net.operators) {
      for (const input of operator.inputs) this.#read.add(input);
      for (const output of operator.outputs) {
        this.#read.delete(output);
        if (!passesInPlace(operator)) this.#lastWriters.set(output, operator);
      }
    }
    this.#needed = neededOperators(net, options.outputNames);
  }

  async run(): Promise<LoweredNet> {
    const outputs = this.#outputBlobs();
    for (const operator of this.#options.init.net.operators) this.#addFill(operator, true);
    this.#checkShapes();
    for (const [index, operator] of this.#net.operators.entries()) {
      this.#options.signal?.throwIfAborted();
      if (!this.#needed.has(operator)) continue;
      await this.#problems.attempt(() => this.#lower(operator, index));
    }
    const outputNames = outputs.flatMap((blob) => this.#output(blob) ?? []);
    const { file, check, evaluate, signal } = this.#options;
    const part = { name: file, ...this.#graph.parts };
    await checkPart(part, { problems: this.#problems, check, evaluate, signal });
    this.#problems.throwIfAny(`convert "${file}"`);
    return { ...this.#graph.parts, outputNames };
  }

  /** Blobs that the user or the net names, or those that nobody reads. */
  #outputBlobs(): readonly string[] {
    const { outputNames, file } = this.#options;
    const unread = [...this.#lastWriters.keys()].filter((blob) => !this.#read.has(blob));
    if (outputNames.length === 0) return this.#net.outputs.length > 0 ? this.#net.outputs : unread;
    for (const name of outputNames) {
      if (this.#lastWriters.has(name)) continue;
      throw new FormatError(
        `Cannot end the network of "${file}" with "${name}": no operator writes such a blob` +
          suggestName(name, this.#lastWriters.keys()),
        { file, found: name },
      );
    }
    return outputNames;
  }

  /** The init net may only fill blobs; a fill within the net is a constant as well. */
  #addFill(operator: OperatorDef, inInit: boolean): boolean {
    const { init, file } = this.#options;
    if (isFill(operator.type) && operator.outputs.length === 1) {
      const [blob = ""] = operator.outputs;
      this.#fills.set(blob, { operator, file: inInit ? init.file : file });
      this.#values.delete(blob);
      return true;
    }
    if (inInit) {
      this.#problems.add(
        new UnsupportedError(
          `Cannot convert "${init.file}": ${operator.type} makes blob "${
            operator.outputs[0]
          }" of the ` +
            "init net; a net that only fills blobs would work",
          { node: operator.name, operator: operator.type },
        ),
      );
    }
    return false;
  }

  #checkShapes(): void {
    const { inputShapes, file } = this.#options;
    const names = new Set(this.#net.operators.flatMap(({ inputs }) => inputs));
    for (const [name, shape] of inputShapes) {
      if (!names.has(name)) {
        throw new RangeError(
          `Cannot set the shape of "${name}": "${file}" has no such input` +
            suggestName(name, names),
        );
      }
      if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
        throw new RangeError(
          `Cannot set the shape of input "${name}": found [${shape}], expected positive integers`,
        );
      }
    }
  }

  #lower(operator: OperatorDef, index: number): void {
    const { type, outputs } = operator;
    if (this.#addFill(operator, false)) return;
    const name = operator.name === "" ? `${type}_${index}` : operator.name;
    const context = (inputs: readonly string[]): OperatorContext =>
      new OperatorContext(this.#graph, {
        definition: operator,
        name,
        inputs,
        outputNames: outputs.map((blob) =>
          this.#lastWriters.get(blob) === operator && !this.#graph.has(blob)
            ? blob
            : this.#graph.uniqueName(`${blob}/${name}`)
        ),
        file: this.#options.file,
      });
    const lower = OPERATORS.get(type);
    if (lower === undefined && !PASSING_OPERATORS.has(type)) {
      for (const blob of outputs) this.#values.set(blob, undefined);
      throw context([]).unsupported(refusalOf(type));
    }
    const inputs = operator.inputs.map((blob, place) =>
      this.#problems.attemptNow(() => this.#valueOf(blob, { operator, place }))
    );
    for (const blob of outputs) this.#values.set(blob, undefined);
    // What could not be read or made was told about where it happened.
    const known = inputs.filter((value) => value !== undefined);
    if (known.length < inputs.length) return;
    const values = lower === undefined
      ? known.slice(0, 1)
      : namingBlobs(operator, () => lower(context(known)));
    for (const [place, value] of values.entries()) this.#values.set(outputs[place] ?? "", value);
  }

  /** What a blob is now: made by an operator, filled, or an input of the network. */
  #valueOf(blob: string, reader: Reader): string | undefined {
    if (this.#values.has(blob)) return this.#values.get(blob);
    this.#values.set(blob, undefined);
    const shape = this.#options.inputShapes.get(blob);
    const fill = this.#isPlaceholder(blob) ? undefined : this.#fills.get(blob);
    if (shape === undefined && fill === undefined) throw this.#notThere(blob, reader);
    const value = shape === undefined && fill !== undefined
      ? this.#graph.addTensor(fillTensor(fill.operator, fill.file))
      : this.#graph.addInput({ name: blob, dtype: "float32", shape: shape ?? [] });
    this.#values.set(blob, value);
    return value;
  }

  /** Files made from Caffe networks fill the input, the first blob that is external, with one zero. */
  #isPlaceholder(blob: string): boolean {
    const fill = this.#fills.get(blob)?.operator;
    const shape = fill?.args.get("shape")?.integers ?? [];
    return fill?.type === "ConstantFill" && blob === this.#net.inputs[0] &&
      countElements(shape) <= 1;
  }

  #notThere(blob: string, { operator: { name, type, outputs }, place }: Reader): Error {
    const { file, init } = this.#options;
    if (place > 0 && WEIGHTED_OPERATORS.has(type)) {
      const label = name === "" ? `${type}, which makes "${outputs[0]}",` : `"${name}" (${type})`;
      return new FormatError(
        `Cannot read blob "${blob}" of "${init.file}": nothing fills it, and operator ${label} reads ` +
          "it as a weight",
        { file: init.file },
      );
    }
    return new UnsupportedError(
      `Cannot convert "${file}": blob "${blob}" is neither made by the net nor by "${init.file}"; if ` +
        `it is an input of the network, give its shape with --input-dim ${blob} 1,3,224,224`,
    );
  }

  /** Outputs have their blob's names; one that is only passed on needs a node for that. */
  #output(blob: string): string | undefined {
    if (!this.#values.has(blob)) return undefined;
    const value = this.#values.get(blob);
    if (value === undefined || value === blob && this.#graph.producer(value)) return value;
    const output = this.#graph.has(blob) ? this.#graph.uniqueName(blob) : blob;
    this.#graph.addNode({
      name: output,
      operator: "Identity",
      inputs: [value],
      outputs: [output],
      attributes: {},
    });
    return output;
  }
}

/** Nets seldom name their operators: what contradicts itself is found by its blobs. */
function namingBlobs<T>({ inputs, outputs }: OperatorDef, lower: () => T): T {
  try {
    return lower();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const [reads, writes] = [inputs, outputs].map((blobs) =>
      blobs.map((blob) => `"${blob}"`).join(", ")
    );
    throw new FormatError(`${error.message}; it reads ${reads} and writes ${writes}`, {
      cause: error,
    });
  }
}

function passesInPlace({ type, inputs, outputs }: OperatorDef): boolean {
  return PASSING_OPERATORS.has(type) && inputs[0] === outputs[0];
}

/** Operators that the outputs need; all, if none are named. */
function neededOperators(
  { operators }: NetDef,
  outputNames: readonly string[],
): ReadonlySet<OperatorDef> {
  if (outputNames.length === 0) return new Set(operators);
  const wanted = new Set(outputNames);
  const needed = new Set<OperatorDef>();
  for (const operator of operators.toReversed()) {
    if (!operator.outputs.some((blob) => wanted.has(blob))) continue;
    needed.add(operator);
    for (const blob of operator.outputs) wanted.delete(blob);
    for (const blob of operator.inputs) wanted.add(blob);
  }
  return needed;
}
