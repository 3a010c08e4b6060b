import { countElements, viewTensor } from "../../tensor/mod.ts";
import {
  composeOrders,
  invertOrder,
  isIdentityOrder,
  keepsElements,
  type Order,
} from "./permutation.ts";
import {
  firstForm,
  type PushContext,
  type PushedNode,
  replaceFirst,
  type Transposed,
} from "./push_context.ts";

/** One data input; all others are settings without axes. */
export function pushUnary(context: PushContext): PushedNode {
  const { attributes } = context.call.node;
  return { inputs: replaceFirst(context), attributes, order: firstForm(context).order };
}

/** The most frequent order among the inputs that are transposed. */
function prevailingOrder(forms: readonly (Transposed | undefined)[]): Order | undefined {
  const counts = new Map<string, { readonly order: Order; count: number }>();
  for (const form of forms) {
    if (form === undefined) continue;
    const entry = counts.get(form.order.join()) ?? { order: form.order, count: 0 };
    entry.count++;
    counts.set(form.order.join(), entry);
  }
  const transposed = [...counts.values()].filter(({ order }) => !isIdentityOrder(order));
  const best = transposed.toSorted((a, b) => b.count - a.count)[0];
  const total = forms.filter((form) => form !== undefined).length;
  return best !== undefined && 2 * best.count >= total ? best.order : undefined;
}

/** A constant as it must be for the untransposed node, broadcasting included. */
function untransposeConstant(
  context: PushContext,
  { index, order }: { readonly index: number; readonly order: Order },
): string | undefined {
  const reference = context.constant(index);
  const name = context.call.node.inputs[index] ?? "";
  if (reference === undefined) return undefined;
  const { shape } = reference;
  if (countElements(shape) === 1) return name;
  if (shape.length > order.length) return undefined;
  const full = [...new Array<number>(order.length - shape.length).fill(1), ...shape];
  const spread = full.length === shape.length
    ? reference
    : viewTensor(reference, { kind: "reshape", shape: full });
  const inverse = invertOrder(order);
  const moved = keepsElements(inverse, full)
    ? viewTensor(spread, { kind: "reshape", shape: inverse.map((axis) => full[axis] ?? 1) })
    : viewTensor(spread, { kind: "permute", order: inverse });
  return context.addConstant(name, moved);
}

/** Several data inputs that broadcast or at least have one rank. */
export function pushAligned(context: PushContext): PushedNode | undefined {
  const { call, forms, outputShapes } = context;
  const order = prevailingOrder(forms);
  if (order === undefined || outputShapes[0]?.length !== order.length) return undefined;
  const inputs: string[] = [];
  for (const [index, name] of call.node.inputs.entries()) {
    const form = forms[index];
    const shape = call.inputs[index]?.shape ?? [];
    if (name === "") inputs.push("");
    else if (form === undefined) {
      const moved = untransposeConstant(context, { index, order });
      if (moved === undefined) return undefined;
      inputs.push(moved);
    } else if (countElements(shape) === 1 && isIdentityOrder(form.order)) {
      inputs.push(form.source);
    } else if (shape.length !== order.length) return undefined;
    else {
      const rest = composeOrders(form.order, invertOrder(order));
      inputs.push(isIdentityOrder(rest) ? form.source : context.transpose(form.source, rest));
    }
  }
  return { inputs, attributes: call.node.attributes, order };
}
