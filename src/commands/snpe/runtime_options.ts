import { MESSAGE_OPTIONS } from "./message_options.ts";
import { always, refused, same, type SnpeOption } from "./snpe_option.ts";

const HARDWARE = "networks run on the processor of this computer";
const BUFFERS = "raw files hold float32, or the inputs' own types";
const PROFILE = "times measured here say nothing about a device";

/** Options of `snpe-dlc-info` and `qairt-dlc-info`. */
export const INFO_OPTIONS: readonly SnpeOption[] = [
  same("input-dlc", "--input_dlc -i", "PATH"),
  same("csv", "--save -s", "FILE"),
  refused("--display_memory -m", "memory at run time is known to Qualcomm's runtimes only"),
  refused("--display_all_encodings -d", "`info --json` shows all encodings"),
  refused("-t", "what it shows is known to Qualcomm only"),
  ...MESSAGE_OPTIONS,
];

/** Options of `snpe-net-run`. */
export const NET_RUN_OPTIONS: readonly SnpeOption[] = [
  same("container", "--container", "FILE"),
  same("input-list", "--input_list", "FILE"),
  same("output-dir", "--output_dir", "DIR"),
  same("debug", "--debug"),
  same("set-output-tensors", "--set_output_tensors", "NAMES"),
  same("use-native-input-files", "--use_native_input_files"),
  refused("--use_native_output_files", "outputs are written as float32"),
  always("--userbuffer_float", BUFFERS),
  always("--enable_cpu_fallback", HARDWARE),
  ...["--use_gpu", "--use_dsp", "--use_aip", "--userbuffer_memorymapped"]
    .map((name) => refused(name, HARDWARE)),
  ...["--runtime_order", "--gpu_mode", "--priority_hint", "--cache_compatibility_mode"]
    .map((name) => refused(name, HARDWARE, "VALUE")),
  ...["--userbuffer_auto", "--userbuffer_tf8", "--userbuffer_tf8_output", "--static_min_max"]
    .map((name) => refused(name, BUFFERS)),
  ...[
    "--userbuffer_floatN",
    "--userbuffer_floatN_output",
    "--userbuffer_tfN",
    "--userbuffer_tfN_output",
    "--encoding_type",
  ].map((name) => refused(name, BUFFERS, "VALUE")),
  ...["--perf_profile", "--profiling_level", "--duration", "--userlogs"]
    .map((name) => refused(name, PROFILE, "VALUE")),
  refused("--timeout", "Ctrl-C ends a run", "SECONDS"),
  refused("--storage_dir", "nothing is kept between runs", "DIR"),
  refused("--input_name", "`convert --input-dim` sets shapes", "NAME"),
  refused("--input_dimensions", "`convert --input-dim` sets shapes", "DIMS"),
  refused("--set_unconsumed_as_output", "`--debug` writes every layer's output"),
  refused("--graph_init", "a network is one graph", "NAMES"),
  refused("--graph_execute", "a network is one graph", "NAMES"),
  refused("--udo_package_path", "libraries of operators are compiled for a device", "PATH"),
  ...MESSAGE_OPTIONS,
];
