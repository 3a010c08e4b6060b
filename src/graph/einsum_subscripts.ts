import { stringAttribute } from "./attributes.ts";
import type { Node } from "./model.ts";
import { nodeError } from "./operators/operator_call.ts";

/** The dimensions that an Einsum names: a letter each, or `.1`, `.2`, … (from the end) for `...`. */
export interface EinsumSubscripts {
  /** Labels of the dimensions of each operand. */
  readonly inputs: readonly (readonly string[])[];
  /** Labels of the dimensions of the result. */
  readonly output: readonly string[];
  /** How long each dimension is; an operand that is broadcast along it has length 1 there. */
  readonly extents: ReadonlyMap<string, number>;
}

/**
 * Reads the equation of an Einsum, in its explicit (`ij,jk->ik`) or implicit (`ij,jk`) form.
 *
 * @param node The node.
 * @param shapes Dimensions of its operands.
 * @throws {FormatError} If the equation is no equation or does not fit the operands.
 */
export function einsumSubscripts(
  node: Node,
  shapes: readonly (readonly number[])[],
): EinsumSubscripts {
  const equation = stringAttribute(node, "equation", "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  const wellFormed = /^[A-Za-z]*(\.\.\.)?[A-Za-z]*(,[A-Za-z]*(\.\.\.)?[A-Za-z]*)*$/;
  if (
    terms.length !== shapes.length || !wellFormed.test(left) ||
    (right !== undefined && (!wellFormed.test(right) || right.includes(",")))
  ) {
    throw nodeError(node, {
      what: 'attribute "equation"',
      found: `"${equation}"`,
      expected: `one with ${shapes.length} terms`,
    });
  }
  const inputs = terms.map((term, index) =>
    spreadTerm(node, { term, rank: shapes[index]?.length ?? 0 })
  );
  const extents = new Map<string, number>();
  for (const [index, labels] of inputs.entries()) {
    for (const [axis, label] of labels.entries()) {
      const [known = 1, extent = 1] = [extents.get(label), shapes[index]?.[axis]];
      if (known !== extent && known !== 1 && extent !== 1) {
        throw nodeError(node, {
          what: `dimension "${label}"`,
          found: `${extent} in input ${index}`,
          expected: `${known} as before`,
        });
      }
      extents.set(label, known === 1 ? extent : known);
    }
  }
  const output = outputLabels(inputs, right);
  const unknown = output.find((label) => !extents.has(label));
  if (unknown === undefined) return { inputs, output, extents };
  throw nodeError(node, {
    what: `its output dimension "${unknown}"`,
    found: "in no input",
    expected: "one of an input",
  });
}

/** The labels of one term, an ellipsis spread over the dimensions it stands for. */
function spreadTerm(
  node: Node,
  { term, rank }: { readonly term: string; readonly rank: number },
): readonly string[] {
  const [before = "", after] = term.split("...");
  const labels = [...before, ...(after ?? "")];
  const spread = rank - labels.length;
  if (after === undefined ? spread !== 0 : spread < 0) {
    throw nodeError(node, {
      what: `its term "${term}"`,
      found: `for ${labels.length} dimensions`,
      expected: `one for ${rank}`,
    });
  }
  const dots = Array.from({ length: after === undefined ? 0 : spread }, (_, i) => `.${spread - i}`);
  return [...before, ...dots, ...(after ?? "")];
}

function outputLabels(
  inputs: readonly (readonly string[])[],
  term: string | undefined,
): readonly string[] {
  const all = inputs.flat();
  const dots = [...new Set(all)].filter((label) => label.startsWith("."))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  if (term === undefined) {
    const single = all.filter((label) =>
      !label.startsWith(".") && all.indexOf(label) === all.lastIndexOf(label)
    );
    return [...dots, ...single.sort()];
  }
  const [before = "", after] = term.split("...");
  return [...before, ...(after === undefined ? [] : [...dots, ...after])];
}
