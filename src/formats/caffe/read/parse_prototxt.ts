import { FormatError, UnsupportedError } from "../../../errors.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { FieldSchema } from "../schema/field_schema.ts";
import { CAFFE_SCHEMA } from "../schema/net_parameter.ts";
import { CaffeMessage, type CaffeValue } from "./caffe_message.ts";
import { PrototxtLexer, type Token } from "./prototxt_lexer.ts";

/** Where protobuf's own parser stops too. */
const MAX_DEPTH = 100;

/** How protobuf's text format writes true and false. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "t", "1"].map((text) => [text, true] as const),
  ...["false", "False", "f", "0"].map((text) => [text, false] as const),
]);

/**
 * Reads a network in protobuf's text format
 * (https://protobuf.dev/reference/protobuf/textformat-spec/).
 *
 * @param text The text.
 * @param file The file, for errors.
 * @returns The `NetParameter`. Fields that Caffe does not know are noted in the messages, as only
 *   layers that are used must be understood.
 * @throws {FormatError} If the text is malformed; it tells line and column.
 * @throws {UnsupportedError} If it holds tensors, which only the binary form is read with.
 */
export function parsePrototxt(text: string, file: string): CaffeMessage {
  const parser = new PrototxtParser(text, file);
  const net = parser.message("NetParameter", undefined, 0);
  const unknown = net.unknown[0];
  if (unknown !== undefined) {
    throw new FormatError(
      `Cannot read "${file}" at ${unknown.position()}: a network has no field "${unknown.name}"` +
        suggestName(unknown.name, net.knownFields),
      { file, found: unknown.name },
    );
  }
  return net;
}

class PrototxtParser {
  readonly #lexer: PrototxtLexer;
  readonly #file: string;

  constructor(text: string, file: string) {
    this.#lexer = new PrototxtLexer(text, file);
    this.#file = file;
  }

  /** Reads fields up to the mark that closes the message, or to the end of the text. */
  message(type: string, close: string | undefined, depth: number): CaffeMessage {
    const message = new CaffeMessage(type);
    const fields = CAFFE_SCHEMA[type] ?? {};
    while (!this.#atEnd(close)) {
      const name = this.#fieldName();
      const field = Object.hasOwn(fields, name.text) ? fields[name.text] : undefined;
      if (field === undefined) {
        message.unknown.push({ name: name.text, position: () => this.#lexer.position(name) });
      }
      if (field?.kind === "blobs") throw this.#blobs(name);
      const once = field !== undefined && !field.repeated;
      if (once && message.has(name.text)) {
        throw this.#lexer.error(name, `"${name.text}" once in ${type}`);
      }
      this.#values(name, { field, depth, take: (value) => message.add(name.text, value) });
      if (!this.#lexer.skip(",")) this.#lexer.skip(";");
    }
    return message;
  }

  #atEnd(close: string | undefined): boolean {
    const { next } = this.#lexer;
    if (close !== undefined && this.#lexer.skip(close)) return true;
    if (next.kind !== "end") return false;
    if (close === undefined) return true;
    throw this.#lexer.error(next, `a field or "${close}"`);
  }

  #fieldName(): Token {
    const { next } = this.#lexer;
    if (next.kind === "mark" && next.text === "[") {
      throw this.#lexer.error(next, "a field's name (extensions are not supported)");
    }
    if (next.kind !== "word" || !/^[A-Za-z_]\w*$/.test(next.text)) {
      throw this.#lexer.error(next, "a field's name");
    }
    return this.#lexer.take();
  }

  /** Reads what follows a name: a message, a scalar, or a list of either. */
  #values(
    name: Token,
    { field, depth, take }: {
      readonly field: FieldSchema | undefined;
      readonly depth: number;
      readonly take: (value: CaffeValue) => void;
    },
  ): void {
    const colon = this.#lexer.skip(":");
    const list = this.#lexer.skip("[");
    if (list && this.#lexer.skip("]")) return;
    do {
      const value = this.#value(name, { field, depth, colon });
      if (value !== undefined) take(value);
    } while (list && this.#lexer.skip(","));
    if (list && !this.#lexer.skip("]")) throw this.#lexer.error(this.#lexer.next, `"," or "]"`);
  }

  #value(
    name: Token,
    { field, depth, colon }: {
      readonly field: FieldSchema | undefined;
      readonly depth: number;
      readonly colon: boolean;
    },
  ): CaffeValue | undefined {
    const start = this.#lexer.next;
    const close = this.#lexer.skip("{") ? "}" : this.#lexer.skip("<") ? ">" : undefined;
    const anything = field === undefined || field.kind === "ignored";
    if (close !== undefined) {
      if (depth >= MAX_DEPTH) {
        throw this.#lexer.error(start, `messages nested at most ${MAX_DEPTH} levels deep`);
      }
      if (!anything && field.kind !== "message") {
        throw this.#lexer.error(start, `a value for "${name.text}" (${field.kind})`);
      }
      const message = this.message(anything ? "" : field.type ?? "", close, depth + 1);
      return anything ? undefined : message;
    }
    if (!colon) throw this.#lexer.error(start, `":" or "{" behind "${name.text}"`);
    if (start.kind !== "word" && start.kind !== "string") {
      throw this.#lexer.error(start, `a value for "${name.text}"`);
    }
    const text = this.#scalarText();
    if (anything) return undefined;
    const value = scalar(field, { ...start, text });
    if (value === undefined) throw this.#lexer.error(start, expectation(name.text, field));
    return value;
  }

  /** Strings that follow each other are one. */
  #scalarText(): string {
    const token = this.#lexer.take();
    let { text } = token;
    while (token.kind === "string" && this.#lexer.next.kind === "string") {
      text += this.#lexer.take().text;
    }
    return text;
  }

  #blobs(name: Token): UnsupportedError {
    return new UnsupportedError(
      `Cannot read "${this.#file}" at ${this.#lexer.position(name)}: it holds tensors as text; ` +
        "weights are read from a binary caffemodel",
    );
  }
}

/** The value that a word stands for in a field; `undefined` if it is none. */
function scalar(field: FieldSchema, { kind, text }: Token): CaffeValue | undefined {
  if (field.kind === "string") return kind === "string" ? text : undefined;
  if (kind !== "word") return undefined;
  if (field.kind === "bool") return BOOLEANS.get(text);
  if (field.kind === "float") return parseFloatLiteral(text);
  const integer = parseIntegerLiteral(text);
  if (field.kind === "enum") {
    const found = Object.entries(field.values ?? {}).find(([name, number]) =>
      name === text || number === integer
    );
    return found?.[0];
  }
  if (field.kind !== "int" && field.kind !== "uint") return undefined;
  return field.kind === "uint" && integer !== undefined && integer < 0 ? undefined : integer;
}

function parseIntegerLiteral(text: string): number | undefined {
  const match = /^(-?)(?:0x([0-9a-f]+)|(0[0-7]+)|(\d+))$/i.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, octal, decimal] = match;
  const value = hex !== undefined
    ? parseInt(hex, 16)
    : octal !== undefined
    ? parseInt(octal, 8)
    : Number(decimal);
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === "-" && value !== 0 ? -value : value;
}

function parseFloatLiteral(text: string): number | undefined {
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?f?$/i.test(text)) return Number.parseFloat(text);
  if (/^-?inf(?:inity)?f?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^-?nanf?$/i.test(text) ? NaN : undefined;
}

function expectation(name: string, { kind, values }: FieldSchema): string {
  if (kind === "message") return `"{" behind "${name}"`;
  if (kind === "enum") return `${Object.keys(values ?? {}).join(", ")} for "${name}"`;
  const words = {
    int: "an integer",
    uint: "an integer from 0",
    float: "a number",
    bool: "true or false",
    string: "a quoted string",
    blobs: "tensors",
    ignored: "a value",
  };
  return `${words[kind]} for "${name}"`;
}
