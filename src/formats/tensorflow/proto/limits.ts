/**
 * Bounds on what a file may make the reader keep in memory. The bytes of the file bound everything
 * else: no count is believed before the data behind it was seen.
 */

/** Floating-point tensors up to this size are kept in memory: biases, scales, batch norms. */
export const MAX_HELD_FLOAT_BYTES = 16 * 1024;

/** Integer tensors up to this size are kept in memory: shapes, axes, paddings. */
export const MAX_HELD_INTEGER_BYTES = 1024 * 1024;

/** The largest attribute that is not a tensor. */
export const MAX_ATTRIBUTE_BYTES = 1024 * 1024;

/** More nodes, with those of functions, than any real graph has; two bytes of file make a node. */
export const MAX_NODES = 1_000_000;

/** So many nodes are lowered, with the bodies of functions counted for each call. */
export const MAX_LOWERED_NODES = 200_000;

/** Repeated data fields that are not packed are gathered in memory up to this many elements. */
export const MAX_UNPACKED_ELEMENTS = 131_072;

/** A tensor of one repeated number may have so many elements at most. */
export const MAX_FILLED_ELEMENTS = 2 ** 28;

/** TensorFlow's own limit is 254. */
export const MAX_RANK = 64;

/** The most tensors that one is taken apart into. */
export const MAX_PARTS = 65_536;

/** Function calls inside one another. */
export const MAX_CALL_DEPTH = 64;
