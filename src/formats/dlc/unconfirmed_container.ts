/**
 * Every choice about the container that nobody outside Qualcomm can confirm, in one place. Each is
 * what real files have, where real files have it, or else the reading that most public readers share.
 *
 * @module
 */

/**
 * Slots of unknown meaning of a tensor in a version 4 graph, as the real 4.1 file has them: slot
 * number to value. Slots 4 and 12 hold -1, slot 8 holds 1.
 */
export const GRAPH_TENSOR_UNKNOWN: ReadonlyMap<number, number> = new Map([[4, -1], [8, 1], [
  12,
  -1,
]]);

/** The same for a parameter tensor of an operator, which lacks slot 8. */
export const PARAMETER_TENSOR_UNKNOWN: ReadonlyMap<number, number> = new Map([[4, -1], [12, -1]]);

/** Values of the kind field of a version 4 quantization; 0 and 1 are read by two public readers. */
export const QUANTIZATION_KIND = { perTensor: 0, perAxis: 1, none: 0x7fff_ffff } as const;
