import { assertEquals } from "@std/assert";
import type { Node, TypeOverride } from "../../src/graph/mod.ts";
import { computeEncoding, placement } from "../../src/quantize/mod.ts";
import { reachSources } from "../../src/quantize/reach_sources.ts";
import type { TensorEncoding } from "../../src/tensor/mod.ts";
import { node, smallModel } from "./small_model.ts";

const SHAPE = [1, 2, 2, 2];
const NARROW: TensorEncoding = { encodings: [computeEncoding({ min: -0.5, max: 1 })] };
const WIDE: TensorEncoding = { encodings: [computeEncoding({ min: -4, max: 4 })] };

/** What is settled behind input `x`, all values of one shape. */
function reach(
  nodes: readonly Node[],
  { given = {}, types = {}, outputs }: {
    readonly given?: Readonly<Record<string, TensorEncoding>>;
    readonly types?: Readonly<Record<string, TypeOverride>>;
    readonly outputs: readonly string[];
  },
): Record<string, string> {
  const names = nodes.flatMap((one) => one.outputs);
  const model = smallModel({
    inputs: { x: SHAPE },
    outputs,
    nodes,
    values: Object.fromEntries(names.map((name) => [name, SHAPE])),
  });
  const overrides = {
    activations: new Map(Object.entries(given)),
    types: { activations: new Map(Object.entries(types)), parameters: new Map() },
  };
  return Object.fromEntries(reachSources(model, overrides, placement(model)));
}

Deno.test("reachSources() goes back to what is computed, through any number of moves", () => {
  const chain = [
    node("Sigmoid", ["x"], ["a"]),
    node("Reshape", ["a"], ["b"]),
    node("Transpose", ["b"], ["c"]),
  ];
  assertEquals(reach(chain, { given: { c: NARROW }, outputs: ["c"] }), { b: "c", a: "c" });
  // What is given ends the way, and goes no further back than its own.
  assertEquals(reach(chain, { given: { b: WIDE, c: NARROW }, outputs: ["c"] }), { a: "b" });
  assertEquals(reach(chain, { given: { a: WIDE, c: NARROW }, outputs: ["c"] }), { b: "c" });
  assertEquals(reach(chain, { given: { a: WIDE }, outputs: ["c"] }), {});
});

Deno.test("reachSources() settles a network input", () => {
  const nodes = [node("Transpose", ["x"], ["a"]), node("Sigmoid", ["a"], ["y"])];
  assertEquals(reach(nodes, { given: { a: NARROW }, outputs: ["y"] }), { x: "a" });
});

Deno.test("reachSources() leaves values alone that something else needs as well", () => {
  const moves = [node("Sigmoid", ["x"], ["a"]), node("Transpose", ["a"], ["b"])];
  const given = { b: NARROW };
  assertEquals(reach(moves, { given, outputs: ["a", "b"] }), {});
  const read = [...moves, node("Tanh", ["a"], ["c"])];
  assertEquals(reach(read, { given, outputs: ["b", "c"] }), {});
  const twice = [node("Sigmoid", ["x"], ["a"]), node("Pad", ["a", "a"], ["b"])];
  assertEquals(reach(twice, { given, outputs: ["b"] }), {});
});

Deno.test("reachSources() asks all moves of a value, but not those that nobody needs", () => {
  const split = [node("Sigmoid", ["x"], ["a"]), node("Split", ["a"], ["b", "c"])];
  const given = { b: NARROW };
  assertEquals(reach(split, { given, outputs: ["b", "c"] }), {});
  assertEquals(reach(split, { given, outputs: ["b"] }), { a: "b" });
  assertEquals(reach(split, { given: { ...given, c: WIDE }, outputs: ["b", "c"] }), {});
  assertEquals(reach(split, { given: { ...given, c: NARROW }, outputs: ["b", "c"] }), { a: "b" });
});

Deno.test("reachSources() takes bit widths and floats the same way", () => {
  const chain = [node("Sigmoid", ["x"], ["a"]), node("Reshape", ["a"], ["b"])];
  for (const kind of ["int", "float"] as const) {
    const types = { b: { kind, bitwidth: 16 } };
    assertEquals(reach(chain, { types, outputs: ["b"] }), { a: "b" });
  }
});
