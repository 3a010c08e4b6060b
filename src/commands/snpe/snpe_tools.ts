import { SNPE_CAFFE2_OPTIONS, SNPE_CAFFE_OPTIONS } from "./caffe_options.ts";
import {
  QAIRT_CONVERTER_OPTIONS,
  SNPE_CONVERTER_OPTIONS,
  SNPE_TENSORFLOW_OPTIONS,
} from "./converter_options.ts";
import { QAIRT_QUANTIZER_OPTIONS, SNPE_QUANTIZER_OPTIONS } from "./quantizer_options.ts";
import { INFO_OPTIONS, NET_RUN_OPTIONS } from "./runtime_options.ts";
import type { SnpeOption } from "./snpe_option.ts";

/** A tool of SNPE or QAIRT that a command stands in for. */
export interface SnpeTool {
  /** Its names, the usual one first. */
  readonly names: readonly string[];
  /** The command of ours. */
  readonly command: string;
  /** Its table of options. */
  readonly options: readonly SnpeOption[];
  /** Words that stand for what the tool does without being asked, and the option that forbids it. */
  readonly implied?: { readonly words: readonly string[]; readonly unless: string };
}

/** Every tool that commands stand in for. */
export const SNPE_TOOLS: readonly SnpeTool[] = [
  {
    names: ["snpe-dlc-quantize", "snpe-dlc-quant"],
    command: "quantize",
    options: SNPE_QUANTIZER_OPTIONS,
  },
  {
    names: ["qairt-quantizer"],
    command: "quantize",
    options: QAIRT_QUANTIZER_OPTIONS,
    implied: { words: ["--override-params"], unless: "--ignore_quantization_overrides" },
  },
  { names: ["snpe-caffe-to-dlc"], command: "convert", options: SNPE_CAFFE_OPTIONS },
  { names: ["snpe-caffe2-to-dlc"], command: "convert", options: SNPE_CAFFE2_OPTIONS },
  { names: ["snpe-onnx-to-dlc"], command: "convert", options: SNPE_CONVERTER_OPTIONS },
  {
    names: ["snpe-tensorflow-to-dlc"],
    command: "convert",
    options: SNPE_TENSORFLOW_OPTIONS,
  },
  { names: ["qairt-converter"], command: "convert", options: QAIRT_CONVERTER_OPTIONS },
  { names: ["snpe-dlc-info", "qairt-dlc-info"], command: "info", options: INFO_OPTIONS },
  { names: ["snpe-net-run"], command: "run", options: NET_RUN_OPTIONS },
];
