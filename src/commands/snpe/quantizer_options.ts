import { DEBUG_LEVEL, MESSAGE_OPTIONS } from "./message_options.ts";
import { always, refused, same, type SnpeOption, words } from "./snpe_option.ts";

const CACHE = "caches for one device are compiled by Qualcomm's snpe-dlc-graph-prepare, " +
  "which takes the result of this command";
const CODE_LIBRARIES = "libraries of operators are compiled for a device and cannot run here";

/** What the quantizers of both generations call alike. */
const SHARED: readonly SnpeOption[] = [
  same("weights-bitwidth", "--weights_bitwidth", "4|8|16"),
  same("act-bitwidth", "--act_bitwidth", "8|16"),
  same("bias-bitwidth", "--bias_bitwidth", "8|32"),
  same("float-bitwidth", "--float_bitwidth", "16|32"),
  same("use-per-channel-quantization", "--use_per_channel_quantization"),
  same("use-per-row-quantization", "--use_per_row_quantization"),
  same("enable-per-row-quantized-bias", "--enable_per_row_quantized_bias"),
  same("use-native-input-files", "--use_native_input_files"),
  always("--use_native_output_files", "quantizing writes no raw outputs"),
  refused(
    "--restrict_quantization_steps",
    "limits of codes are for the MatMul of one accelerator",
    "MIN,MAX",
  ),
];

/** Options of `snpe-dlc-quantize` and `snpe-dlc-quant`, SNPE 1.x and 2.x. */
export const SNPE_QUANTIZER_OPTIONS: readonly SnpeOption[] = [
  same("input-dlc", "--input_dlc -i", "PATH"),
  same("input-list", "--input_list -l", "PATH"),
  same("output-dlc", "--output_dlc -o", "PATH"),
  same("param-quantizer", "--param_quantizer", "MODE"),
  same("act-quantizer", "--act_quantizer", "MODE"),
  ...SHARED,
  words("--float_bias_bitwidth", {
    description: "`--float-bias-bitwidth`; 0, the width of the layer, is the default",
    translate: ([bits = ""]) => bits === "0" ? [] : [`--float-bias-bitwidth=${bits}`],
  }, { value: "0|16|32" }),
  same("override-params", "--override_params"),
  same("float-fallback", "--float_fallback"),
  same("algorithms", "--algorithms", "NAME"),
  same("algorithms", "--optimizations", "NAME"),
  words("--use_enhanced_quantizer", {
    description: "`--param-quantizer enhanced` behind which `weights` stands, `--act-quantizer " +
      "enhanced` with `activations`, both without a word",
    translate: (kinds) => [
      ...(kinds.length === 0 || kinds.includes("weights") ? ["--param-quantizer=enhanced"] : []),
      ...(kinds.length === 0 || kinds.includes("activations") ? ["--act-quantizer=enhanced"] : []),
    ],
  }, { optional: /^(weights|activations)$/ }),
  words("--use_adjusted_weights_quantizer", {
    description: "`--param-quantizer adjusted`",
    translate: () => ["--param-quantizer=adjusted"],
  }),
  words("--use_symmetric_quantize_weights", {
    description: "`--param-quantizer symmetric`",
    translate: () => ["--param-quantizer=symmetric"],
  }),
  words("--axis_quant", {
    description: "`--use-per-channel-quantization`",
    translate: () => ["--use-per-channel-quantization"],
  }),
  words("--bitwidth", {
    description: "`--weights-bitwidth` and `--act-bitwidth`",
    translate: ([bits = ""]) => [`--weights-bitwidth=${bits}`, `--act-bitwidth=${bits}`],
  }, { value: "8|16", excludes: ["--weights_bitwidth", "--act_bitwidth", "--bias_bitwidth"] }),
  same("no-weight-quantization", "--no_weight_quantization"),
  always(
    "--use_encoding_optimizations",
    "values that only move elements share the encoding of what they move in any case",
  ),
  same("use-native-input-files", "--use_native_dtype"),
  refused("--udo_package_path", CODE_LIBRARIES, "PATH"),
  refused("--enable_htp", CACHE),
  refused("--htp_socs", CACHE, "LIST"),
  refused("--overwrite_cache_records", CACHE),
  refused("--use_float_io", "the type of raw files at run time is set where the network runs"),
  refused("--enable_hta", CACHE),
  refused("--hta_partitions", CACHE, "LIST"),
  refused("--buffer_data_type", "the type of raw files at run time is set where the network runs"),
  ...MESSAGE_OPTIONS,
  DEBUG_LEVEL,
];

/** Options of `qairt-quantizer`. */
export const QAIRT_QUANTIZER_OPTIONS: readonly SnpeOption[] = [
  same("input-dlc", "--input_dlc -i", "PATH"),
  same("output-dlc", "--output_dlc -o", "PATH"),
  same("input-list", "--input_list -l", "PATH"),
  same("float-fallback", "--enable_float_fallback -f"),
  same("algorithms", "--apply_algorithms", "NAME"),
  ...SHARED,
  words("--float_bias_bitwidth", {
    description: "`--float-bias-bitwidth`; 0, the width of the layer, is the default",
    translate: ([bits = ""]) => bits === "0" ? [] : [`--float-bias-bitwidth=${bits}`],
  }, { value: "0|16|32" }),
  words("--ignore_quantization_overrides", {
    description: "without it `--override-params` is set",
    translate: () => [],
  }),
  same("act-quantizer-calibration", "--act_quantizer_calibration", "NAME"),
  same("param-quantizer-calibration", "--param_quantizer_calibration", "NAME"),
  same("act-quantizer-schema", "--act_quantizer_schema", "NAME"),
  same("param-quantizer-schema", "--param_quantizer_schema", "NAME"),
  same("percentile-calibration-value", "--percentile_calibration_value", "P"),
  refused(
    "--preserve_io_datatype",
    "inputs and outputs get encodings; no Quantize and Dequantize layers are put at the border",
  ),
  refused(
    "--keep_weights_quantized",
    "where the output, the weight or the bias of a layer is float, all three are",
  ),
  refused(
    "--adjust_bias_encoding",
    "biases have ranges of their own, and no weight is clipped to fit them",
  ),
  refused(
    "--use_aimet_quantizer",
    "AIMET's own code is not called; its modes are --param_quantizer",
  ),
  refused("--op_package_lib -opl", CODE_LIBRARIES, "PATH"),
  same("dump-encoding-json", "--dump_encoding_json"),
  refused("--config -c", "options are given on the command line", "YAML"),
  refused("--export_stripped_dlc", "a DLC without parameters is no network"),
  refused("--target_backend", "the result is for every backend", "NAME"),
  refused("--target_soc_model", "the result is for every device", "NAME"),
  ...MESSAGE_OPTIONS,
  DEBUG_LEVEL,
];
