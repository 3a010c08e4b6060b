import { assert, assertEquals, assertThrows } from "@std/assert";
import { COMMANDS } from "../../../src/commands/mod.ts";
import { parseOptions } from "../../../src/commands/parse_options.ts";
import type { SnpeOption } from "../../../src/commands/snpe/snpe_option.ts";
import { SNPE_TOOLS, type SnpeTool } from "../../../src/commands/snpe/snpe_tools.ts";
import { translateWords } from "../../../src/commands/snpe/translate_words.ts";
import { UsageError } from "../../../src/commands/usage_error.ts";

function tool(name: string): SnpeTool {
  const found = SNPE_TOOLS.find(({ names }) => names.includes(name));
  assert(found !== undefined, name);
  return found;
}

function ownOptions({ command }: SnpeTool) {
  return COMMANDS.find(({ name }) => name === command)?.options ?? [];
}

/** Words for our command, and what was told. */
function translate(name: string, words: readonly string[]): { own: string[]; told: string[] } {
  const told: string[] = [];
  const own = translateWords(words, tool(name), {
    own: ownOptions(tool(name)),
    toolFirst: true,
    tell: (notice) => told.push(notice),
  });
  return { own, told };
}

function refusal(name: string, words: readonly string[]): string {
  return assertThrows(() => translate(name, words), UsageError).message;
}

/** The options of Qualcomm's pages, written down apart from the table that is tested. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  "snpe-dlc-quantize":
    `help verbose quiet silent debug debug1 debug2 debug3 log-mask log-file log-dir
    log-file-include-hostname input_dlc input_list output_dlc param_quantizer act_quantizer
    algorithms weights_bitwidth act_bitwidth bias_bitwidth float_bitwidth float_bias_bitwidth
    use_per_channel_quantization use_per_row_quantization enable_per_row_quantized_bias
    override_params float_fallback use_native_input_files use_native_output_files
    restrict_quantization_steps udo_package_path use_enhanced_quantizer
    use_adjusted_weights_quantizer use_symmetric_quantize_weights optimizations axis_quant bitwidth
    no_weight_quantization use_encoding_optimizations use_native_dtype enable_htp htp_socs
    overwrite_cache_records use_float_io enable_hta hta_partitions buffer_data_type`,
  "qairt-quantizer": `input_dlc output_dlc input_list enable_float_fallback apply_algorithms
    bias_bitwidth act_bitwidth weights_bitwidth float_bitwidth float_bias_bitwidth
    ignore_quantization_overrides use_per_channel_quantization use_per_row_quantization
    enable_per_row_quantized_bias preserve_io_datatype use_native_input_files
    use_native_output_files restrict_quantization_steps keep_weights_quantized
    adjust_bias_encoding act_quantizer_calibration param_quantizer_calibration
    act_quantizer_schema param_quantizer_schema percentile_calibration_value use_aimet_quantizer
    op_package_lib dump_encoding_json config export_stripped_dlc debug target_backend
    target_soc_model i o l f opl c`,
  "snpe-onnx-to-dlc": `input_network output_path out_node out_name input_dim input_type input_dtype
    input_encoding input_layout custom_io preserve_io dump_custom_io_config_template dry_run
    no_simplification batch define_symbol disable_batchnorm_folding expand_lstm_op_structure
    keep_disconnected_nodes quantization_overrides keep_quant_nodes float_bitwidth float_bw
    float_bias_bw model_version copyright_file validation_target strict udo_config_paths debug
    i o d t e l n b s udo opl cpl p opc`,
  "snpe-tensorflow-to-dlc": `input_network input_dim out_node show_unconsumed_nodes
    allow_unconsumed_nodes saved_model_tag saved_model_signature_key input_type input_dtype
    input_encoding input_layout disable_batchnorm_folding quantization_overrides keep_quant_nodes
    keep_disconnected_nodes output_path copyright_file model_version validation_target strict
    udo_config_paths debug graph dlc i d o`,
  "snpe-caffe-to-dlc": `input_network caffe_bin output_path caffe_txt dlc udl enable_preprocessing
    enable_strict_validation disable_batchnorm_folding input_type input_encoding input_layout
    quantization_overrides keep_quant_nodes copyright_file model_version validation_target strict
    udo_config_paths verbose debug i b o c d`,
  "snpe-caffe2-to-dlc": `predict_net exec_net input_dim dlc copyright_file model_version
    enable_preprocessing encoding opaque_input reorder_list verbose p e i d`,
  "qairt-converter": `input_network output_path source_model_input_shape out_tensor_node
    source_model_input_datatype source_model_input_layout desired_input_layout
    source_model_output_layout desired_output_layout desired_input_color_encoding
    preserve_io_datatype config dump_config_template dry_run quantization_overrides export_format
    float_bitwidth target_backend i o s e q`,
  "snpe-dlc-info": "input_dlc save display_memory display_all_encodings i s m d t",
  "snpe-net-run": `container input_list use_gpu use_dsp use_aip output_dir storage_dir debug
    encoding_type use_native_input_files use_native_output_files userbuffer_auto userbuffer_float
    userbuffer_floatN userbuffer_tf8 userbuffer_tfN userbuffer_tf8_output userbuffer_tfN_output
    userbuffer_memorymapped static_min_max perf_profile profiling_level enable_cpu_fallback
    input_name input_dimensions gpu_mode runtime_order set_output_tensors
    set_unconsumed_as_output udo_package_path duration timeout userlogs
    cache_compatibility_mode graph_init graph_execute priority_hint`,
};

Deno.test("SNPE_TOOLS know every option that Qualcomm's pages name", () => {
  for (const [name, names] of Object.entries(DOCUMENTED)) {
    const known = tool(name).options.flatMap((option) => option.names);
    for (const word of names.split(/\s+/)) {
      assert(known.includes(`-${word}`) || known.includes(`--${word}`), `${name} ${word}`);
    }
  }
});

Deno.test("SNPE_TOOLS have each name of an option once", () => {
  for (const { names: [name], options } of SNPE_TOOLS) {
    const names = options.flatMap((option) => option.names);
    assertEquals(names.filter((word, i) => names.indexOf(word) !== i), [], name);
  }
});

Deno.test("SNPE_TOOLS lead to options that the commands have, with as many words behind them", () => {
  for (const { options, ...rest } of SNPE_TOOLS) {
    for (const { names, value, meaning } of options) {
      if (meaning.kind !== "option") continue;
      const own = ownOptions({ options, ...rest }).find(({ name }) => name === meaning.name);
      assert(own !== undefined, `${rest.command} has no --${meaning.name}`);
      const words = { flag: 0, text: 1, list: 1, pairs: 2 }[own.kind];
      assertEquals(value?.split(" ").length ?? 0, words, names[0]);
    }
  }
});

/** A value that our command takes for an option of a tool. */
function exampleValues({ value, meaning }: SnpeOption, tool: SnpeTool): string[] {
  const own = meaning.kind === "option"
    ? ownOptions(tool).find(({ name }) => name === meaning.name)
    : undefined;
  const choice = own?.choices?.[0] ?? value?.split("|").at(-1) ?? "x";
  return value === undefined
    ? []
    : value.split(" ").map((_, i, all) =>
      i === all.length - 1 && all.length > 1 ? "float32" : choice
    );
}

Deno.test("translateWords() takes --opt=value and --opt value, - and _, for every option", () => {
  for (const entry of SNPE_TOOLS) {
    const [name = ""] = entry.names;
    for (const option of entry.options) {
      const [first = "", ...others] = exampleValues(option, entry);
      const outcomes = option.names.flatMap((spelling) =>
        [spelling, spelling.replaceAll("_", "-").replace(/^-(?!-)/, "-")].flatMap((written) => {
          const separate = first === "" ? [written] : [written, first, ...others];
          const joined = first === "" ? [written] : [`${written}=${first}`, ...others];
          return [separate, joined].map((words) => {
            try {
              return JSON.stringify(translate(name, words).own);
            } catch (error) {
              assert(error instanceof UsageError);
              return error.message.replace(/^Option \S+/, "");
            }
          });
        })
      );
      assertEquals(new Set(outcomes).size, 1, `${name} ${option.names[0]}: ${outcomes}`);
      const [outcome = ""] = outcomes;
      if (outcome.startsWith("[")) parseOptions(JSON.parse(outcome), ownOptions(entry));
      else assert(/ is refused: .{10}/.test(outcome), outcome);
    }
  }
});

Deno.test("translateWords() reads --use_enhanced_quantizer as SNPE 1.x does", () => {
  const enhanced = (...words: string[]) =>
    translate("snpe-dlc-quantize", ["--use_enhanced_quantizer", ...words]).own;
  const weights = "--param-quantizer=enhanced";
  const activations = "--act-quantizer=enhanced";
  assertEquals(enhanced(), [weights, activations]);
  assertEquals(enhanced("weights"), [weights]);
  assertEquals(enhanced("activations"), [activations]);
  assertEquals(enhanced("weights", "activations"), [weights, activations]);
  assertEquals(enhanced("--input_dlc", "weights"), [weights, activations, "--input-dlc=weights"]);
  assertEquals(translate("snpe-dlc-quantize", ["--use_enhanced_quantizer=weights"]).own, [weights]);
});

Deno.test("translateWords() turns deprecated options into those of today", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "--use_adjusted_weights_quantizer": ["--param-quantizer=adjusted"],
    "--use_symmetric_quantize_weights": ["--param-quantizer=symmetric"],
    "--axis_quant": ["--use-per-channel-quantization"],
    "--bitwidth=16": ["--weights-bitwidth=16", "--act-bitwidth=16"],
    "--no_weight_quantization": ["--no-weight-quantization"],
    "--use_native_dtype": ["--use-native-input-files"],
    "--float_bias_bitwidth=0": [],
    "--debug=3": ["--verbose"],
    "--debug1": ["--verbose"],
  };
  for (const [word, own] of Object.entries(cases)) {
    assertEquals(translate("snpe-dlc-quantize", [word]).own, own);
  }
});

Deno.test("translateWords() reads both generations of the converters' options", () => {
  const same = (tool: string, ...lines: string[]) => {
    const [first, ...others] = lines.map((line) => translate(tool, line.split(" ")).own);
    for (const other of others) assertEquals(other, first);
    return first;
  };
  assertEquals(
    same(
      "snpe-caffe-to-dlc",
      "-c a.prototxt -b a.caffemodel -d a.dlc",
      "--caffe_txt a.prototxt --caffe_bin=a.caffemodel --dlc a.dlc",
      "-i a.prototxt -b a.caffemodel -o a.dlc",
      "--input_network a.prototxt --caffe_bin a.caffemodel --output_path a.dlc",
    ),
    ["--input-network=a.prototxt", "--caffe-bin=a.caffemodel", "--output-path=a.dlc"],
  );
  assertEquals(
    same(
      "snpe-caffe2-to-dlc",
      "-p net.pb -e init.pb -i data 1,3,8,8 -d a.dlc",
      "--predict_net net.pb --exec_net init.pb --input_dim data 1,3,8,8 --dlc a.dlc",
    ),
    [
      ...["--input-network=net.pb", "--exec-net=init.pb", "--input-dim=data", "1,3,8,8"],
      "--output-path=a.dlc",
    ],
  );
  assertEquals(
    same(
      "snpe-tensorflow-to-dlc",
      "--graph g.pb -i x 1,8,8,3 --out_node y --dlc a.dlc --allow_unconsumed_nodes",
      "--input_network g.pb -d x 1,8,8,3 --out_node y -o a.dlc --show_unconsumed_nodes",
      "-i g.pb --input_dim x 1,8,8,3 --out_name y --output_path a.dlc --show_unconsumed_nodes",
    ),
    [
      ...["--input-network=g.pb", "--input-dim=x", "1,8,8,3", "--out-node=y"],
      ...["--output-path=a.dlc", "--show-unconsumed-nodes"],
    ],
  );
});

Deno.test("translateWords() uses overrides for qairt-quantizer unless it is told not to", () => {
  assertEquals(translate("qairt-quantizer", ["-i", "a"]).own, [
    "--override-params",
    "--input-dlc=a",
  ]);
  assertEquals(translate("qairt-quantizer", ["--ignore_quantization_overrides"]).own, []);
});

Deno.test("translateWords() tells what changes nothing", () => {
  assertEquals(translate("snpe-onnx-to-dlc", ["-n", "--preserve_io", "layout", "datatype"]), {
    own: [],
    told: ["Option -n changes nothing: no other simplifier is run"],
  });
});

Deno.test("translateWords() lets our options stand beside the tool's", () => {
  assertEquals(
    translate("snpe-net-run", ["--json", "--memory-limit", "1GiB", "--engine=wasm", "--debug"]).own,
    ["--json", "--memory-limit", "1GiB", "--engine=wasm", "--debug"],
  );
});

Deno.test("translateWords() refuses in one sentence", () => {
  const quantize = (...words: string[]) => refusal("snpe-dlc-quantize", words);
  assertEquals(
    quantize("--enable_htp"),
    "Option --enable_htp is refused: caches for one device are compiled by Qualcomm's " +
      "snpe-dlc-graph-prepare, which takes the result of this command",
  );
  assertEquals(
    quantize("--bitwidth", "8", "--act_bitwidth", "16"),
    "Options --bitwidth and --act_bitwidth exclude each other",
  );
  assertEquals(quantize("--input_dlc"), "Option --input_dlc lacks its value: PATH");
  assertEquals(quantize("--axis_quant=yes"), 'Option --axis_quant does not take "yes"');
  assertEquals(
    quantize("--use_enhanced_quantizer=bias"),
    'Option --use_enhanced_quantizer does not take "bias"',
  );
  assertEquals(
    quantize("--input_dcl", "a"),
    "Unknown option --input_dcl: the nearest is --input_dlc, see --help",
  );
  assertEquals(
    refusal("snpe-onnx-to-dlc", ["--input_encoding", "data", "nv21"]),
    'Option --input_encoding is refused: it does not take "nv21": no conversion of colours is put ' +
      "before the network",
  );
});

Deno.test("translateWords() names the option that was typed when ours does not take its value", () => {
  const cases = [
    ["--bitwidth=4", 'Option --bitwidth does not take "4": expected 8, 16'],
    ["--act_bitwidth=4", 'Option --act_bitwidth does not take "4": expected 8, 16'],
    ["--optimizations=x", 'Option --optimizations does not take "x": expected cle, bc'],
  ];
  for (const [word = "", message] of cases) {
    assertEquals(refusal("snpe-dlc-quantize", [word]), message);
  }
});
