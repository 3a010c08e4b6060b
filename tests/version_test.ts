import { assertEquals } from "@std/assert";
import { VERSION } from "dlcstream";
import configuration from "../deno.json" with { type: "json" };

Deno.test("VERSION is the version of deno.json", () => {
  assertEquals(VERSION, configuration.version);
});
