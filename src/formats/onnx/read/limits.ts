/**
 * Bounds on what a file may make the reader keep in memory. The bytes of the file bound everything
 * else: no count is believed before the data behind it was seen.
 */

/** Floating-point tensors up to this size are kept in memory: biases, scales, batch norms. */
export const MAX_HELD_FLOAT_BYTES = 16 * 1024;

/** Integer tensors up to this size are kept in memory: shapes, indices, zero points. */
export const MAX_HELD_INTEGER_BYTES = 1024 * 1024;

/** The largest attribute that is not a tensor. */
export const MAX_ATTRIBUTE_BYTES = 1024 * 1024;

/** More nodes, inputs, or initializers than any real graph has; two bytes of file make a node. */
export const MAX_GRAPH_ENTRIES = 1_000_000;

/** Repeated data fields that are not packed are gathered in memory up to this many elements. */
export const MAX_UNPACKED_ELEMENTS = 131_072;

/** No operator has more dimensions; ONNX states no limit. */
export const MAX_RANK = 64;
