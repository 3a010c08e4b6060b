import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { external, floats, message, model, node, value } from "./formats/onnx/_proto.ts";
import * as tensorflow from "./formats/tensorflow/_graph.ts";
import { runCliSession } from "./support/run_cli_session.ts";
import { ROOT } from "./support/serve_tree.ts";

const IN = [value("x", [1, 2])];
const OUT = [value("y", [1, 2])];
const RELU = model({ nodes: [node("Relu", ["x"], ["y"])], inputs: IN, outputs: OUT });

/** A model `y = x + w` whose constant is given or elsewhere. */
function sum(constant: Uint8Array): Uint8Array {
  const nodes = [node("Add", ["x", "w"], ["y"], { name: "add" })];
  return model({ nodes, inputs: IN, outputs: OUT, initializers: [constant] });
}

function elsewhere(entries: Readonly<Record<string, string>>): Uint8Array {
  return sum(external("w", [1, 2], entries));
}

function numbers(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** A copy with a 32-bit number at an offset replaced. */
function patched(bytes: Uint8Array, offset: number, number: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, number, true);
  return copy;
}

const DLC = await Deno.readFile(join(ROOT, "testdata/dlc/test_abs.dlc"));
const QUANTIZED = await Deno.readFile(join(ROOT, "testdata/dlc/test_abs_q.dlc"));
const CAFFE = await Deno.readFile(join(ROOT, "testdata/caffe/current.caffemodel"));
const CAFFE_TEXT = await Deno.readTextFile(join(ROOT, "testdata/caffe/current.prototxt"));
const PREDICT = await Deno.readFile(join(ROOT, "testdata/caffe2/network_predict.pb"));
const INIT = await Deno.readFile(join(ROOT, "testdata/caffe2/network_init.pb"));
const X = tensorflow.placeholder("x", [1, 2]);
/** Where the entry of the first member begins in the archive's directory. */
const DIRECTORY = new TextDecoder("latin1").decode(DLC).indexOf("PK\x01\x02");
/** Where its ZIP64 sizes are: behind the name and the tag of the extra field. */
const SIZES = DIRECTORY + 46 + "dlc.metadata".length + 4;

const FILES: Readonly<Record<string, Uint8Array | string>> = {
  "relu.onnx": RELU,
  "half.onnx": RELU.subarray(0, RELU.length / 2),
  "half.dlc": DLC.subarray(0, DLC.length / 2),
  "magic.onnx": new Uint8Array(64).fill(0xee),
  "empty.onnx": new Uint8Array(),
  "length.dlc": patched(patched(DLC, SIZES, 2 ** 31), SIZES + 8, 2 ** 31),
  "offset.dlc": patched(DLC, SIZES + 16, 2 ** 31),
  "length.onnx": message([1, 8], [7, RELU]).fill(0x7f, 3, 4),
  "quantized.dlc": QUANTIZED,
  "outside.onnx": elsewhere({ location: "../w.bin" }),
  "missing.onnx": elsewhere({ location: "none.bin" }),
  "short.onnx": elsewhere({ location: "w.bin", length: "8" }),
  "behind.onnx": elsewhere({ location: "w.bin", offset: "1000", length: "8" }),
  "w.bin": new Uint8Array(4),
  "twice.onnx": model({
    nodes: [node("Relu", ["x"], ["y"], { name: "a" }), node("Neg", ["x"], ["y"], { name: "b" })],
    inputs: IN,
    outputs: OUT,
  }),
  "cycle.onnx": model({
    nodes: [node("Add", ["x", "b"], ["a"]), node("Add", ["a", "x"], ["b"], { name: "n" })],
    inputs: IN,
    outputs: [value("a", [1, 2])],
  }),
  "unknown.onnx": model({
    nodes: [node("Relo", ["x"], ["y"], { name: "n\x1b[31m" })],
    inputs: IN,
    outputs: OUT,
  }),
  "nan.onnx": sum(floats("w", [1, 2], [1, NaN])),
  "infinity.onnx": sum(floats("w", [1, 2], [-Infinity, 1])),
  "root.onnx": model({
    nodes: [node("Sqrt", ["x"], ["s"]), node("Relu", ["s"], ["y"])],
    inputs: IN,
    outputs: OUT,
  }),
  "net.prototxt": CAFFE_TEXT,
  "net.caffemodel": CAFFE,
  "half.caffemodel": CAFFE.subarray(0, CAFFE.length / 2),
  "syntax.prototxt": `${CAFFE_TEXT}\nlayer { name "c }\n`,
  "deep.prototxt": "layer {".repeat(100_000),
  "huge.prototxt": `input: "data" input_dim: [1, 1000000000, 1, 1]
    layer { name: "n" type: "BatchNorm" bottom: "data" top: "n" }`,
  "predict.pb": PREDICT,
  "init.pb": INIT,
  "half.pb": INIT.subarray(0, INIT.length / 2),
  "loop.pb": tensorflow.graph([
    X,
    tensorflow.node("a", "Add", ["x", "b"]),
    tensorflow.node("b", "Relu", ["a"]),
    tensorflow.node("y", "Relu", ["b"]),
  ]),
  "calls.pb": tensorflow.graph([X, tensorflow.node("y", "f", ["x"])], [
    tensorflow.functionDef("f", {
      inputs: ["a"],
      nodes: [tensorflow.node("again", "f", ["a"])],
      result: "again:out:0",
    }),
  ]),
  "property.pb": tensorflow.graph([X, tensorflow.node("y", "constructor", ["x"])]),
  "good.raw": numbers(1, 2),
  "negative.raw": numbers(-1, 2),
  "wide.raw": numbers(1, 2, 3),
  "list.txt": "good.raw\n",
  "sixty.raw": new Uint8Array(240),
  "sixty.txt": "sixty.raw\n",
  "negative.txt": "negative.raw\n",
  "wide.txt": "wide.raw\n",
  "none.txt": "none.raw\n",
  "comment.txt": "# only a comment\n\n",
  "sections.json": "{}",
  "number.json": overrides({ bitwidth: 8, min: "a", max: 1 }),
  "order.json": overrides({ bitwidth: 8, min: 2, max: 1 }),
  "scale.json": overrides({ bitwidth: 8, scale: 0, offset: 0 }),
  "deep.json": "[".repeat(100_000),
};

function overrides(encoding: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ activation_encodings: { y: [encoding] }, param_encodings: {} });
}

const QUANTIZE = ["quantize", "relu.onnx", "-o", "out.dlc"];
const CALIBRATED = [...QUANTIZE, "-l", "list.txt"];

/** What is wrong, the words, the exit code and what the one line says. */
const CASES: readonly (readonly [string, readonly string[], 1 | 2, RegExp])[] = [
  ["a truncated ONNX file", ["convert", "half.onnx"], 1, /"half\.onnx": .* needs \d+ bytes/],
  ["a truncated DLC", ["info", "half.dlc"], 1, /found no end record.*may be truncated/],
  ["a wrong magic number", ["convert", "magic.onnx"], 1, /its first bytes are ee ee/],
  ["an empty file", ["info", "empty.onnx"], 1, /the file is empty/],
  ["a length past the end", ["info", "length.dlc"], 1, /stored size.*expected 2147483648/],
  ["an offset past the end", ["info", "offset.dlc"], 1, /found 2147483678, expected at most/],
  ["a field past the end", ["info", "length.onnx"], 1, /field 7 .* needs 127 bytes/],
  ["external data outside the folder", ["convert", "outside.onnx"], 1, /"w".*contains "\.\."/],
  ["missing external data", ["convert", "missing.onnx"], 1, /"w".*"none\.bin": there is no/],
  ["short external data", ["convert", "short.onnx"], 1, /"w".*takes 8 bytes .*the file has 4/],
  ["external data behind its file", ["convert", "behind.onnx"], 1, /from byte 1000 on.* has 4/],
  ["duplicate names", ["convert", "twice.onnx"], 1, /"y" is made twice, by node "a".*"b"/],
  ["a cycle", ["convert", "cycle.onnx"], 1, /depends on its own output.*expected no cycle/],
  ["an unknown operator", ["convert", "unknown.onnx"], 1, /node "n\\u001b\[31m".*nearest.*"Relu"/],
  [
    "a syntax error",
    ["convert", "syntax.prototxt", "-b", "net.caffemodel"],
    1,
    /"syntax\.prototxt".*line \d+, column \d+/,
  ],
  ["layers nested deep", ["convert", "deep.prototxt", "-b", "net.caffemodel"], 1, /deep/],
  ["channels without number", ["convert", "huge.prototxt", "-b", "net.caffemodel"], 1, /"n/],
  ["a truncated caffemodel", ["convert", "net.prototxt", "-b", "half.caffemodel"], 1, /"half\.caf/],
  ["no caffemodel", ["convert", "net.prototxt"], 1, /give the caffemodel with --caffe-bin/],
  ["no init net", ["convert", "predict.pb", "-d", "data", "1,3,8,8"], 1, /give the init net with/],
  [
    "a truncated init net",
    ["convert", "predict.pb", "-b", "half.pb", "-d", "data", "1,3,8,8"],
    1,
    /"half\.pb"/,
  ],
  [
    "an unknown blob",
    ["convert", "predict.pb", "-b", "init.pb", "-d", "z", "1"],
    2,
    /"predict.pb" has no such input/,
  ],
  ["a loop of nodes", ["convert", "loop.pb"], 1, /"[ab]".*own output, expected no cycle/],
  ["functions that call themselves", ["convert", "calls.pb"], 1, /call themselves are not/],
  ["an operator named like a property", ["convert", "property.pb"], 1, /"y" \(constructor\)/],
  ["weights beside a graph", ["convert", "loop.pb", "-b", "net.caffemodel"], 2, /it is no network/],
  [
    "NaN in weights",
    ["quantize", "nan.onnx", "-l", "list.txt"],
    1,
    /tensor "w": element 1 is NaN/,
  ],
  [
    "infinity in weights",
    ["quantize", "infinity.onnx", "-l", "list.txt"],
    1,
    /"w": element 0 is -Infinity/,
  ],
  [
    "NaN in activations",
    ["quantize", "root.onnx", "-l", "negative.txt"],
    1,
    /value "s" of sample 0: found NaN/,
  ],
  [
    "an input file of the wrong size",
    [...QUANTIZE, "-l", "wide.txt"],
    1,
    /line 1 names "wide\.raw", which has 12 bytes, expected 8/,
  ],
  ["a missing input file", [...QUANTIZE, "-l", "none.txt"], 1, /"none\.raw".* no such file/],
  ["an empty list", [...QUANTIZE, "-l", "comment.txt"], 1, /it names no input files/],
  ["a list that is no text", [...QUANTIZE, "-l", "magic.onnx"], 1, /it is not UTF-8 text/],
  [
    "no sample that is left",
    [...CALIBRATED, "--skip", "1"],
    1,
    /no sample of its 1 is left/,
  ],
  [
    "an output folder that is missing",
    ["quantize", "relu.onnx", "-l", "list.txt", "-o", "none/out.dlc"],
    1,
    /Cannot write "none\/out\.dlc": its folder does not exist/,
  ],
  ["an output that is a folder", ["convert", "relu.onnx", "-o", "."], 1, /"\.": it is a folder/],
  ["an output that is the input", ["convert", "relu.onnx", "-o", "relu.onnx"], 2, /is the input/],
  ["a missing folder of a report", [...CALIBRATED, "--report", "none/r"], 1, /"none\/r": its fold/],
  ["a full disk", ["FULL-DISK", "convert", "relu.onnx"], 1, /"relu\.dlc": no space is left/],
  ["a full disk at a report", ["FULL-DISK", "info", "relu.onnx", "--csv", "c"], 1, /no space/],
  [
    "an unusable results folder",
    ["run", "relu.onnx", "-l", "list.txt", "--output-dir", "w.bin"],
    1,
    /Cannot write "w\.bin/,
  ],
  ["a quantized model", ["quantize", "quantized.dlc", "-l", "sixty.txt"], 1, /already quantized/],
  ["a bad size", [...CALIBRATED, "--memory-limit", "12x"], 2, /Cannot read the size "12x"/],
  ["a memory limit too small", [...CALIBRATED, "--memory-limit", "4"], 2, /the memory limit/],
  ["a bad batch", ["convert", "relu.onnx", "--batch", "0"], 2, /--batch does not take "0"/],
  ["half a pair", ["convert", "relu.onnx", "-d", "x"], 2, /lacks its value: NAME 1,3,224,224/],
  ["an unknown input", ["convert", "relu.onnx", "-d", "z", "1,2"], 2, /"z".*nearest is "x"/],
  ["no copyright file", ["convert", "relu.onnx", "--copyright-file", "no"], 1, /"no": there is no/],
  ["a mode that does not exist", [...CALIBRATED, "--act-quantizer", "tg"], 2, /take "tg": expect/],
  ["a bit width that does not exist", [...CALIBRATED, "--act-bitwidth", "7"], 2, /take "7": expec/],
  ["adjusted activations", [...CALIBRATED, "--act-quantizer", "adjusted"], 2, /take "adjusted"/],
  [
    "asymmetric channels",
    [...CALIBRATED, "--use-per-channel-quantization", "--param-quantizer-schema", "asymmetric"],
    2,
    /asymmetric/,
  ],
  ["overrides without a section", [...CALIBRATED, "--overrides", "sections.json"], 1, /"sections/],
  ["overrides with text", [...CALIBRATED, "--overrides", "number.json"], 1, /"y".*min/],
  ["overrides with min > max", [...CALIBRATED, "--overrides", "order.json"], 1, /"y".*min/],
  ["overrides with scale 0", [...CALIBRATED, "--overrides", "scale.json"], 1, /"y".*scale/],
  ["overrides nested deep", [...CALIBRATED, "--overrides", "deep.json"], 1, /"deep\.json"/],
  ["ranges that are none", ["quantize", "relu.onnx", "--ranges", "sections.json"], 1, /"sections/],
];

Deno.test("cli.ts answers bad input with one line and an exit code and writes nothing", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  try {
    for (const [name, content] of Object.entries(FILES)) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(folder, name), bytes);
    }
    const before = await listing(folder);
    const results = await runCliSession(CASES.map(([, words]) => words), folder);
    for (const [index, [what, words, code, says]] of CASES.entries()) {
      await t.step(what, () => {
        const { stdout, stderr, ...result } = results[index] ??
          { code: NaN, stdout: "", stderr: "" };
        assertEquals(stdout, "");
        assertMatch(stderr, says);
        // One line, which is no stack and no message of the engine underneath.
        const command = words.find((word) => word !== "FULL-DISK");
        assertMatch(stderr, new RegExp(`^dlcstream ${command}: [^\\n]+\\n$`));
        assertEquals(/\n\s+at |undefined|\[object|call stack|os error/.test(stderr), false, stderr);
        assertEquals(result.code, code, stderr);
      });
    }
    await t.step("and leaves nothing behind", async () => {
      assertEquals(await listing(folder), before);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Names and sizes. */
async function listing(folder: string): Promise<readonly string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), async ({ name }) => {
    return `${name} ${(await Deno.stat(join(folder, name))).size}`;
  });
  return names.sort();
}
