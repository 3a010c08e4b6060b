import { UnsupportedError } from "../../../errors.ts";
import type { TensorReference } from "../../../tensor/mod.ts";
import { badNode } from "../unsupported_node.ts";
import type { ModelAssembly } from "./model_assembly.ts";
import type { Value } from "./value.ts";
import type { NodeCall } from "./value_rules.ts";

/** What {@linkcode GraphVariables} starts from. */
export interface GraphVariablesParts {
  /** The file, for messages. */
  readonly file: string;
  /** The model so far. */
  readonly model: ModelAssembly;
  /** Reads variables; absent where the model has none. */
  readonly readVariable: ((name: string) => Promise<TensorReference>) | undefined;
}

/** The variables of a graph; each becomes a constant of the model when it is first read. */
export class GraphVariables {
  readonly #parts: GraphVariablesParts;
  readonly #constants = new Map<string, Promise<string>>();

  /** Nothing is read yet. */
  constructor(parts: GraphVariablesParts) {
    this.#parts = parts;
  }

  /**
   * The name of the tensor that a node is given, itself or as a variable.
   *
   * @param call The node.
   * @param value What it is given.
   * @throws {FormatError} If that is no tensor.
   */
  async tensorOf(call: NodeCall, value: Value | undefined): Promise<string> {
    if (value?.kind === "tensor") return value.name;
    if (value?.kind !== "variable") throw badNode(call, "an input is missing");
    const { name } = value;
    let read = this.#constants.get(name);
    if (read === undefined) {
      read = this.#read(name);
      this.#constants.set(name, read);
    }
    return await read;
  }

  async #read(name: string): Promise<string> {
    const { model, readVariable, file } = this.#parts;
    if (readVariable === undefined) {
      throw new UnsupportedError(
        `Cannot read variable "${name}" of "${file}": the graph holds no values of variables; ` +
          `freeze it, or open it as SavedModel or as .meta with its checkpoint`,
        { node: name, operator: "VarHandleOp" },
      );
    }
    const reference = await readVariable(name);
    const free = model.takeName(name);
    model.addTensor({ ...reference, name: free });
    return free;
  }
}
