import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../src/errors.ts";
import { type EngineName, openEngine } from "../../src/execute/mod.ts";
import { encodeOnnx } from "../../src/formats/onnx/mod.ts";
import { node, tensor } from "./_small_model.ts";

// Its threads live as long as the process; no test shall be blamed for them.
await openEngine({ engine: "wasm", threads: 2 });

const SCRIPT = new URL("./_open_engine.ts", import.meta.url);
const SOURCES = new URL("../../src/execute", import.meta.url).pathname;

/** Where the packages are: the engines read their own files there. */
async function packageFolder(): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] });
  const { npmCache } = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  return npmCache;
}

/** Runs the script with permissions; gives its last line, which must be all it prints. */
async function openWith(engine: EngineName | "auto", permissions: readonly string[]) {
  const args = ["run", "--no-prompt", "--quiet", ...permissions, SCRIPT.pathname, engine];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

Deno.test("openEngine() needs only ffi for native, beside reading this source tree", async () => {
  const permissions = ["--allow-ffi", `--allow-read=${SOURCES}`];
  const expected = { code: 0, stdout: "native -3\n", stderr: "" };
  assertEquals(await openWith("native", permissions), expected);
  assertEquals(await openWith("auto", permissions), expected);
});

Deno.test("openEngine() needs only its own package's files for wasm", async () => {
  const permissions = [`--allow-read=${SOURCES},${await packageFolder()}`];
  const expected = { code: 0, stdout: "wasm -3\n", stderr: "" };
  assertEquals(await openWith("wasm", permissions), expected);
  assertEquals(await openWith("auto", permissions), expected);
});

Deno.test("openEngine() says what is missing", async () => {
  const permissions = [`--allow-read=${SOURCES}`];
  const native = await openWith("native", permissions);
  assertMatch(
    native.stdout,
    /^UnsupportedError: Cannot load the engine "native": Requires ffi access to ".*", run again with the --allow-ffi flag; it needs --allow-ffi and the package onnxruntime-node, or take the engine "wasm"\n$/,
  );
  const wasm = await openWith("wasm", permissions);
  assertMatch(
    wasm.stdout,
    /^UnsupportedError: Cannot load the engine "wasm": no read access to ".*"; it needs the package onnxruntime-web and --allow-read for its folder\n$/,
  );
});

Deno.test("openEngine() says what is missing for either engine", async () => {
  const { stdout } = await openWith("auto", ["--allow-ffi"]);
  assertMatch(
    stdout,
    /^UnsupportedError: Cannot open an engine: Cannot load the engine "native": .*; Cannot load the engine "wasm": .*\n$/,
  );
});

Deno.test("openEngine() refuses a number of threads that is none", async () => {
  for (const threads of [0, -1, 1.5, NaN]) {
    await assertRejects(
      () => openEngine({ threads }),
      RangeError,
      `Cannot open the engine: "threads" is ${threads}, expected 1 or more`,
    );
  }
});

for (const name of ["native", "wasm"] satisfies EngineName[]) {
  Deno.test(`Engine writes outputs where it is told, ${name}`, async () => {
    const engine = await openEngine({ engine: name, threads: 2 });
    assertEquals(engine.name, name);
    const value = { name: "x", dtype: "float32", shape: [2] } as const;
    await using session = await engine.createSession(encodeOnnx({
      name: "two",
      nodes: [node("Neg x -> y"), node("Abs x -> __proto__")],
      inputs: [value],
      outputs: [{ ...value, name: "y" }, { ...value, name: "__proto__" }],
      initializers: new Map(),
    }));
    const inputs = new Map([["x", tensor([2], [3, -4])]]);
    const place = tensor(
      [2],
      new Float32Array(new WebAssembly.Memory({ initial: 1 }).buffer, 64, 2),
    );
    const results = await session.run(inputs, { into: new Map([["y", place]]) });
    assertEquals(results.get("y"), place);
    assertEquals(Array.from(place.data, Number), [-3, 4]);
    assertEquals(results.get("__proto__"), tensor([2], [3, 4]));
    assertEquals(
      await session.run(inputs, { outputs: ["__proto__"] }),
      new Map([["__proto__", tensor([2], [3, 4])]]),
    );
  });

  Deno.test(`Engine refuses bytes that are no model, ${name}`, async () => {
    const engine = await openEngine({ engine: name });
    await assertRejects(
      () => engine.createSession(Uint8Array.of(1, 2, 3)),
      UnsupportedError,
      "Cannot prepare a graph: Failed to load model because protobuf parsing failed.",
    );
  });
}
