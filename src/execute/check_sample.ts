import { FormatError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import { countElements, holdsDataType, type Sample } from "../tensor/mod.ts";

/**
 * Checks that a sample has exactly the network's inputs, with their types and shapes.
 *
 * @throws {FormatError} If it has not; the message names the sample and the input.
 */
export function checkSample(model: Model, sample: Sample, index: number): void {
  const names = model.inputs.map(({ name }) => name);
  const fail = (input: string, found: string, expected: string) =>
    new FormatError(
      `Cannot use sample ${index} for input "${input}": found ${found}, expected ${expected}`,
      { found, expected },
    );
  for (const { name, dtype, shape } of model.inputs) {
    const expected = `${dtype} [${shape.join(", ")}]`;
    const tensor = sample.get(name);
    if (tensor === undefined) {
      const others = sample.keys().map((key) => `"${key}"`).toArray().join(", ");
      throw fail(name, others === "" ? "no inputs" : `only ${others}`, expected);
    }
    const found = `${tensor.dtype} [${tensor.shape.join(", ")}]`;
    if (found !== expected) throw fail(name, found, expected);
    const { length } = tensor.data;
    if (!holdsDataType(tensor.data, dtype) || length !== countElements(shape)) {
      throw fail(name, `${length} elements in a ${tensor.data.constructor.name}`, expected);
    }
  }
  for (const name of sample.keys()) {
    if (!names.includes(name)) {
      throw fail(name, "an unknown input", names.map((known) => `"${known}"`).join(", "));
    }
  }
}
