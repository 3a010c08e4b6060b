import { CUSTOM, inputEncoding, only, SNPE_SHARED_OPTIONS } from "./converter_options.ts";
import { always, refused, same, type SnpeOption } from "./snpe_option.ts";

const PREPROCESSING = "values reach the network as the raw files hold them";

/** What the converters of Caffe and Caffe2 had in the first releases. */
const FIRST_RELEASES: readonly SnpeOption[] = [
  inputEncoding("--encoding --in_encoding", "ENCODING"),
  only("--in_type", {
    value: "TYPE",
    allowed: /^(default|image)$/,
    because: "inputs are tensors of numbers",
  }),
  always("--opaque_input", "inputs are tensors of numbers", "NAME"),
  refused("--reorder_list", "inputs and outputs keep the layout of the model", "NAMES"),
  refused("--enable_preprocessing", PREPROCESSING),
  always("--omit_preprocessing --skip_preprocessing", PREPROCESSING),
];

/** Options of `snpe-caffe-to-dlc`; `-c` and `-d` are those of its first releases. */
export const SNPE_CAFFE_OPTIONS: readonly SnpeOption[] = [
  same("input-network", "--input_network -i --caffe_txt -c", "FILE"),
  same("caffe-bin", "--caffe_bin -b", "FILE"),
  same("output-path", "--output_path -o --dlc -d", "FILE"),
  inputEncoding("--input_encoding -e", "NAME ENCODING"),
  refused("--udl", CUSTOM, "MODULE FUNCTION"),
  refused("--input_size", "--input-dim NAME 1,3,HEIGHT,WIDTH sets the shape", "WIDTH HEIGHT"),
  ...FIRST_RELEASES,
  ...SNPE_SHARED_OPTIONS,
];

/** Options of `snpe-caffe2-to-dlc`. */
export const SNPE_CAFFE2_OPTIONS: readonly SnpeOption[] = [
  same("input-network", "--predict_net -p --input_network", "FILE"),
  same("exec-net", "--exec_net -e", "FILE"),
  same("input-dim", "--input_dim -i", "NAME DIMS"),
  same("output-path", "--dlc -d --output_path -o", "FILE"),
  inputEncoding("--input_encoding", "NAME ENCODING"),
  refused("--udl", CUSTOM, "MODULE FUNCTION"),
  ...FIRST_RELEASES,
  ...SNPE_SHARED_OPTIONS,
];
