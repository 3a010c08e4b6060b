import { FormatError } from "../../../errors.ts";
import { type ByteSource, type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import type { Argument, NetDef, OperatorDef } from "./operator_def.ts";
import { readArgument } from "./read_argument.ts";

/** More operators and blobs than any real net has; two bytes of file make one. */
const MAX_ENTRIES = 1_000_000;

/**
 * Reads a `NetDef`; of its weights only where they lie.
 *
 * @param source The file.
 * @param options Abort signal.
 * @throws {FormatError} If the file is no such message.
 */
export async function readNetDef(
  source: ByteSource,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<NetDef> {
  let name = "";
  let entries = 0;
  const operators: OperatorDef[] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const options = { message: "NetDef", ...signal && { signal } };
  const range = { offset: 0, byteLength: source.byteLength };
  for await (const field of readProtobufFields(source, range, options)) {
    if (++entries > MAX_ENTRIES) {
      throw new FormatError(
        `Cannot read "${source.name}": it has more than ${MAX_ENTRIES} operators and blobs`,
        { file: source.name },
      );
    }
    if (field.number === 1) name = field.string();
    else if (field.number === 2) operators.push(await readOperator(field, signal));
    else if (field.number === 7) inputs.push(field.string());
    else if (field.number === 8) outputs.push(field.string());
  }
  return { name, operators, inputs, outputs };
}

async function readOperator(
  field: ProtobufField,
  signal: AbortSignal | undefined,
): Promise<OperatorDef> {
  let [name, type] = ["", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const args = new Map<string, Argument>();
  const options = { message: "OperatorDef", ...signal && { signal } };
  for await (const part of readProtobufFields(field.source, field, options)) {
    if (part.number === 1) inputs.push(part.string());
    else if (part.number === 2) outputs.push(part.string());
    else if (part.number === 3) name = part.string();
    else if (part.number === 4) type = part.string();
    else if (part.number === 5) {
      const [key, argument] = await readArgument(part, signal);
      if (args.has(key)) throw part.error(`is argument "${key}" for the second time`);
      args.set(key, argument);
    }
  }
  if (type === "") throw field.error("is an operator without a type");
  return { name, type, inputs, outputs, args };
}
