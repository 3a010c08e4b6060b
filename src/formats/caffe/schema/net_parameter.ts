import {
  blobs,
  type FieldSchema,
  ignored,
  many,
  message,
  messages,
  type MessageSchema,
  one,
  oneOf,
  type SchemaTable,
} from "./field_schema.ts";
import { LAYER_PARAMETERS } from "./layer_parameters.ts";

const PHASE = ["TRAIN", "TEST"];

const NET: SchemaTable = {
  NetParameter: {
    name: one(1, "string", ""),
    input: many(3, "string"),
    input_shape: messages(8, "BlobShape"),
    input_dim: many(4, "int"),
    force_backward: ignored(5),
    state: message(6, "NetState"),
    debug_info: ignored(7),
    layer: messages(100, "LayerParameter"),
    layers: messages(2, "V1LayerParameter"),
  },
  NetState: {
    phase: oneOf(1, PHASE, { fallback: "TEST" }),
    level: one(2, "int", 0),
    stage: many(3, "string"),
  },
  NetStateRule: {
    phase: oneOf(1, PHASE),
    min_level: one(2, "int"),
    max_level: one(3, "int"),
    stage: many(4, "string"),
    not_stage: many(5, "string"),
  },
  ParamSpec: {
    name: one(1, "string", ""),
    share_mode: ignored(2),
    lr_mult: ignored(3),
    decay_mult: ignored(4),
  },
};

/** Settings of layers that read data, compute losses or count: nothing of them is needed. */
const IGNORED_PARAMETERS: Readonly<Record<string, number>> = {
  transform_param: 100,
  loss_param: 101,
  accuracy_param: 102,
  contrastive_loss_param: 105,
  data_param: 107,
  dropout_param: 108,
  hdf5_data_param: 112,
  hdf5_output_param: 113,
  hinge_loss_param: 114,
  image_data_param: 115,
  infogain_loss_param: 116,
  window_data_param: 129,
  annotated_data_param: 200,
  multibox_loss_param: 201,
  detection_evaluate_param: 205,
  video_data_param: 207,
};

/** Fields with the settings of a layer: their number, and the type in {@linkcode LAYER_PARAMETERS}. */
const PARAMETER_FIELDS: Readonly<Record<string, readonly [number: number, type: string]>> = {
  argmax_param: [103, "ArgMax"],
  concat_param: [104, "Concat"],
  convolution_param: [106, "Convolution"],
  dummy_data_param: [109, "DummyData"],
  eltwise_param: [110, "Eltwise"],
  exp_param: [111, "Exp"],
  inner_product_param: [117, "InnerProduct"],
  lrn_param: [118, "LRN"],
  memory_data_param: [119, "MemoryData"],
  mvn_param: [120, "MVN"],
  pooling_param: [121, "Pooling"],
  power_param: [122, "Power"],
  relu_param: [123, "ReLU"],
  sigmoid_param: [124, "Sigmoid"],
  softmax_param: [125, "Softmax"],
  slice_param: [126, "Slice"],
  tanh_param: [127, "TanH"],
  threshold_param: [128, "Threshold"],
  prelu_param: [131, "PReLU"],
  reshape_param: [133, "Reshape"],
  log_param: [134, "Log"],
  flatten_param: [135, "Flatten"],
  reduction_param: [136, "Reduction"],
  tile_param: [138, "Tile"],
  batch_norm_param: [139, "BatchNorm"],
  elu_param: [140, "ELU"],
  bias_param: [141, "Bias"],
  scale_param: [142, "Scale"],
  input_param: [143, "Input"],
  crop_param: [144, "Crop"],
  parameter_param: [145, "Parameter"],
  swish_param: [147, "Swish"],
  clip_param: [148, "Clip"],
  shuffle_channel_param: [164, "ShuffleChannel"],
  permute_param: [202, "Permute"],
  prior_box_param: [203, "PriorBox"],
  detection_output_param: [204, "DetectionOutput"],
  norm_param: [206, "Normalize"],
  // Each fork has its own numbers for these; they are read from the text form only.
  interp_param: [0, "Interp"],
  reorg_param: [0, "Reorg"],
  relu6_param: [0, "ReLU6"],
  upsample_param: [0, "Upsample"],
};

/** Layers whose settings each fork of Caffe has under a number of its own. */
export const FORK_LAYERS: ReadonlySet<string> = new Set(
  Object.values(PARAMETER_FIELDS).flatMap(([number, type]) => number === 0 ? [type] : []),
);

/** The same fields where layers are still numbered as version 1 did. */
const V1_NUMBERS: Readonly<Record<string, number>> = {
  concat_param: 9,
  convolution_param: 10,
  data_param: 11,
  dropout_param: 12,
  hdf5_data_param: 13,
  hdf5_output_param: 14,
  image_data_param: 15,
  infogain_loss_param: 16,
  inner_product_param: 17,
  lrn_param: 18,
  pooling_param: 19,
  window_data_param: 20,
  power_param: 21,
  memory_data_param: 22,
  argmax_param: 23,
  eltwise_param: 24,
  threshold_param: 25,
  dummy_data_param: 26,
  accuracy_param: 27,
  hinge_loss_param: 29,
  relu_param: 30,
  slice_param: 31,
  mvn_param: 34,
  transform_param: 36,
  tanh_param: 37,
  sigmoid_param: 38,
  softmax_param: 39,
  contrastive_loss_param: 40,
  exp_param: 41,
  loss_param: 42,
};

/** Layer types of version 1 by number, under today's names. */
export const V1_LAYER_TYPES: Readonly<Record<string, readonly [number: number, type: string]>> = {
  NONE: [0, ""],
  ACCURACY: [1, "Accuracy"],
  BNLL: [2, "BNLL"],
  CONCAT: [3, "Concat"],
  CONVOLUTION: [4, "Convolution"],
  DATA: [5, "Data"],
  DROPOUT: [6, "Dropout"],
  EUCLIDEAN_LOSS: [7, "EuclideanLoss"],
  FLATTEN: [8, "Flatten"],
  HDF5_DATA: [9, "HDF5Data"],
  HDF5_OUTPUT: [10, "HDF5Output"],
  IM2COL: [11, "Im2col"],
  IMAGE_DATA: [12, "ImageData"],
  INFOGAIN_LOSS: [13, "InfogainLoss"],
  INNER_PRODUCT: [14, "InnerProduct"],
  LRN: [15, "LRN"],
  MULTINOMIAL_LOGISTIC_LOSS: [16, "MultinomialLogisticLoss"],
  POOLING: [17, "Pooling"],
  RELU: [18, "ReLU"],
  SIGMOID: [19, "Sigmoid"],
  SOFTMAX: [20, "Softmax"],
  SOFTMAX_LOSS: [21, "SoftmaxWithLoss"],
  SPLIT: [22, "Split"],
  TANH: [23, "TanH"],
  WINDOW_DATA: [24, "WindowData"],
  ELTWISE: [25, "Eltwise"],
  POWER: [26, "Power"],
  SIGMOID_CROSS_ENTROPY_LOSS: [27, "SigmoidCrossEntropyLoss"],
  HINGE_LOSS: [28, "HingeLoss"],
  MEMORY_DATA: [29, "MemoryData"],
  ARGMAX: [30, "ArgMax"],
  THRESHOLD: [31, "Threshold"],
  DUMMY_DATA: [32, "DummyData"],
  SLICE: [33, "Slice"],
  MVN: [34, "MVN"],
  ABSVAL: [35, "AbsVal"],
  SILENCE: [36, "Silence"],
  CONTRASTIVE_LOSS: [37, "ContrastiveLoss"],
  EXP: [38, "Exp"],
  DECONVOLUTION: [39, "Deconvolution"],
};

const LAYER: MessageSchema = {
  name: one(1, "string", ""),
  type: one(2, "string", ""),
  bottom: many(3, "string"),
  top: many(4, "string"),
  phase: ignored(10),
  loss_weight: ignored(5),
  param: messages(6, "ParamSpec"),
  blobs: blobs(7),
  propagate_down: ignored(11),
  include: messages(8, "NetStateRule"),
  exclude: messages(9, "NetStateRule"),
  ...parameters(),
};

const V1_LAYER: MessageSchema = {
  bottom: many(2, "string"),
  top: many(3, "string"),
  name: one(4, "string", ""),
  include: messages(32, "NetStateRule"),
  exclude: messages(33, "NetStateRule"),
  type: {
    ...one(5, "enum", "NONE"),
    values: Object.fromEntries(
      Object.entries(V1_LAYER_TYPES).map(([name, [number]]) => [name, number]),
    ),
  },
  blobs: blobs(6),
  param: many(1001, "string"),
  blob_share_mode: ignored(1002),
  blobs_lr: ignored(7),
  weight_decay: ignored(8),
  loss_weight: ignored(35),
  layer: message(1, "V0LayerParameter"),
  ...parameters(V1_NUMBERS),
};

const V0_LAYER: MessageSchema = {
  name: one(1, "string", ""),
  type: one(2, "string", ""),
  num_output: one(3, "uint"),
  biasterm: one(4, "bool"),
  pad: one(7, "uint"),
  kernelsize: one(8, "uint"),
  group: one(9, "uint"),
  stride: one(10, "uint"),
  pool: oneOf(11, ["MAX", "AVE", "STOCHASTIC"]),
  local_size: one(13, "uint"),
  alpha: one(14, "float"),
  beta: one(15, "float"),
  k: one(22, "float"),
  blobs: blobs(50),
  concat_dim: one(65, "uint"),
  ...ignoredFields([
    ["weight_filler", 5],
    ["bias_filler", 6],
    ["dropout_ratio", 12],
    ["source", 16],
    ["scale", 17],
    ["meanfile", 18],
    ["batchsize", 19],
    ["cropsize", 20],
    ["mirror", 21],
    ["blobs_lr", 51],
    ["weight_decay", 52],
    ["rand_skip", 53],
    ["det_fg_threshold", 54],
    ["det_bg_threshold", 55],
    ["det_fg_fraction", 56],
    ["det_context_pad", 58],
    ["det_crop_mode", 59],
    ["new_num", 60],
    ["new_channels", 61],
    ["new_height", 62],
    ["new_width", 63],
    ["shuffle_images", 64],
    ["hdf5_output_param", 1001],
  ]),
};

/** Everything of `caffe.proto` that a network for inference has in it. */
export const CAFFE_SCHEMA: SchemaTable = {
  ...NET,
  ...LAYER_PARAMETERS,
  LayerParameter: LAYER,
  V1LayerParameter: V1_LAYER,
  V0LayerParameter: V0_LAYER,
};

/** The fields with settings, under the numbers of today or of version 1, which has fewer. */
function parameters(numbers?: Readonly<Record<string, number>>): MessageSchema {
  const fields: [string, FieldSchema][] = [];
  for (const [name, [number, type]] of Object.entries(PARAMETER_FIELDS)) {
    if (numbers === undefined || name in numbers) {
      fields.push([name, message(numbers?.[name] ?? number, type)]);
    }
  }
  for (const [name, number] of Object.entries(IGNORED_PARAMETERS)) {
    if (numbers === undefined || name in numbers) {
      fields.push([name, ignored(numbers?.[name] ?? number)]);
    }
  }
  return Object.fromEntries(fields);
}

function ignoredFields(
  fields: readonly (readonly [name: string, number: number])[],
): MessageSchema {
  return Object.fromEntries(fields.map(([name, number]) => [name, ignored(number)]));
}
