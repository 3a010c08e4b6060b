import { DEBUG_LEVEL, MESSAGE_OPTIONS } from "./message_options.ts";
import { always, refused, same, type SnpeOption, words } from "./snpe_option.ts";

const CUSTOM = "operators of one's own cannot be translated; the model's own operators can";
const LAYOUT = "layouts follow from the operators; inputs and outputs keep those of the model";
const TARGET = "what a device can run is known to Qualcomm's tools only";
const TEMPLATE = "options are given on the command line";

/** Accepts some values, which are so in any case, and refuses the others. */
function only(
  names: string,
  { value, allowed, because }: { value: string; allowed: RegExp; because: string },
): SnpeOption {
  return words(names, {
    description: `only \`${allowed.source.replaceAll(/[\^$()]/g, "")}\`: ${because}`,
    translate: (values) =>
      allowed.test(values.at(-1) ?? "") ? [] : `it does not take "${values.at(-1)}": ${because}`,
  }, { value });
}

const dryRun = words("--dry_run", {
  description: "`--dry-run`",
  translate: () => ["--dry-run"],
}, { optional: /^(info|debug)$/ });

/** What the converters of both generations call alike. */
const SHARED: readonly SnpeOption[] = [
  same("input-network", "--input_network -i", "FILE"),
  same("output-path", "--output_path -o", "FILE"),
  dryRun,
  only("--float_bitwidth --float_bw", {
    value: "BITS",
    allowed: /^(32)$/,
    because: "floats are stored in 32 bits, quantize --float-bitwidth 16 makes them half",
  }),
  only("--float_bias_bw --float_bias_bitwidth", {
    value: "BITS",
    allowed: /^(0|32)$/,
    because: "floats are stored in 32 bits",
  }),
  refused("--op_package_lib -opl", CUSTOM, "PATH"),
  refused("--converter_op_package_lib -cpl", CUSTOM, "PATH"),
  refused("--package_name -p", CUSTOM, "NAME"),
  refused("--op_package_config -opc", CUSTOM, "FILE"),
];

/** Options of `snpe-onnx-to-dlc`. */
export const SNPE_CONVERTER_OPTIONS: readonly SnpeOption[] = [
  ...SHARED,
  same("out-node", "--out_node --out_name", "NAME"),
  same("input-dim", "--input_dim -d", "NAME DIMS"),
  only("--input_type -t", {
    value: "NAME TYPE",
    allowed: /^(default|image)$/,
    because: "inputs are tensors of numbers",
  }),
  only("--input_dtype", {
    value: "NAME TYPE",
    allowed: /^(float32)$/,
    because: "inputs keep the types of the model",
  }),
  only("--input_encoding -e", {
    value: "NAME ENCODING",
    allowed: /^(bgr|rgb|other|time_series)$/,
    because: "no conversion of colours is put before the network",
  }),
  always("--input_layout -l", LAYOUT, "NAME LAYOUT"),
  refused("--custom_io", "inputs and outputs keep the layouts and types of the model", "FILE"),
  words("--preserve_io", {
    description: "nothing: inputs and outputs keep layout and type in any case",
    translate: () => [],
  }, { optional: /^(layout|datatype)$/ }),
  refused("--dump_custom_io_config_template", TEMPLATE, "FILE"),
  always("--no_simplification -n", "no other simplifier is run"),
  same("batch", "--batch -b", "N"),
  refused("--define_symbol -s", "--input_dim gives the shapes of the inputs", "NAME VALUE"),
  same("disable-batchnorm-folding", "--disable_batchnorm_folding"),
  refused("--expand_lstm_op_structure", "an LSTM stays one layer"),
  refused("--keep_disconnected_nodes", "what no output needs is left out"),
  same("quantization-overrides", "--quantization_overrides", "FILE"),
  refused("--keep_quant_nodes", "QDQ nodes become overrides for quantizing"),
  same("model-version", "--model_version", "TEXT"),
  same("copyright-file", "--copyright_file", "FILE"),
  refused("--validation_target", TARGET, "RUNTIME PROCESSOR"),
  refused("--strict", TARGET),
  refused("--udo_config_paths -udo", CUSTOM, "FILE"),
  ...MESSAGE_OPTIONS,
  DEBUG_LEVEL,
];

/** What only `snpe-onnx-to-dlc` has. */
const ONNX_ONLY = new Set([
  "--batch",
  "--define_symbol",
  "--dry_run",
  "--expand_lstm_op_structure",
  "--no_simplification",
]);

/** Options of `snpe-tensorflow-to-dlc`. */
export const SNPE_TENSORFLOW_OPTIONS: readonly SnpeOption[] = [
  ...SNPE_CONVERTER_OPTIONS.filter(({ names: [name = ""] }) => !ONNX_ONLY.has(name)),
  same("saved-model-tag", "--saved_model_tag", "TAG"),
  same("saved-model-signature-key", "--saved_model_signature_key", "KEY"),
  same("show-unconsumed-nodes", "--show_unconsumed_nodes --allow_unconsumed_nodes"),
];

/** Options of `qairt-converter`. */
export const QAIRT_CONVERTER_OPTIONS: readonly SnpeOption[] = [
  ...SHARED,
  same("input-dim", "--source_model_input_shape -s", "NAME DIMS"),
  same("out-node", "--out_tensor_node", "NAME"),
  only("--source_model_input_datatype", {
    value: "NAME TYPE",
    allowed: /^(float32)$/,
    because: "inputs keep the types of the model",
  }),
  always("--source_model_input_layout", LAYOUT, "NAME LAYOUT"),
  refused("--desired_input_layout", LAYOUT, "NAME LAYOUT"),
  always("--source_model_output_layout", LAYOUT, "NAME LAYOUT"),
  refused("--desired_output_layout", LAYOUT, "NAME LAYOUT"),
  only("--desired_input_color_encoding -e", {
    value: "NAME ENCODING",
    allowed: /^(bgr|rgb|other|time_series)$/,
    because: "no conversion of colours is put before the network",
  }),
  always("--preserve_io_datatype", "inputs and outputs keep the types of the model"),
  refused("--config", TEMPLATE, "YAML"),
  refused("--dump_config_template", TEMPLATE, "FILE"),
  same("quantization-overrides", "--quantization_overrides -q", "FILE"),
  only("--export_format", {
    value: "FORMAT",
    allowed: /^(DLC_DEFAULT)$/,
    because: "encodings are kept and used only where they are asked for",
  }),
  refused("--target_backend", "the result is for every backend", "NAME"),
  ...MESSAGE_OPTIONS,
  DEBUG_LEVEL,
];
