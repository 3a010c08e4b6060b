import { encodeOnnx, type Node, openModel, runModel, saveDlc, type SmallGraph } from "dlcstream";
import { makeFolder } from "../../../io/_temporary_folder.ts";

/** A node and what it is fed with. */
export interface FedNode {
  readonly node: Pick<Node, "operator" | "inputs" | "outputs" | "attributes">;
  /** Elements of the network's inputs, all float32, by name. */
  readonly inputs: Readonly<Record<string, Floats>>;
  readonly constants?: Readonly<Record<string, Dense>>;
}

export interface Floats {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export type Dense = NonNullable<ReturnType<SmallGraph["initializers"]["get"]>>;

/** What a node gives after it was written to a DLC and read again, by output. */
export async function runBehindDlc({ node, inputs, constants = {} }: FedNode): Promise<
  Readonly<Record<string, Floats>>
> {
  const named = node.outputs.filter((output) => output !== "");
  const bytes = encodeOnnx({
    name: "composed",
    nodes: [{ name: "node", ...node }],
    inputs: Object.entries(inputs).map(([name, { shape }]) => ({ name, dtype: "float32", shape })),
    outputs: named.map((name) => ({ name, dtype: "float32", shape: [] })),
    initializers: new Map(Object.entries(constants)),
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/composed.dlc`;
  {
    await using model = await openModel(bytes, { batch: "keep" });
    await saveDlc(model, path);
  }
  await using model = await openModel(path, { batch: "keep" });
  const sample = new Map(
    Object.entries(inputs).map(([name, { shape, data }]) => {
      return [name, { dtype: "float32", shape, data: Float32Array.from(data) } as const];
    }),
  );
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  const [result] = await Array.fromAsync(runModel(model, samples));
  return Object.fromEntries(named.map((name) => {
    const { shape = [], data = [] } = result?.outputs.get(name) ?? {};
    return [name, { shape, data: Array.from(data, Number) }];
  }));
}

export function floats(shape: readonly number[], ...values: number[]): Dense {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

export function integers(...values: number[]): Dense {
  return { dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}
