import { FormatError, UnsupportedError } from "../../errors.ts";

/** What messages say of a node. */
export interface NamedNode {
  /** The name, with those of the calls around it. */
  readonly name: string;
  /** The operator. */
  readonly operator: string;
}

/** The error about a node that is valid TensorFlow, but not supported. */
export function unsupportedNode(
  { name, operator }: NamedNode,
  problem: string,
  cause?: unknown,
): UnsupportedError {
  return new UnsupportedError(`Cannot convert node "${name}" (${operator}): ${problem}`, {
    node: name,
    operator,
    cause,
  });
}

/** The error about a node that contradicts its operator. */
export function badNode(
  { name, operator }: NamedNode,
  problem: string,
  cause?: unknown,
): FormatError {
  return new FormatError(`Cannot read node "${name}" (${operator}): ${problem}`, { cause });
}
