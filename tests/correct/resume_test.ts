import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { quantizeCorrected, type QuantizeCorrectedOptions } from "../../src/correct/mod.ts";
import { FormatError } from "../../src/errors.ts";
import { openEngine } from "../../src/execute/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { referenceDense, type SampleSource } from "../../src/tensor/mod.ts";
import { OutputError } from "../../src/io/mod.ts";
import { node, noise, smallModel, tensor, value } from "../execute/_small_model.ts";
import { mixedNetwork, noiseSamples } from "./_networks.ts";

await openEngine({ engine: "wasm", threads: 2 });

const LAYERS = 8;

/** Calls `use` with a file in a folder of its own. */
async function withLog(use: (log: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  try {
    await use(join(folder, "out.dlc.resume.jsonl"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Interrupted {
  readonly model: Model;
  readonly samples: SampleSource;
  readonly options: QuantizeCorrectedOptions;
}

/** Runs until so many layers are corrected, then aborts. */
async function interrupt({ model, samples, options }: Interrupted, layers: number): Promise<void> {
  const controller = new AbortController();
  const log = options.log ?? "";
  await assertRejects(
    () =>
      quantizeCorrected(model, samples, {
        ...options,
        signal: controller.signal,
        onProgress({ stage }): void {
          if (stage !== "correct") return;
          const lines = Deno.readTextFileSync(log).split("\n").filter((line) =>
            line.startsWith('{"node"')
          );
          if (lines.length >= layers) controller.abort(new Error("stop"));
        },
      }),
    Error,
    "stop",
  );
}

function setUp(log: string): Interrupted {
  const model = mixedNetwork();
  return { model, samples: noiseSamples(model, 4), options: { weightBitwidth: 4, log } };
}

Deno.test("quantizeCorrected() goes on at the layer where it was interrupted, with the same result", async () => {
  const { model, samples } = setUp("");
  const whole = await quantizeCorrected(model, samples, { weightBitwidth: 4 });
  for (const layers of [1, 4, LAYERS - 1]) {
    await withLog(async (log) => {
      const run = setUp(log);
      await interrupt(run, layers);
      // What a kill leaves in the middle of a line does not count.
      await Deno.writeTextFile(log, '{"node":"make_y","corr', { append: true });
      const stages = new Set<string>();
      const resumed = await quantizeCorrected(model, samples, {
        ...run.options,
        resume: true,
        onProgress: ({ stage }) => void stages.add(stage),
      });
      assertEquals(stages.has("calibrate"), false);
      assertEquals(resumed.corrections, whole.corrections);
      assertEquals(resumed.encodings, whole.encodings);
      await assertRejects(() => Deno.stat(log), Deno.errors.NotFound);
    });
  }
});

Deno.test("quantizeCorrected() begins anew without resume, and where there is no log", async () => {
  await withLog(async (log) => {
    const run = setUp(log);
    const { model, samples, options } = run;
    const fresh = await quantizeCorrected(model, samples, { ...options, resume: true });
    await interrupt(run, 3);
    const stages = new Set<string>();
    const again = await quantizeCorrected(model, samples, {
      ...options,
      onProgress: ({ stage }) => void stages.add(stage),
    });
    assert(stages.has("calibrate"));
    assertEquals(again.corrections, fresh.corrections);
  });
});

Deno.test("quantizeCorrected() goes on from a log that was cut off in its first line", async () => {
  await withLog(async (log) => {
    const { model, samples, options } = setUp(log);
    await Deno.writeTextFile(log, '{"format":"dlcstream bias');
    const { corrections } = await quantizeCorrected(model, samples, { ...options, resume: true });
    assertEquals(corrections.size, LAYERS);
  });
});

Deno.test("quantizeCorrected() sees weights that change in their middle", async () => {
  // Longer than what the fingerprint reads at both ends, and with the same range.
  const network = (turned: boolean) => {
    const first = noise([256, 300], 1);
    const numbers = Array.from(first.data, Number);
    const middle = numbers.slice(38_000, 38_100);
    numbers.splice(38_000, 100, ...(turned ? middle.reverse() : middle));
    return smallModel({
      inputs: [value("x", [1, 256])],
      nodes: [
        node("Gemm x,w1 -> a"),
        node("Relu a -> r"),
        node("Gemm r,w2 -> b"),
        node("Gemm b,w3 -> y"),
      ],
      values: [
        value("a", [1, 300]),
        value("r", [1, 300]),
        value("b", [1, 4]),
        value("y", [1, 4]),
      ],
      initializers: {
        w1: tensor(first.shape, numbers),
        w2: noise([300, 4], 2),
        w3: noise([4, 4], 3),
      },
    });
  };
  await withLog(async (log) => {
    const model = network(false);
    const samples = noiseSamples(model, 2);
    await interrupt({ model, samples, options: { log } }, 1);
    await assertRejects(
      () => quantizeCorrected(network(true), samples, { log, resume: true }),
      RangeError,
      `Cannot resume from "${log}": it is of other weights`,
    );
    assertEquals(
      (await quantizeCorrected(model, samples, { log, resume: true })).corrections.size,
      3,
    );
  });
});

Deno.test("quantizeCorrected() sees changed samples also where all corrections are known", async () => {
  await withLog(async (log) => {
    const run = setUp(log);
    const { model, samples } = run;
    const { corrections } = await quantizeCorrected(model, samples, { weightBitwidth: 4 });
    await interrupt(run, 1);
    const lines = Array.from(corrections, ([node, correction]) => (
      `${JSON.stringify({ node, correction: [...correction] })}\n`
    ));
    await Deno.writeTextFile(log, lines.join(""), { append: true });
    const other: SampleSource = {
      ...samples,
      read: (index) => samples.read(index === 2 ? 3 : index),
    };
    await assertRejects(
      () => quantizeCorrected(model, other, { ...run.options, resume: true }),
      FormatError,
      "Cannot correct biases: sample 2 is not what it was when ranges were gathered",
    );
  });
});

Deno.test("quantizeCorrected() names a log that cannot be made", async () => {
  const { model, samples, options } = setUp("missing-folder/x.jsonl");
  await assertRejects(
    () => quantizeCorrected(model, samples, options),
    OutputError,
    "missing-folder/x.jsonl",
  );
});

Deno.test("quantizeCorrected() leaves no log where there is nothing to go on with", async () => {
  await withLog(async (log) => {
    const { model, options } = setUp(log);
    const samples: SampleSource = { length: 1, read: () => Promise.reject(new Error("no sample")) };
    await assertRejects(() => quantizeCorrected(model, samples, options), Error, "no sample");
    await assertRejects(() => Deno.stat(log), Deno.errors.NotFound);
  });
});

Deno.test("quantizeCorrected() refuses to go on with anything else", async () => {
  await withLog(async (log) => {
    const run = setUp(log);
    const { model, samples } = run;
    const options = { ...run.options, resume: true };
    await interrupt(run, 2);
    const before = await Deno.readTextFile(log);
    const refuses = async (
      promise: Promise<unknown>,
      message: string,
      type: typeof RangeError | typeof FormatError = RangeError,
    ) => {
      const error = await assertRejects(() => promise, type);
      assertEquals(error.message, message);
      assertEquals(await Deno.readTextFile(log), before);
    };
    const at = `Cannot resume from "${log}":`;
    await refuses(
      quantizeCorrected({ ...model, nodes: model.nodes.slice(0, 5) }, samples, options),
      `${at} it is of another network`,
    );
    await refuses(
      quantizeCorrected(model, noiseSamples(model, 5), options),
      `${at} it is of another number of samples`,
    );
    await refuses(
      quantizeCorrected(model, samples, { ...options, correctActivations: true }),
      `${at} it is of other options`,
    );
    const initializers = new Map(model.initializers);
    initializers.set("w3", referenceDense("w3", noise([8, 8, 1, 1], 99)));
    await refuses(
      quantizeCorrected({ ...model, initializers }, samples, options),
      `${at} it is of another network`,
    );
    await refuses(
      quantizeCorrected(model, samples, { ...options, correctionMode: "fast" }),
      `${at} it is of other options`,
    );
    const other: SampleSource = {
      ...samples,
      read: (index) => samples.read(index === 2 ? 3 : index),
    };
    const error = await assertRejects(() => quantizeCorrected(model, other, options), FormatError);
    assertEquals(
      error.message,
      "Cannot correct biases: sample 2 is not what it was when ranges were gathered",
    );
  });
});

for (
  const { what, text, message } of [
    { what: "other JSON", text: '{"a":1}\n', message: "found format null version null" },
    { what: "no JSON", text: "PK\x03\x04\n", message: "it is not JSON" },
    { what: "a list", text: "[[]]\n", message: "found format null" },
    { what: "a number", text: "5\n", message: "line 1 is no object" },
    { what: "a file of one line without end", text: "my notes", message: "it is no resume file" },
  ]
) {
  Deno.test(`quantizeCorrected() refuses to go on from ${what}`, async () => {
    await withLog(async (log) => {
      const { model, samples, options } = setUp(log);
      await Deno.writeTextFile(log, text);
      const error = await assertRejects(
        () => quantizeCorrected(model, samples, { ...options, resume: true }),
        FormatError,
      );
      assert(error.message.includes(message), error.message);
      assertEquals(await Deno.readTextFile(log), text);
    });
  });
}

Deno.test("quantizeCorrected() refuses a log whose entries are no corrections", async () => {
  for (
    const [from, to, message] of [
      [/"correction":\[[^,]*/, '"correction":["a"', `"make_c1" are no list of numbers`],
      [/"means":\{/, '"means":1,"x":{', "it has no means"],
      [/"checksums":\[/, '"checksums":[null,', "the checksums are no list of numbers"],
      [/\{"node"/, '{"n"', "an entry has n, correction"],
      [/"node":"make_c1"/, '"node":"make_a"', 'there is no layer "make_a" to correct'],
      [/"correction":\[/, '"correction":[1,', '"make_c1" are 9 numbers, expected 8'],
      [/"checksums":\[/, '"checksums":[7,', "the checksums are 5 numbers, expected 4"],
      [/"means":\{"c1":\[/, '"means":{"c1":[1,', 'the means of "c1" are 9 numbers, expected 8'],
    ] as const
  ) {
    await withLog(async (log) => {
      const run = setUp(log);
      await interrupt(run, 1);
      await Deno.writeTextFile(log, (await Deno.readTextFile(log)).replace(from, to));
      const error = await assertRejects(
        () => quantizeCorrected(run.model, run.samples, { ...run.options, resume: true }),
        FormatError,
      );
      assertEquals(error.message, `Cannot resume from "${log}": ${message}`);
    });
  }
});
