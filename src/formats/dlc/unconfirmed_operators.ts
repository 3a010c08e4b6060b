/**
 * Every choice about layers and operators that nobody outside Qualcomm can confirm, in one place.
 * `docs/dlc.md` lists them for users.
 *
 * @module
 */

/** Version 3 layer types that public readers know by name only; their attributes are our choice. */
export const UNCONFIRMED_LAYER_TYPES = {
  /** Attribute `axis` (uint). */
  softmax: "SoftMax",
  /** Tensors `weights_0` (factor) and `bias`, one element a channel. */
  batchNorm: "BatchNorm",
  /** Attributes as Convolutional, and `output_padding`, `output_padding_y` (int). */
  deconvolution: "Deconvolution",
  /** Tensor `weights_0`: one slope, or one a channel. */
  prelu: "Prelu",
} as const;

/** `type` of a version 3 Pooling layer that takes the maximum; real files show only 1, the average. */
export const MAX_POOLING_TYPE = 0;

/** `coeffs` of a version 3 sum that subtracts; real files show only 1, 1. */
export const SUBTRACTION_COEFFICIENTS: readonly [number, number] = [1, -1];

/** `axis_order` tuples of `BufferInfos`, as observed; nothing is derived from them. */
export const AXIS_ORDER = {
  /** Images stored NHWC. */
  image: [3, 2, 0, 1],
  /** Network inputs and outputs, and what `.ncs` layers make, of rank 4. */
  channelsFirst: [3, 0, 1, 2],
  /** Rank 2. */
  feature: [3, 5],
  /** Axes that mean nothing: reshaped, constant, of other ranks. */
  none: [7],
} as const;

/** `data_size` of every buffer in `BufferInfos`, in quantized files too. */
export const BUFFER_DATA_SIZE = 32;

/** `precision` of an 8-bit encoding. Other widths are unknown, so version 3 is written for 8 bits. */
export const PRECISION_8_BITS = 0x208;

/** Attributes of every `Input` layer in real files. */
export const INPUT_COLOR_SPACE = 4;

/**
 * `group` of a version 4 attribute: the operator's own parameters, and `packageName`. The numbers are
 * those of the real file; what they count is unknown.
 */
export const ATTRIBUTE_GROUP = { parameter: 1, package: 2 } as const;

/** Version 4 names of operators: the real file shows only `Eltwise_Binary`; QNN has others. */
export const BINARY_TYPE = "Eltwise_Binary";
/** Its unary sister; public readers show this spelling. */
export const UNARY_TYPE = "ElementWiseUnary";

/** Names of the bounds where `ElementWiseNeuron` clamps (operation 5). */
export const NEURON_BOUNDS = { min: "min_value", max: "max_value" } as const;

/** QNN `Resize` numbers, in the order of ONNX Runtime's provider. */
export const RESIZE_NUMBERS = {
  transformation: ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"],
  interpolation: ["nearest", "linear", "cubic"],
  nearest: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"],
} as const;

/** QNN `Pad` schemes by number, in ONNX's names; 1, a mirror that repeats the edge, ONNX lacks. */
export const PAD_SCHEMES = ["constant", undefined, "reflect", "edge"] as const;

/** QNN `DepthToSpace` and `SpaceToDepth` modes by number. */
export const DEPTH_MODES = ["DCR", "CRD"] as const;

/** QNN pool `rounding_mode` by number: 0 down, 1 up. */
export const ROUND_UP = 1;

/**
 * Whether QNN's `Lrn` multiplies the sum of squares by `alpha` as it stands (true), or by alpha / size
 * as ONNX does.
 */
export const LRN_ALPHA_IS_PER_ELEMENT = true;

/** QNN `Lrn` region: 0 over channels, 1 within a channel. */
export const LRN_ACROSS_CHANNELS = 0;

/** QNN `DetectionOutput`: `nms_type` of a suppression in each class by itself; 0 is a faster one. */
export const SUPPRESSION_BY_CLASS = 1;
