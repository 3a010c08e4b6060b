import { DEBUG_LEVEL, MESSAGE_OPTIONS } from "./message_options.ts";
import { always, refused, same, type SnpeOption, words } from "./snpe_option.ts";

/** Why operators of one's own are refused. */
export const CUSTOM = "operators of one's own cannot be translated; the model's own operators can";
const LAYOUT = "layouts follow from the operators; inputs and outputs keep those of the model";
const TARGET = "what a device can run is known to Qualcomm's tools only";
const TEMPLATE = "options are given on the command line";

/** Accepts some values, which are so in any case, and refuses the others. */
export function only(
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

/** What SNPE's converters and QAIRT's call alike. */
const SHARED: readonly SnpeOption[] = [
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
  refused("--op_package_config -opc", CUSTOM, "FILE"),
  ...MESSAGE_OPTIONS,
  DEBUG_LEVEL,
];

const packageName = refused("--package_name -p", CUSTOM, "NAME");

/** What all of SNPE's converters have, in releases from 2020 on. */
export const SNPE_SHARED_OPTIONS: readonly SnpeOption[] = [
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
  always("--input_layout -l", LAYOUT, "NAME LAYOUT"),
  refused("--custom_io", "inputs and outputs keep the layouts and types of the model", "FILE"),
  words("--preserve_io", {
    description: "nothing: inputs and outputs keep layout and type in any case",
    translate: () => [],
  }, { optional: /^(layout|datatype)$/ }),
  refused("--dump_custom_io_config_template", TEMPLATE, "FILE"),
  same("disable-batchnorm-folding", "--disable_batchnorm_folding"),
  refused("--keep_disconnected_nodes", "what no output needs is left out"),
  same("quantization-overrides", "--quantization_overrides", "FILE"),
  refused("--keep_quant_nodes", "QDQ nodes become overrides for quantizing"),
  same("model-version", "--model_version", "TEXT"),
  same("copyright-file", "--copyright_file", "FILE"),
  refused("--validation_target", TARGET, "RUNTIME PROCESSOR"),
  refused("--strict --enable_strict_validation", TARGET),
  refused("--udo_config_paths -udo", CUSTOM, "FILE"),
  ...SHARED,
];

/** How image inputs are encoded, which must be as the network has them. */
export function inputEncoding(names: string, value: string): SnpeOption {
  return only(names, {
    value,
    allowed: /^(bgr|rgb|other|time_series)$/,
    because: "no conversion of colours is put before the network",
  });
}

/** Options of `snpe-onnx-to-dlc`. */
export const SNPE_CONVERTER_OPTIONS: readonly SnpeOption[] = [
  same("input-network", "--input_network -i --model_path -m", "FILE"),
  same("output-path", "--output_path -o --dlc", "FILE"),
  same("out-node", "--out_node --out_name", "NAME"),
  same("input-dim", "--input_dim -d", "NAME DIMS"),
  same("batch", "--batch -b", "N"),
  inputEncoding("--input_encoding -e", "NAME ENCODING"),
  dryRun,
  always("--no_simplification -n", "no other simplifier is run"),
  refused("--define_symbol -s", "--input_dim gives the shapes of the inputs", "NAME VALUE"),
  refused("--expand_lstm_op_structure", "an LSTM stays one layer"),
  packageName,
  ...SNPE_SHARED_OPTIONS,
];

/** Options of `snpe-tensorflow-to-dlc`. Its first releases had `-i` for the shape of an input. */
export const SNPE_TENSORFLOW_OPTIONS: readonly SnpeOption[] = [
  same("input-network", "--input_network --graph", "FILE"),
  words("-i", {
    description: "`--input-network`; `--input-dim` where dimensions follow: `-i NAME 1,224,224,3`",
    translate: ([first = "", dimensions]) =>
      dimensions === undefined
        ? [`--input-network=${first}`]
        : [`--input-dim=${first}`, dimensions],
  }, { value: "FILE", optional: /^\d+([,x]\d+)*$/, optionalValue: "DIMS" }),
  same("output-path", "--output_path -o --dlc", "FILE"),
  same("out-node", "--out_node --out_name", "NAME"),
  same("input-dim", "--input_dim -d", "NAME DIMS"),
  inputEncoding("--input_encoding -e", "NAME ENCODING"),
  same("saved-model-tag", "--saved_model_tag", "TAG"),
  same("saved-model-signature-key", "--saved_model_signature_key", "KEY"),
  same("show-unconsumed-nodes", "--show_unconsumed_nodes --allow_unconsumed_nodes"),
  packageName,
  ...SNPE_SHARED_OPTIONS,
];

/** Options of `qairt-converter`. */
export const QAIRT_CONVERTER_OPTIONS: readonly SnpeOption[] = [
  same("input-network", "--input_network -i", "FILE"),
  same("output-path", "--output_path -o", "FILE"),
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
  inputEncoding("--desired_input_color_encoding -e", "NAME ENCODING"),
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
  dryRun,
  packageName,
  ...SHARED,
];
