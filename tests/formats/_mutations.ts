import fc from "fast-check";
import { assert } from "@std/assert";
import { FormatError, UnsupportedError } from "../../src/errors.ts";

/** Which part is changed, how, and what into: any natural numbers. */
export type Change = readonly [place: number, kind: number, choice: number];

/** One to three changes. */
export const CHANGES: fc.Arbitrary<Change[]> = fc.array(
  fc.tuple(fc.nat(), fc.nat(), fc.nat()),
  { minLength: 1, maxLength: 3 },
);

/** A field of a protobuf message. */
interface Field {
  readonly number: number;
  readonly wire: number;
  /** Of wire type 0. */
  value: bigint;
  /** The payload of other types. */
  bytes: Uint8Array;
  /** The payload, if it reads as a message. */
  children?: Field[];
}

const INTEGERS = [
  ...[0n, 1n, 2n, 3n, -1n, -2n, 127n, 65536n, 1_000_000_000n, 2n ** 31n - 1n, 2n ** 31n],
  ...[2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 62n, -(2n ** 63n)],
];

const NAMES = ["", "__proto__", "constructor", "toString", "../x", "^x", "x:99", "a".repeat(300)];

const NUMBERS = [
  ...["0", "1", "-1", "3", "1.5", "1e30", "nan", "2147483647", "1000000000"],
  ...["9007199254740993", "99999999999999999999999", "0x10", "65536"],
];

const MARKS = [
  "{",
  "}",
  "<",
  ">",
  "[",
  "]",
  ":",
  ";",
  ",",
  '"',
  "'",
  "#",
  "\n",
  "\0",
  "é",
  "dim: 1",
];

/** Reads a message as what it could be; `undefined` if it is none. */
function parse(bytes: Uint8Array, depth = 0): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined) return undefined;
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    const first = wire === 0 || wire === 2 ? varint() : BigInt(wire === 1 ? 8 : 4);
    if (first === undefined || number < 1 || ![0, 1, 2, 5].includes(wire)) return undefined;
    const length = wire === 0 ? 0 : Number(first);
    if (at + length > bytes.length) return undefined;
    const payload = bytes.slice(at, at + length);
    at += length;
    const isText = length > 0 && payload.every((byte) => byte >= 32 && byte < 127);
    const children = wire === 2 && !isText && depth < 12 ? parse(payload, depth + 1) : undefined;
    fields.push({ number, wire, value: first, bytes: payload, ...children && { children } });
  }
  return fields;
}

function encode(fields: readonly Field[]): Uint8Array {
  const out: number[] = [];
  const varint = (value: bigint): void => {
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
    out.push(Number(rest));
  };
  for (const { number, wire, value, bytes, children } of fields) {
    varint(BigInt(number) << 3n | BigInt(wire));
    if (wire === 0) {
      varint(value);
      continue;
    }
    const payload = children === undefined ? bytes : encode(children);
    if (wire === 2) varint(BigInt(payload.length));
    for (const byte of payload) out.push(byte);
  }
  return Uint8Array.from(out);
}

function listFields(fields: Field[]): { readonly list: Field[]; readonly index: number }[] {
  return fields.flatMap(({ children }, index) => [
    { list: fields, index },
    ...children === undefined ? [] : listFields(children),
  ]);
}

function pick<T>(list: readonly T[], choice: number): T {
  return list[choice % list.length] as T;
}

/**
 * Changes fields of a protobuf message without breaking its framing: takes one away, doubles or
 * nests it, gives it an extreme number, the text of another field or a name that means something to
 * JavaScript or to paths.
 */
export function mutateProtobuf(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  const tree = parse(bytes) ?? [];
  let grown = false;
  for (const [place, kind, choice] of changes) {
    const places = listFields(tree);
    if (places.length === 0) break;
    const { list, index } = pick(places, place);
    const field = list[index] as Field;
    const others = places.map((other) => other.list[other.index] as Field);
    // Copies of copies of large fields would only take time.
    const grows = kind % 10 === 2 || kind % 10 === 3;
    const way = grows && (grown || bytesIn(field) > 200) ? 1 : kind % 10;
    grown ||= grows;
    if (way === 0) list.splice(index, 1);
    else if (way === 1) list.splice(index, 0, structuredClone(field));
    else if (way === 2) list.splice(index, 0, ...Array.from({ length: 100 }, () => ({ ...field })));
    else if (way === 3) list[index] = nest(field, pick([2, 70, 300], choice));
    else if (field.wire === 0) field.value = pick(INTEGERS, choice);
    else if (field.children !== undefined) field.children.splice(choice % 4, 1);
    else if (way < 7 && field.wire === 2) {
      field.bytes = pick(others.filter(({ wire }) => wire === 2), choice).bytes;
    } else if (way < 9 && field.wire === 2) {
      field.bytes = new TextEncoder().encode(pick(NAMES, choice));
    } else field.bytes = mutateBytes(field.bytes, [[place, kind >> 4, choice]]);
  }
  return encode(tree);
}

function bytesIn({ bytes, children }: Field): number {
  if (children === undefined) return bytes.length;
  return children.reduce((sum, child) => sum + bytesIn(child), 2 * children.length);
}

function nest(field: Field, depth: number): Field {
  let nested = field;
  for (let level = 0; level < depth; level++) nested = { ...field, wire: 2, children: [nested] };
  return nested;
}

/** Changes, cuts off, inserts and takes away bytes. */
export function mutateBytes(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  const list = [...bytes];
  for (const [place, kind, choice] of changes) {
    const at = place % Math.max(1, list.length);
    const way = kind % 5;
    if (way === 0) list[at] = choice & 255;
    else if (way === 1) list[at] = (list[at] ?? 0) ^ 1 << choice % 8;
    else if (way === 2) list.length = at;
    else if (way === 3) list.splice(at, 0, ...Array<number>(10).fill(0xff));
    else list.splice(at, choice % 30);
  }
  return Uint8Array.from(list);
}

/** Changes words, numbers and marks of a text. */
export function mutateText(text: string, changes: readonly Change[]): string {
  const tokens: string[] = text.match(/"[^"\n]*"|[A-Za-z_]\w*|-?[\d.]+|\s+|./g) ?? [];
  for (const [place, kind, choice] of changes) {
    const at = place % Math.max(1, tokens.length);
    const token = tokens[at] ?? "";
    const way = kind % 8;
    if (way === 0) tokens.splice(at, 1);
    else if (way === 1) tokens.splice(at, 0, token);
    else if (way === 2) tokens.splice(at, 0, pick(MARKS, choice).repeat(pick([1, 300], kind >> 3)));
    else if (/^-?\d/.test(token)) tokens[at] = pick(NUMBERS, choice);
    else if (token.startsWith('"')) {
      const texts = tokens.filter((other) => other.startsWith('"'));
      tokens[at] = pick([...texts, ...NAMES.map((name) => `"${name}"`)], choice);
    } else tokens[at] = pick(way < 6 ? tokens : NAMES, choice);
  }
  return tokens.join("");
}

/**
 * Opens a damaged model. It may be fine still, or be refused by one error that says what is wrong.
 *
 * @param open Opens the model and disposes of it.
 */
export async function opensOrRefuses(open: () => Promise<void>): Promise<void> {
  const start = performance.now();
  try {
    await open();
  } catch (error) {
    const known = error instanceof FormatError || error instanceof UnsupportedError ||
      error instanceof RangeError && error.message.startsWith("Cannot ");
    assert(known, `${error instanceof Error ? error.stack : error}`);
  }
  const took = performance.now() - start;
  assert(took < 5000, `it took ${took} ms`);
}
