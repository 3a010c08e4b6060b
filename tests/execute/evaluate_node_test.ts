import { assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../src/errors.ts";
import { type EngineName, evaluateNode, openEngine } from "../../src/execute/mod.ts";
import { int, node, tensor } from "./_small_model.ts";

// Its threads live as long as the process; no test shall be blamed for them.
await openEngine({ engine: "wasm", threads: 2 });

const INDICES = tensor([2], BigInt64Array.of(2n, 0n), "int64");

Deno.test("evaluateNode() computes one node on constants", async () => {
  const table = tensor([3], [5, 6, 7]);
  assertEquals(await evaluateNode(node("Gather t,i -> y"), [table, INDICES]), [
    tensor([2], [7, 5]),
  ]);
});

Deno.test("evaluateNode() gives each output that has a name, with its type", async () => {
  const top = node("TopK x,k -> values,indices");
  const k = tensor([1], BigInt64Array.of(2n), "int64");
  assertEquals(await evaluateNode(top, [tensor([3], [1, 3, 2]), k]), [
    tensor([2], [3, 2]),
    tensor([2], BigInt64Array.of(1n, 2n), "int64"),
  ]);
});

Deno.test("evaluateNode() leaves out optional inputs, and takes one tensor twice", async () => {
  const x = tensor([3], [-5, 0.5, 5]);
  const clip = node("Clip x,,high -> y");
  assertEquals(await evaluateNode(clip, [x, undefined, tensor([], [1])]), [
    tensor([3], [-5, 0.5, 1]),
  ]);
  assertEquals(await evaluateNode(node("Add x,x -> y"), [x, x]), [tensor([3], [-10, 1, 10])]);
});

for (const engine of ["native", "wasm"] satisfies EngineName[]) {
  Deno.test(`evaluateNode() computes on half floats and truth values, ${engine}`, async () => {
    const halves = tensor([2], Uint16Array.of(0x3c00, 0xc000), "float16");
    const cast = node("Cast x -> y", { to: int(1) });
    assertEquals(await evaluateNode(cast, [halves], { engine }), [tensor([2], [1, -2])]);
    const negated = await evaluateNode(node("Neg x -> y"), [halves], { engine });
    assertEquals(negated, [tensor([2], Uint16Array.of(0xbc00, 0x4000), "float16")]);
    const truths = tensor([2], Uint8Array.of(1, 0), "bool");
    assertEquals(await evaluateNode(node("Not x -> y"), [truths], { engine }), [
      tensor([2], Uint8Array.of(0, 1), "bool"),
    ]);
  });
}

Deno.test("evaluateNode() says which node it cannot compute", async () => {
  const frobnicate = node("Frobnicate x -> y");
  const unknown = await assertRejects(
    () => evaluateNode(frobnicate, [INDICES]),
    UnsupportedError,
    'No Op registered for Frobnicate with domain_version of 21 (node "make_y")',
  );
  assertEquals([unknown.node, unknown.operator], ["make_y", "Frobnicate"]);
  const outside = await assertRejects(
    () => evaluateNode(node("Gather t,i -> y"), [tensor([1], [5]), INDICES]),
    UnsupportedError,
    'Cannot compute node "make_y" (Gather): indices element out of data bounds, idx=2 must be ' +
      "within the inclusive range [-1,0]",
  );
  assertEquals([outside.node, outside.operator], ["make_y", "Gather"]);
});

Deno.test("evaluateNode() refuses types the engine does not have", async () => {
  await assertRejects(
    () => evaluateNode(node("Cast x -> y", { to: int(1) }), [tensor([1], Int8Array.of(1), "int4")]),
    UnsupportedError,
    'Cannot prepare a graph: value "input0" is of type "int4", which does not go in or out of ' +
      'the engine; cast it to a wider type (node "make_y")',
  );
});

Deno.test("evaluateNode() refuses a result of a type that does not leave the engine", async () => {
  for (const engine of ["native", "wasm"] satisfies EngineName[]) {
    await assertRejects(
      () => evaluateNode(node("Cast x -> y", { to: int(21) }), [tensor([2], [1, 2])], { engine }),
      UnsupportedError,
      'Cannot prepare a graph: value "y" is of type "uint4", which does not go in or out of the ' +
        'engine; cast it to a wider type (node "make_y")',
    );
  }
});
