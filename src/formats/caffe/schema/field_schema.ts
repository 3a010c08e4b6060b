/** A scalar of a Caffe message: `uint` and `int` are checked to be safe integers. */
export type ScalarKind = "int" | "uint" | "float" | "bool" | "string" | "enum";

/** The value of a scalar field; of an enum its name. */
export type Scalar = number | boolean | string;

/** A field of a Caffe message. */
export interface FieldSchema {
  /** The number in the binary form; 0 if forks of Caffe disagree about it. */
  readonly number: number;
  /**
   * What it holds: a scalar, a `message`, tensors (`blobs`), or what does not matter for running
   * the network and is skipped (`ignored`).
   */
  readonly kind: ScalarKind | "message" | "blobs" | "ignored";
  /** Whether it may occur several times. */
  readonly repeated: boolean;
  /** The value where the message leaves it out. */
  readonly fallback?: Scalar;
  /** The message type of a `message`. */
  readonly type?: string;
  /** Names and numbers of an `enum`. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Fields of a message by name. */
export type MessageSchema = Readonly<Record<string, FieldSchema>>;

/** Messages by name. */
export type SchemaTable = Readonly<Record<string, MessageSchema>>;

/** Declares a scalar. */
export function one(number: number, kind: ScalarKind, fallback?: Scalar): FieldSchema {
  return { number, kind, repeated: false, ...fallback !== undefined && { fallback } };
}

/** Declares a repeated scalar. */
export function many(number: number, kind: ScalarKind): FieldSchema {
  return { number, kind, repeated: true };
}

/** Declares an enum; its values count from `first` on. */
export function oneOf(
  number: number,
  names: readonly string[],
  { first = 0, fallback }: { readonly first?: number; readonly fallback?: string } = {},
): FieldSchema {
  const values = Object.fromEntries(names.map((name, index) => [name, first + index]));
  return {
    number,
    kind: "enum",
    repeated: false,
    values,
    ...fallback !== undefined && { fallback },
  };
}

/** Declares a message. */
export function message(number: number, type: string): FieldSchema {
  return { number, kind: "message", repeated: false, type };
}

/** Declares a repeated message. */
export function messages(number: number, type: string): FieldSchema {
  return { number, kind: "message", repeated: true, type };
}

/** Declares tensors. */
export function blobs(number: number): FieldSchema {
  return { number, kind: "blobs", repeated: true };
}

/** Declares what is known and does not matter for running the network. */
export function ignored(number: number): FieldSchema {
  return { number, kind: "ignored", repeated: true };
}
