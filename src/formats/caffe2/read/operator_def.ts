import type { ByteSource } from "../../../io/mod.ts";

/** Where the real numbers of an argument lie. */
export interface FloatRange {
  /** The file. */
  readonly source: ByteSource;
  /** The first byte. */
  readonly offset: number;
  /** How many bytes. */
  readonly byteLength: number;
  /** The tag before each number, if they are not packed. */
  readonly tag?: number;
}

/** An argument of an operator. */
export interface Argument {
  /** A real number. */
  readonly float?: number;
  /** An integer. */
  readonly integer?: number;
  /** A string. */
  readonly string?: string;
  /** Integers. */
  readonly integers: readonly number[];
  /** Real numbers, which may be many: they are weights. */
  readonly floats?: FloatRange;
}

/** An operator of a net. */
export interface OperatorDef {
  /** The name; often empty. */
  readonly name: string;
  /** The type, such as `Conv`. */
  readonly type: string;
  /** Names of the blobs that it reads. */
  readonly inputs: readonly string[];
  /** Names of the blobs that it writes. */
  readonly outputs: readonly string[];
  /** Arguments by name. */
  readonly args: ReadonlyMap<string, Argument>;
}

/** A net: operators that run one after the other. */
export interface NetDef {
  /** The name. */
  readonly name: string;
  /** In the order of the file. */
  readonly operators: readonly OperatorDef[];
  /** Blobs that are there before the net runs. */
  readonly inputs: readonly string[];
  /** Blobs that the net is run for. */
  readonly outputs: readonly string[];
}
