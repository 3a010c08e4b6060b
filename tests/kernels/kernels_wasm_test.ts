import { assertEquals } from "@std/assert";

Deno.test("kernels.wasm imports nothing and has a memory of a fixed size", async () => {
  const url = new URL("../../src/kernels/kernels.wasm", import.meta.url);
  const module = await WebAssembly.compile(await Deno.readFile(url));
  assertEquals(WebAssembly.Module.imports(module), []);
  const { exports } = await WebAssembly.instantiate(module);
  const memory = exports.memory;
  assertEquals(memory instanceof WebAssembly.Memory && memory.buffer.byteLength, 2 ** 30);
});
