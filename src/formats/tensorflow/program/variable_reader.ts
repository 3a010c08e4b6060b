import { FormatError } from "../../../errors.ts";
import type { TensorReference } from "../../../tensor/mod.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { TensorflowGraph } from "../proto/read_graph_def.ts";
import { restoredVariables } from "./restored_variables.ts";

/** Finds the values of a graph's variables in its checkpoint. */
export class VariableReader {
  readonly #graph: TensorflowGraph;
  readonly #checkpoint: Checkpoint;
  readonly #restored: ReadonlyMap<string, string>;
  readonly #file: string;
  #objects: ReadonlyMap<string, string> | undefined;

  /** Looks through the graph for what it restores; reads nothing yet. */
  constructor(
    graph: TensorflowGraph,
    { checkpoint, restoreNode, file }: {
      readonly checkpoint: Checkpoint;
      readonly restoreNode: string;
      readonly file: string;
    },
  ) {
    this.#graph = graph;
    this.#checkpoint = checkpoint;
    this.#restored = restoredVariables(graph, restoreNode);
    this.#file = file;
  }

  /**
   * Describes the value of a variable.
   *
   * @param name The node that makes it.
   * @throws {FormatError} If the checkpoint does not have it, or with another shape.
   */
  async read(name: string): Promise<TensorReference> {
    const reference = await this.#checkpoint.tensor(await this.#key(name), name);
    const stated = this.#graph.nodes.get(name)?.attributes.get("shape");
    const shape = stated?.kind === "shape" ? stated.value : undefined;
    const fits = shape === undefined || shape.length === reference.shape.length &&
        shape.every((size, axis) => size < 0 || size === reference.shape[axis]);
    if (fits) return reference;
    throw new FormatError(
      `Cannot read variable "${name}" of "${this.#file}": the graph gives it the shape [${shape}], ` +
        `the checkpoint has [${reference.shape}]`,
      { file: this.#file, expected: `[${shape}]`, found: `[${reference.shape}]` },
    );
  }

  /** What the graph restores; else the variable's own name; else the object graph's. */
  async #key(name: string): Promise<string> {
    const restored = this.#restored.get(name);
    if (restored !== undefined) return restored;
    const shared = this.#graph.nodes.get(name)?.attributes.get("shared_name");
    const names = [name, ...shared?.kind === "text" && shared.value !== "" ? [shared.value] : []];
    for (const candidate of names) if (this.#checkpoint.has(candidate)) return candidate;
    this.#objects ??= await this.#checkpoint.objectKeys();
    for (const candidate of names.toReversed()) {
      const key = this.#objects.get(candidate);
      if (key !== undefined) return key;
    }
    return name;
  }
}
