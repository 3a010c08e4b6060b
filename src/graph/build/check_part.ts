import type { Model, Node } from "../model.ts";
import { schemaOf } from "../operators/registry.ts";
import { buildModel } from "./build_model.ts";
import type { BuildModelOptions, GraphDescription } from "./graph_description.ts";

/** Looks at the part of a network that could be read; what it throws is a problem like others. */
export type PartChecker = (part: Model) => Promise<void>;

/** Gathers problems, so that work goes on behind one. */
export interface ProblemLog {
  /** How many there are. */
  readonly count: number;
  /** Does a part of the work; keeps what is wrong with the file. */
  attempt<T>(work: () => T | Promise<T>): Promise<T | undefined>;
}

/** Options for {@linkcode checkPart}: as for building the network, which may lack any of them. */
export interface CheckPartOptions
  extends Readonly<{ [key in keyof BuildModelOptions]: BuildModelOptions[key] | undefined }> {
  /** Where the problems of the rest are, and those of the part go. */
  readonly problems: ProblemLog;
  /** Who looks; without, nobody does. */
  readonly check: PartChecker | undefined;
}

/**
 * Shows what could be read of a network that has problems, so that a person learns at once also of
 * what a later step would refuse. It ends where its values are not read any more. Without problems
 * nothing is done: the network goes its way whole.
 *
 * @param graph The nodes that could be read, and what they stand on.
 * @param options The problems so far, and who looks.
 */
export async function checkPart(
  graph: Pick<GraphDescription, "name" | "inputs" | "nodes" | "initializers">,
  options: CheckPartOptions,
): Promise<void> {
  const { problems, check, evaluate, signal } = options;
  if (check === undefined || problems.count === 0) return;
  const nodes = await knownNodes(graph, problems);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const made = nodes.flatMap(({ outputs }) => outputs);
  const outputNames = made.filter((name) => name !== "" && !read.has(name));
  if (outputNames.length === 0) return;
  await problems.attempt(async () => {
    const dispose = () => Promise.resolve();
    const build = { ...evaluate && { evaluate }, ...signal && { signal } };
    await check(await buildModel({ ...graph, nodes, outputNames, metadata: {}, dispose }, build));
  });
}

/** The nodes of known operators whose inputs are there; operators that nobody knows are problems. */
async function knownNodes(
  { inputs, nodes, initializers }: Pick<GraphDescription, "inputs" | "nodes" | "initializers">,
  problems: ProblemLog,
): Promise<readonly Node[]> {
  const there = new Set(["", ...inputs.map(({ name }) => name), ...initializers.keys()]);
  const known: Node[] = [];
  for (const node of nodes) {
    const isKnown = await problems.attempt(() => schemaOf(node)) !== undefined;
    if (!isKnown || node.inputs.some((input) => !there.has(input))) continue;
    known.push(node);
    for (const output of node.outputs) there.add(output);
  }
  return known;
}
