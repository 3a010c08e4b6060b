import { assertEquals, assertThrows } from "@std/assert";
import { CALIBRATE } from "../../src/commands/calibrate.ts";
import {
  ACTIVATION_MODE_OPTIONS,
  MODE_LISTS,
  MODE_OPTIONS,
  modeOptions,
} from "../../src/commands/mode_options.ts";
import type { Option } from "../../src/commands/option.ts";
import { parseOptions } from "../../src/commands/parse_options.ts";
import { UsageError } from "../../src/commands/usage_error.ts";
import { ENCODING_SCHEMAS, RANGE_METHODS } from "../../src/quantize/mod.ts";

const parse = (...words: readonly string[]) => modeOptions(parseOptions(words, MODE_OPTIONS));

const DEFAULTS = {
  activationBitwidth: 8,
  weightBitwidth: 8,
  biasBitwidth: 8,
  perChannel: false,
  perRow: false,
  perRowBias: false,
  quantizeParameters: true,
} as const;

Deno.test("modeOptions() leaves the choice to quantizeModel where nothing is asked for", () => {
  assertEquals(parse(), DEFAULTS);
});

Deno.test("modeOptions() takes modes, bits and channels", () => {
  assertEquals(
    parse(
      "--param_quantizer=adjusted",
      "--act_quantizer",
      "enhanced",
      "--weights-bitwidth=4",
      "--act-bitwidth=16",
      "--bias-bitwidth=32",
      "--use_per_channel_quantization",
      "--use-per-row-quantization",
      "--enable_per_row_quantized_bias",
      "--no-weight-quantization",
    ),
    {
      weightMethod: "adjusted",
      activationMethod: "enhanced",
      activationBitwidth: 16,
      weightBitwidth: 4,
      biasBitwidth: 32,
      perChannel: true,
      perRow: true,
      perRowBias: true,
      quantizeParameters: false,
    },
  );
});

Deno.test("modeOptions() takes calibrations and schemas as qairt-quantizer spells them", () => {
  assertEquals(
    parse(
      "--act-quantizer-calibration=percentile",
      "--act-quantizer-schema=unsignedsymmetric",
      "--percentile-calibration-value=99.9",
      "--param-quantizer-calibration=min-max",
      "--param-quantizer-schema=symmetric",
    ),
    {
      ...DEFAULTS,
      activationMethod: "percentile",
      activationSchema: "unsigned-symmetric",
      percentile: 99.9,
      weightMethod: "tf",
      weightSchema: "symmetric",
    },
  );
});

Deno.test("modeOptions() refuses modes and numbers that do not exist", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "--act-quantizer=adjusted",
      'Option --act-quantizer does not take "adjusted": expected tf, enhanced, symmetric, ' +
      "strict-symmetric, unsigned-symmetric, sqnr, mse, percentile, entropy, aimet-percentile, " +
      "aimet-mse, aimet-entropy",
    ],
    [
      "--param-quantizer-calibration=kl",
      'Option --param-quantizer-calibration does not take "kl": expected min-max, sqnr, mse, ' +
      "percentile, entropy",
    ],
    [
      "--weights-bitwidth=6",
      'Option --weights-bitwidth does not take "6": expected 4, 8, 16',
    ],
    [
      "--percentile-calibration-value=89",
      'Option --percentile-calibration-value does not take "89": expected 90 to 100',
    ],
    [
      "--percentile-calibration-value=",
      'Option --percentile-calibration-value does not take "": expected 90 to 100',
    ],
    [
      "--percentile-calibration-value=99",
      "Option --percentile-calibration-value goes with a percentile mode only",
    ],
    [
      "--minimum-range=-1",
      'Option --minimum-range does not take "-1": expected a number above 0, such as 0.01',
    ],
  ];
  for (const [word, message] of cases) {
    assertEquals(assertThrows(() => parse(word), UsageError).message, message);
  }
  assertEquals(
    assertThrows(() => parse("--act-quantizer=tf", "--act-quantizer-calibration=mse"), UsageError)
      .message,
    "Options --act-quantizer and --act-quantizer-calibration exclude each other; " +
      "--act-quantizer-schema goes with both",
  );
});

Deno.test("modeOptions() takes a least width of ranges", () => {
  assertEquals(parse("--minimum-range=0.0001"), { ...DEFAULTS, minimumRange: 0.0001 });
});

Deno.test("modeOptions() knows what goes with options of quantize", () => {
  const ranges: Option = { name: "ranges", kind: "text", description: "" };
  const algorithms: Option = { name: "algorithms", kind: "list", description: "" };
  const of = (...words: readonly string[]) =>
    modeOptions(parseOptions(words, [...MODE_OPTIONS, ranges, algorithms]));
  // The mode may be that of the file.
  assertEquals(of("--ranges=r.json", "--percentile-calibration-value=99").percentile, 99);
  assertEquals(
    assertThrows(() => of("--no-weight-quantization", "--algorithms=bc"), UsageError).message,
    "Options --no-weight-quantization and --algorithms bc exclude each other: biases are corrected " +
      "for the error of quantized weights",
  );
});

Deno.test("MODE_OPTIONS and MODE_LISTS come from the tables of methods and schemas", () => {
  const modes = Object.keys(RANGE_METHODS);
  const choicesOf = (name: string) =>
    MODE_OPTIONS.find((option) => option.name === name)?.choices ?? [];
  assertEquals(choicesOf("param-quantizer"), modes);
  assertEquals(choicesOf("act-quantizer"), modes.filter((name) => name !== "adjusted"));
  assertEquals(MODE_LISTS["Modes"]?.map(([name]) => name), modes);
  assertEquals(
    CALIBRATE.lists?.["Modes"]?.map(([name]) => name),
    modes.filter((name) => name !== "adjusted"),
  );
  assertEquals(Object.keys(CALIBRATE.lists ?? {}), ["Modes"]);
  assertEquals(MODE_LISTS["Schemas"]?.map(([name]) => name), Object.keys(ENCODING_SCHEMAS));
  assertEquals(ACTIVATION_MODE_OPTIONS.every(({ group }) => group === "Activations"), true);
});
