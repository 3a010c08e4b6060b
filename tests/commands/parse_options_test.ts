import { assertEquals, assertThrows } from "@std/assert";
import type { Option } from "../../src/commands/option.ts";
import { parseOptions } from "../../src/commands/parse_options.ts";
import { UsageError } from "../../src/commands/usage_error.ts";

const OPTIONS: readonly Option[] = [
  { name: "input-list", aliases: ["l"], kind: "text", value: "FILE", description: "" },
  { name: "input-dim", aliases: ["d"], kind: "pairs", description: "" },
  { name: "out-node", kind: "list", description: "" },
  { name: "json", kind: "flag", description: "" },
  { name: "engine", kind: "text", choices: ["native", "wasm"], description: "" },
];

Deno.test("parseOptions() takes both spellings, a letter, and = or a blank", () => {
  for (
    const words of [["--input-list", "a"], ["--input_list=a"], ["-l", "a"], ["--input-list=a"]]
  ) {
    assertEquals(parseOptions(words, OPTIONS).text("input-list"), "a");
  }
});

Deno.test("parseOptions() keeps values that look like numbers or options as text", () => {
  assertEquals(parseOptions(["--input-list", "007"], OPTIONS).text("input-list"), "007");
  assertEquals(parseOptions(["-l", "--odd--"], OPTIONS).text("input-list"), "--odd--");
  assertEquals(parseOptions(["-l=a=b"], OPTIONS).text("input-list"), "a=b");
});

Deno.test("parseOptions() collects lists and pairs in order", () => {
  const values = parseOptions(
    ["m.onnx", "-d", "data", "1,3,8,8", "--out-node", "x", "--input_dim=b", "1,2", "--out_node=y"],
    OPTIONS,
  );
  assertEquals(values.pairs("input-dim"), [["data", "1,3,8,8"], ["b", "1,2"]]);
  assertEquals(values.list("out-node"), ["x", "y"]);
  assertEquals(values.positionals, ["m.onnx"]);
  assertEquals(values.flag("json"), false);
});

Deno.test("parseOptions() takes everything behind -- as positional", () => {
  assertEquals(parseOptions(["--json", "--", "--input-list"], OPTIONS).positionals, [
    "--input-list",
  ]);
});

Deno.test("parseOptions() names the nearest option for an unknown one", () => {
  assertThrows(
    () => parseOptions(["--inputlist", "x"], OPTIONS),
    UsageError,
    "Unknown option --inputlist: the nearest is --input-list, see --help",
  );
});

Deno.test("parseOptions() refuses missing, superfluous and foreign values", () => {
  assertThrows(
    () => parseOptions(["--input-list"], OPTIONS),
    UsageError,
    "Option --input-list lacks its value: FILE",
  );
  assertThrows(
    () => parseOptions(["--json=1"], OPTIONS),
    UsageError,
    "Option --json takes no value",
  );
  assertThrows(
    () => parseOptions(["--engine", "gpu"], OPTIONS),
    UsageError,
    'Option --engine does not take "gpu": expected native, wasm',
  );
});
