import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { parsePrototxt } from "../../../../src/formats/caffe/read/parse_prototxt.ts";

function refuses(text: string, message: string): void {
  assertThrows(
    () => parsePrototxt(text, "a.prototxt"),
    FormatError,
    `Cannot read "a.prototxt" at ${message}`,
  );
}

Deno.test("parsePrototxt() reads every way of writing a value", () => {
  const net = parsePrototxt(
    `# a comment
    name: 'two ' "strings" # joined
    input_dim: [1, 0x10, 010, -1];
    layer < name: "a\\tb\\101\\x42" type: "Pooling", top: ["x", "y"]
      pooling_param: { pool: AVE kernel_size: 3 global_pooling: false } >
    layer { eltwise_param { coeff: 1 coeff: -.5 coeff: 2.f coeff: 1e-3 coeff: inf operation: 0 } }
    state { phase: TEST, stage: "deploy" level: 2 }`,
    "a.prototxt",
  );
  assertEquals(net.string("name"), "two strings");
  assertEquals(net.numbers("input_dim"), [1, 16, 8, -1]);
  const [pool, sum] = net.messages("layer");
  assertEquals(pool?.string("name"), "a\tbAB");
  assertEquals(pool?.strings("top"), ["x", "y"]);
  const settings = pool?.message("pooling_param");
  assertEquals(settings?.string("pool"), "AVE");
  assertEquals(settings?.number("kernel_size"), 3);
  assertEquals(settings?.number("stride"), 1);
  assertEquals(settings?.boolean("global_pooling"), false);
  const eltwise = sum?.message("eltwise_param");
  assertEquals(eltwise?.numbers("coeff"), [1, -0.5, 2, 0.001, Infinity]);
  assertEquals(eltwise?.string("operation"), "PROD");
  assertEquals(net.message("state").number("level"), 2);
});

Deno.test("parsePrototxt() skips what does not matter, whatever is in it", () => {
  const net = parsePrototxt(
    `layer { transform_param { scale: 1 anything { deep: [1, { x: "y" }] } } loss_weight: 1 }`,
    "a.prototxt",
  );
  assertEquals(net.messages("layer").length, 1);
});

Deno.test("parsePrototxt() names line and column of a syntax error", () => {
  refuses(
    `name: "a"\n  layer { name "x" }`,
    `line 2, column 16: found "x", expected ":" or "{" behind "name"`,
  );
  refuses(
    `layer {\n  name: "x"\n`,
    `line 3, column 1: found the end of the file, expected a field or "}"`,
  );
  refuses(`layer }`, `line 1, column 7: found "}", expected ":" or "{" behind "layer"`);
  refuses(`}`, `line 1, column 1: found "}", expected a field's name`);
  refuses(
    `name: "abc\nlayer {}`,
    `line 1, column 7: found "\\"", expected a string that ends on its line`,
  );
  refuses(`name: abc`, `line 1, column 7: found "abc", expected a quoted string for "name"`);
  refuses(`name: {}`, `line 1, column 7: found "{", expected a value for "name" (string)`);
  refuses(`name:`, `line 1, column 6: found the end of the file, expected a value for "name"`);
  refuses(`input_dim: 1.5`, `line 1, column 12: found "1.5", expected an integer for "input_dim"`);
  refuses(`input_dim: [1, 2`, `line 1, column 17: found the end of the file, expected "," or "]"`);
  refuses(`[a.b]: 1`, `line 1, column 1: found "[", expected a field's name (extensions`);
  refuses(
    `name: "a" name: "b"`,
    `line 1, column 11: found "name", expected "name" once in NetParameter`,
  );
  refuses(`name: "a" @`, `line 1, column 11: found "@", expected a name or value`);
  refuses(
    `layer { pooling_param { pool: MEAN } }`,
    `line 1, column 31: found "MEAN", expected MAX, AVE, STOCHASTIC for "pool"`,
  );
  refuses(
    `layer { pooling_param { kernel_size: -1 } }`,
    `line 1, column 38: found "-1", expected an integer from 0 for "kernel_size"`,
  );
  refuses(
    `layer { scale_param { bias_term: yes } }`,
    `line 1, column 34: found "yes", expected true or false for "bias_term"`,
  );
  refuses(`layer: 3`, `line 1, column 8: found "3", expected "{" behind "layer"`);
  refuses(`lauer {}`, `line 1, column 1: a network has no field "lauer", nearest is "layer"`);
});

Deno.test("parsePrototxt() notes fields that Caffe does not know, with their place", () => {
  const net = parsePrototxt(`layer {\n  relu_param { negativ_slope: 1 }\n}`, "a.prototxt");
  assertEquals(net.findUnknown()?.name, "negativ_slope");
  assertEquals(net.findUnknown()?.position(), "line 2, column 16");
});

Deno.test("parsePrototxt() reads comments, blanks and strings of any length", () => {
  const text = "x".repeat(10_000_000);
  const net = parsePrototxt(
    `${"# c\n".repeat(2_000_000)}name: "${text}"${" ".repeat(10_000_000)}`,
    "a.prototxt",
  );
  assertEquals(net.string("name"), text);
  refuses(
    `${"# c\n".repeat(2_000_000)} name: "${text}`,
    `line 2000001, column 8: found "\\"", expected a string that ends on its line`,
  );
});

Deno.test("parsePrototxt() refuses tensors as text", () => {
  assertThrows(
    () => parsePrototxt(`layer { blobs { data: 1 } }`, "a.prototxt"),
    UnsupportedError,
    'Cannot read "a.prototxt" at line 1, column 9: it holds tensors as text; weights are read from ' +
      "a binary caffemodel",
  );
});

Deno.test("parsePrototxt() refuses deep nesting", () => {
  const deep = "layer { x ".repeat(1) + "{ a ".repeat(100_000);
  refuses(deep, `line 1, column`);
});

Deno.test("parsePrototxt() reads or refuses any text in time that grows with its length", () => {
  const word = fc.constantFrom(
    ...[
      "layer",
      "{",
      "}",
      "<",
      ">",
      ":",
      '"a"',
      "'",
      '"',
      "[",
      "]",
      ",",
      ";",
      "#x",
      "\n",
      "1",
      "-1",
    ],
    ...["name", "pooling_param", "pool", "MAX", "type", "true", "1e9", "0x", "\\", "\0", "é"],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      try {
        parsePrototxt(words.join(" "), "a.prototxt");
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error;
      }
    }),
    { seed: 3, numRuns: 3000 },
  );
  const start = performance.now();
  parsePrototxt(`layer { name: "x" other: 1 }\n`.repeat(100_000), "a.prototxt");
  const seconds = (performance.now() - start) / 1000;
  if (seconds > 10) throw new Error(`It took ${seconds} s`);
});
