import { assertEquals } from "@std/assert";
import { type Floats, floats, runBehindDlc } from "./_run_behind_dlc.ts";

interface Case {
  readonly equation: string;
  readonly operands: readonly Floats[];
  /** What numpy.einsum gives. */
  readonly result: Floats;
}

// deno-fmt-ignore
const CASES: readonly Case[] = [
  { equation: "bij,bjk->bik", operands: [
    { shape: [2, 3, 4], data: [2, 3, -4, 3, 0, 0, 1, -2, 4, -4, -2, -1, 1, -1, -3, -4, -4, -4, -3, 4, -3, 1, 2, -2] },
    { shape: [2, 4, 2], data: [-2, -1, -2, 4, -3, 4, 3, 3, -3, -1, 1, 0, 1, 2, 1, -4] },
  ], result: { shape: [2, 3, 2], data: [11, 3, -9, -2, 3, -31, -11, 9, 9, -18, 10, 15] } },
  { equation: "ij->ji", operands: [
    { shape: [2, 3], data: [4, 1, 4, -2, -1, 3] },
  ], result: { shape: [3, 2], data: [4, -2, 1, -1, 4, 3] } },
  { equation: "ij->i", operands: [
    { shape: [2, 3], data: [-3, -4, -1, 2, -3, 3] },
  ], result: { shape: [2], data: [-8, 2] } },
  { equation: "...ii->...i", operands: [
    { shape: [2, 3, 3], data: [-1, -2, 0, 4, 3, 3, -2, -4, 3, 2, 2, -4, -4, 0, -1, -1, 4, -3] },
  ], result: { shape: [2, 3], data: [-1, 3, 3, 2, 0, -3] } },
  { equation: "i,i", operands: [
    { shape: [4], data: [0, -2, -2, 3] },
    { shape: [4], data: [-3, -2, -3, -3] },
  ], result: { shape: [], data: [1] } },
  { equation: "aecd,abcd->acbe", operands: [
    { shape: [1, 3, 2, 4], data: [-2, 2, 1, 0, -3, 3, 3, -2, -4, -2, -3, 3, 0, 0, -2, 0, 4, -2, 2, -4, -2, 4, 3, -4] },
    { shape: [1, 2, 2, 4], data: [3, 3, 0, -1, 4, 4, 2, -1, -3, 4, -2, 1, 2, -2, -2, 2] },
  ], result: { shape: [1, 2, 2, 3], data: [0, -21, 10, 12, 13, -28, 8, -4, 18, -22, 4, -26] } },
  { equation: "acbe,aecd->abcd", operands: [
    { shape: [1, 2, 3, 4], data: [-3, 2, 4, 2, 1, 0, 4, -3, -1, 1, 1, -4, -3, 2, 3, 1, 4, -1, -2, 3, -4, -3, -3, -1] },
    { shape: [1, 4, 2, 3], data: [-3, 3, 3, -1, -4, 2, -4, 1, -3, 4, 2, 4, 1, 2, -1, 3, -3, -3, -1, 2, 0, 3, 4, -1] },
  ], result: { shape: [1, 3, 2, 3], data: [3, 5, -19, 23, 11, -8, 4, 5, -1, -5, 0, 7, 4, -8, -7, -20, 15, -10] } },
  { equation: "abc,cde->abde", operands: [
    { shape: [1, 3, 4], data: [-1, 0, 1, 0, 1, 4, 2, -2, -1, -1, -3, -4] },
    { shape: [4, 2, 2], data: [3, -1, -1, 1, 1, 4, 1, 4, 1, -2, -2, 4, 1, -3, 3, 3] },
  ], result: { shape: [1, 3, 2, 2], data: [-2, -1, -1, 3, 7, 17, -7, 19, -11, 15, -6, -29] } },
  { equation: "...ij,jk->...ik", operands: [
    { shape: [2, 1, 2, 3], data: [-4, -3, 2, -1, -1, -4, -3, 3, 3, 3, 1, -3] },
    { shape: [3, 2], data: [-2, 0, 4, -2, 0, 0] },
  ], result: { shape: [2, 1, 2, 2], data: [-4, 6, -2, 2, 18, -6, -2, -2] } },
  { equation: "i,j->ij", operands: [
    { shape: [2], data: [0, 0] },
    { shape: [3], data: [2, -4, 4] },
  ], result: { shape: [2, 3], data: [0, 0, 0, 0, 0, 0] } },
  { equation: "bhw,bhw->bhw", operands: [
    { shape: [1, 2, 3], data: [3, 2, -2, -1, 0, -2] },
    { shape: [1, 2, 3], data: [-4, 2, -4, 2, -3, 1] },
  ], result: { shape: [1, 2, 3], data: [-12, 4, 8, -2, 0, -2] } },
  { equation: "ij,kj->", operands: [
    { shape: [2, 3], data: [-1, -2, 4, 0, 4, -3] },
    { shape: [4, 3], data: [0, -1, 0, -4, 2, -1, 3, -3, -1, -4, 3, 0] },
  ], result: { shape: [], data: [5] } },
  { equation: "...ij,...jk->...ik", operands: [
    { shape: [1, 2, 3], data: [-1, 4, 1, 4, 2, 1] },
    { shape: [2, 3, 2], data: [0, -3, 2, 3, 2, -1, -4, 2, -4, 3, -3, -2] },
  ], result: { shape: [2, 2, 2], data: [10, 14, 6, -7, -15, 8, -27, 12] } },
  { equation: "ij,jk,kl->il", operands: [
    { shape: [2, 3], data: [-3, 0, -3, -2, -4, 4] },
    { shape: [3, 2], data: [-3, -3, 1, -3, 3, 3] },
    { shape: [2, 4], data: [-1, -1, -1, 2, -1, -2, 2, -3] },
  ], result: { shape: [2, 4], data: [0, 0, 0, 0, -44, -74, 46, -62] } },
  { equation: "bid,bjd->bij", operands: [
    { shape: [1, 3, 4], data: [3, -1, 4, -2, -1, 3, 2, -4, -1, -4, 3, -1] },
    { shape: [1, 2, 4], data: [-2, 2, 3, -4, 0, -1, 2, 4] },
  ], result: { shape: [1, 3, 2], data: [12, 1, 30, -15, 7, 6] } },
  { equation: "iji->j", operands: [
    { shape: [3, 2, 3], data: [0, 2, -2, 1, 0, 2, -4, -2, -4, 4, 0, 0, 0, -4, 3, 3, -4, 1] },
  ], result: { shape: [2], data: [1, 2] } },
  { equation: "ii", operands: [
    { shape: [3, 3], data: [1, -1, 0, 3, 1, 0, 2, 2, 0] },
  ], result: { shape: [], data: [2] } },
];

Deno.test("modelToDlc() says Einsum by products of matrices", async (t) => {
  for (const { equation, operands, result } of CASES) {
    const attributes = { equation: { type: "string", value: equation } } as const;
    const names = operands.map((_, index) => `x${index}`);
    const node = { operator: "Einsum", inputs: names, outputs: ["y"], attributes };
    // All that flows; or all but the last one, or but the first one, are constant.
    const flows = [names, ...operands.length > 1 ? [names.slice(-1), names.slice(0, 1)] : []];
    for (const flowing of flows) {
      await t.step(`${equation} with ${flowing} flowing`, async () => {
        const all = names.map((name, index) => [name, operands[index] ?? result] as const);
        const { y } = await runBehindDlc({
          node,
          inputs: Object.fromEntries(all.filter(([name]) => flowing.includes(name))),
          constants: Object.fromEntries(
            all.filter(([name]) => !flowing.includes(name))
              .map(([name, { shape, data }]) => [name, floats([...shape], ...data)]),
          ),
        });
        assertEquals(y, result);
      });
    }
  }
});
