import { UnsupportedError } from "../../../errors.ts";
import type { Model } from "../../../graph/mod.ts";
import type { Rebatched } from "./network_inputs.ts";
import type { DeclaredValue } from "../read/read_value_info.ts";
import { unsupportedNode } from "../unsupported_node.ts";

/**
 * Checks what lowering had to assume of Resize nodes whose scales were not known yet.
 *
 * @param model The model with static shapes.
 * @param outputs First outputs of those nodes.
 * @throws {UnsupportedError} If one of them shrinks an axis.
 */
export function checkUpsamplings(model: Model, outputs: readonly string[]): void {
  for (const node of model.nodes) {
    if (!outputs.includes(node.outputs[0] ?? "")) continue;
    const before = model.values.get(node.inputs[0] ?? "")?.shape ?? [];
    const after = model.values.get(node.outputs[0] ?? "")?.shape ?? [];
    if (after.every((size, axis) => size >= (before[axis] ?? 0))) continue;
    throw unsupportedNode(
      node,
      `it shrinks [${before.join(", ")}] to [${after.join(", ")}] with computed scales at opset ` +
        `10, where the rounding is not stated; export the model with opset 13`,
    );
  }
}

/**
 * Checks that a changed batch reached the outputs: a constant batch inside the graph can also give
 * shapes that fit together and mean nothing.
 *
 * @param model The model with static shapes.
 * @param declared The outputs as the file declares them.
 * @param change The file, for messages, and the input whose batch was changed.
 * @throws {UnsupportedError} If an output has another shape than the declared one with the new batch.
 */
export function checkBatch(
  model: Model,
  declared: readonly DeclaredValue[],
  { file, rebatched }: { readonly file: string; readonly rebatched: Rebatched },
): void {
  const { from, to } = rebatched;
  for (const output of model.outputs) {
    const before = declared.find(({ name }) => name === output.name)?.shape;
    if (before === undefined) continue;
    const fits = before.length === output.shape.length && before.every((size, axis) => {
      const now = output.shape[axis];
      return typeof size === "string" || size === now ||
        axis === 0 && size * to === (now ?? 0) * from;
    });
    if (fits) continue;
    throw fixedBatch(
      file,
      rebatched,
      `output "${output.name}" would become [${output.shape.join(", ")}], the file declares ` +
        `[${before.join(", ")}]`,
    );
  }
}

/** The error about a batch that the graph does not allow to change. */
export function fixedBatch(
  file: string,
  { name, from, to }: Rebatched,
  problem: string,
  cause?: unknown,
): UnsupportedError {
  return new UnsupportedError(
    `Cannot set the batch of input "${name}" of "${file}" from ${from} to ${to}: ${problem}; ` +
      `export the model with batch ${to}`,
    cause === undefined ? {} : { cause },
  );
}
