import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Node, UnsupportedError } from "dlcstream";
import { runBehindDlc } from "./_run_behind_dlc.ts";

const X = [-2.5, -0.3, 0, 0.001, 0.5, 2, 3.5];

async function run(
  operator: string,
  attributes: Node["attributes"] = {},
  data: readonly number[] = X,
): Promise<readonly number[]> {
  const { y } = await runBehindDlc({
    node: { operator, inputs: ["x"], outputs: ["y"], attributes },
    inputs: { x: { shape: [1, data.length], data } },
  });
  return y?.data ?? [];
}

function assertClose(
  found: readonly number[],
  expected: readonly number[],
  tolerance: number,
): void {
  assertEquals(found.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assertAlmostEquals(found[i] ?? NaN, value, tolerance);
  }
}

Deno.test("modelToDlc() says Erf with an error of 3e-7 at most", async () => {
  const { y } = await runBehindDlc({
    node: { operator: "Erf", inputs: ["x"], outputs: ["y"], attributes: {} },
    inputs: { x: { shape: [1, X.length], data: X } },
  });
  // erf by the C library, through Python.
  assertClose(y?.data ?? [], [
    ...[-0.999593047982555, -0.3286267594591274, 0, 0.0011283787909692365],
    ...[0.5204998778130465, 0.9953222650189527, 0.9999992569016276],
  ], 3e-7);
});

Deno.test("modelToDlc() says Gelu in its approximation by tanh", async () => {
  const found = await run("Gelu", { approximate: { type: "string", value: "tanh" } });
  // 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x ^ 3))) in Python.
  assertClose(found, [
    ...[-0.015084266089998577, -0.11462907645724074, 0, 0.000500398942213582],
    ...[0.34571400982514394, 1.954597694087775, 3.499383802344626],
  ], 5e-7);
});

Deno.test("modelToDlc() says functions of one element by others", async () => {
  const softplus = (x: number): number => Math.log1p(Math.exp(x));
  const elu = (x: number, alpha: number): number => x > 0 ? x : alpha * Math.expm1(x);
  const functions: Readonly<Record<string, (x: number) => number>> = {
    Asinh: Math.asinh,
    Cosh: Math.cosh,
    Mish: (x) => x * Math.tanh(softplus(x)),
    Selu: (x) => 1.0507010 * elu(x, 1.6732632),
    Sinh: Math.sinh,
    Softsign: (x) => x / (1 + Math.abs(x)),
    Tan: Math.tan,
  };
  for (const [operator, compute] of Object.entries(functions)) {
    assertClose(await run(operator), X.map(compute), 4e-6);
  }
  const halves = [-1, -0.5, 0, 0.25, 1];
  assertClose(await run("Acos", {}, halves), halves.map(Math.acos), 1e-6);
  const inner = [-0.9, -0.5, 0, 0.25, 0.9];
  assertClose(await run("Atanh", {}, inner), inner.map(Math.atanh), 1e-6);
  const large = [1, 1.5, 20];
  assertClose(await run("Acosh", {}, large), large.map(Math.acosh), 1e-6);
  const found = await run("Celu", { alpha: { type: "float", value: 2 } });
  assertClose(found, X.map((x) => 2 * elu(x / 2, 1)), 1e-6);
});

Deno.test("modelToDlc() refuses a Celu that falls", async () => {
  const error = await assertRejects(
    () => run("Celu", { alpha: { type: "float", value: -1 } }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot convert node "node" (Celu): its alpha is -1; a positive one would work',
  );
});

Deno.test("modelToDlc() gives the exponent of Pow the type of its base", async () => {
  for (const dtype of ["uint32", "int32"] as const) {
    const data = dtype === "uint32" ? Uint32Array.of(4, 5, 6) : Int32Array.of(4, 5, 6);
    const { y } = await runBehindDlc({
      node: { operator: "Pow", inputs: ["x", "e"], outputs: ["y"], attributes: {} },
      inputs: { x: { shape: [1, 3], data: [1, 2, 3] } },
      constants: { e: { dtype, shape: [3], data } },
    });
    assertEquals(y?.data, [1, 32, 729]);
  }
});
