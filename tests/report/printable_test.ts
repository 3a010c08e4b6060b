import { assertEquals } from "@std/assert";
import { printable } from "../../src/report/mod.ts";

Deno.test("printable() writes control characters as JSON does and keeps line ends and tabs", () => {
  assertEquals(printable("\x1b[31mred\x07\x9b\x7f"), "\\u001b[31mred\\u0007\\u009b\\u007f");
  assertEquals(printable("a\tb\nü 层"), "a\tb\nü 层");
});

Deno.test("printable() leaves a JSON document the same to a parser", () => {
  const value = { "\x1b]0;": "\u009b\u007f\n" };
  assertEquals(JSON.parse(printable(JSON.stringify(value, null, 2))), value);
});
