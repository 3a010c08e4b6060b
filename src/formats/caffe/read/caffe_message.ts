import { FormatError, UnsupportedError } from "../../../errors.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { FieldSchema, Scalar } from "../schema/field_schema.ts";
import { CAFFE_SCHEMA } from "../schema/net_parameter.ts";
import type { CaffeBlob } from "./caffe_blob.ts";

/** A value of a field. */
export type CaffeValue = Scalar | CaffeMessage;

/** A field that `caffe.proto` does not have, and where in the text it is. */
export interface UnknownField {
  /** Its name. */
  readonly name: string;
  /** Tells where it is: `line 3, column 5`. */
  readonly position: () => string;
}

/**
 * A message of `caffe.proto`, from its text or its binary form. Getters give a field's value, or
 * what the schema says where it is left out.
 */
export class CaffeMessage {
  /** The type, such as `Convolution`. */
  readonly type: string;
  /** Tensors of a layer. */
  readonly blobs: CaffeBlob[] = [];
  /** Fields of the text form that are not in the schema. */
  readonly unknown: UnknownField[] = [];
  /** A field of the binary form that is not in the schema and matters. */
  unknownNumber: number | undefined;
  readonly #values = new Map<string, CaffeValue[]>();

  /** Makes a message without fields. */
  constructor(type: string) {
    this.type = type;
  }

  /** Adds a value to a field; a field that is not repeated keeps the last value. */
  add(name: string, value: CaffeValue): void {
    const values = this.#values.get(name);
    if (values === undefined || !this.#schema(name).repeated) this.#values.set(name, [value]);
    else values.push(value);
  }

  /** Whether a field is given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** An integer or real number; `undefined` where neither message nor schema has one. */
  number(name: string): number | undefined {
    const value = this.#last(name);
    return typeof value === "number" ? value : undefined;
  }

  /** A number that is given, or that the schema has a value for. */
  defaultedNumber(name: string): number {
    return this.number(name) ?? 0;
  }

  /** All numbers of a repeated field. */
  numbers(name: string): readonly number[] {
    return (this.#values.get(name) ?? []).filter((value) => typeof value === "number");
  }

  /** A flag; `undefined` where neither message nor schema has one. */
  boolean(name: string): boolean | undefined {
    const value = this.#last(name);
    return typeof value === "boolean" ? value : undefined;
  }

  /** A string, or the name of an enum's value; empty where there is none. */
  string(name: string): string {
    const value = this.#last(name);
    return typeof value === "string" ? value : "";
  }

  /** All strings of a repeated field. */
  strings(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => typeof value === "string");
  }

  /** A message; one without fields where it is left out. */
  message(name: string): CaffeMessage {
    const value = this.#last(name);
    if (value instanceof CaffeMessage) return value;
    return new CaffeMessage(this.#schema(name).type ?? "");
  }

  /** All messages of a repeated field. */
  messages(name: string): readonly CaffeMessage[] {
    return (this.#values.get(name) ?? []).filter((value) => value instanceof CaffeMessage);
  }

  /** The first field here or below that is not in the schema. */
  findUnknown(): (UnknownField & { readonly message: CaffeMessage }) | undefined {
    const [first] = this.unknown;
    if (first !== undefined) return { ...first, message: this };
    for (const values of this.#values.values()) {
      for (const value of values) {
        const found = value instanceof CaffeMessage ? value.findUnknown() : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Names of the fields that the schema has for this message. */
  get knownFields(): readonly string[] {
    return Object.keys(CAFFE_SCHEMA[this.type] ?? {});
  }

  #schema(name: string): FieldSchema {
    const schema = CAFFE_SCHEMA[this.type]?.[name];
    if (schema === undefined) throw new RangeError(`Message ${this.type} has no field "${name}"`);
    return schema;
  }

  #last(name: string): CaffeValue | undefined {
    return this.#values.get(name)?.at(-1) ?? this.#schema(name).fallback;
  }
}

/**
 * Checks that a layer has only fields that Caffe knows: a misspelled one would silently change the
 * network.
 *
 * @param layer The message of the layer.
 * @param file The file, for the error.
 * @throws {FormatError} Naming the layer, the first field that is not known, and where it is.
 * @throws {UnsupportedError} If the field has only a number, as in the binary form.
 */
export function checkKnownFields(layer: CaffeMessage, file: string): void {
  const [name, type] = [layer.string("name"), layer.string("type")];
  if (layer.unknownNumber !== undefined) {
    throw new UnsupportedError(
      `Cannot convert layer "${name}" (${type}) of "${file}": its settings are in field ` +
        `${layer.unknownNumber}, whose meaning differs between forks of Caffe; the prototxt of the ` +
        "network, with this file as --caffe-bin, would work",
      { node: name, operator: type },
    );
  }
  const unknown = layer.findUnknown();
  if (unknown === undefined) return;
  const { message } = unknown;
  throw new FormatError(
    `Cannot read layer "${name}" of "${file}" at ${unknown.position()}: ${message.type} has no ` +
      `field "${unknown.name}"${suggestName(unknown.name, message.knownFields)}`,
    { file, found: unknown.name },
  );
}
