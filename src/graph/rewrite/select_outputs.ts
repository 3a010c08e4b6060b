import { FormatError } from "../../errors.ts";
import { suggestName } from "../../nearest_name.ts";
import type { Model } from "../model.ts";
import { rewriteModel } from "./rewrite_model.ts";

/**
 * Cuts a model so that it ends at other values. Nodes behind them go, and with them the network
 * inputs that only those nodes read.
 *
 * @param model The model.
 * @param names Values that become the network outputs, in this order.
 * @throws {FormatError} If a name is no value of the model, is listed twice, or none is given.
 */
export function selectOutputs(model: Model, names: readonly string[]): Model {
  if (names.length === 0) {
    throw new FormatError(`Cannot select outputs of model "${model.name}": none is named`);
  }
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) {
      throw new FormatError(
        `Cannot select output "${name}" of model "${model.name}": it is listed twice, expected once`,
        { found: name },
      );
    }
    if (model.values.has(name)) continue;
    throw new FormatError(
      `Cannot select output "${name}" of model "${model.name}": there is no such value` +
        suggestName(name, model.values.keys()),
      { found: name },
    );
  }
  const cut = rewriteModel(model, { nodes: model.nodes, outputNames: names });
  const read = new Set([...names, ...cut.nodes.flatMap((node) => node.inputs)]);
  const everRead = new Set(model.nodes.flatMap((node) => node.inputs));
  const kept = model.inputs.filter(({ name }) => read.has(name) || !everRead.has(name));
  const dropped = new Set(model.inputs.filter((input) => !kept.includes(input)));
  return {
    ...cut,
    inputs: kept,
    values: new Map([...cut.values].filter(([, info]) => !dropped.has(info))),
  };
}
