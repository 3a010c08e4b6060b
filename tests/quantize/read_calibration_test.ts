import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { openSource } from "../../src/io/mod.ts";
import { Calibration, MinMaxObserver, readCalibration } from "../../src/quantize/mod.ts";

async function read(text: string): Promise<Calibration> {
  await using source = await openSource(new TextEncoder().encode(text), { name: "r.json" });
  return await readCalibration(source);
}

Deno.test("readCalibration() reads what a calibration writes", async () => {
  const observer = new MinMaxObserver();
  observer.observeRange({ min: -1, max: 3 });
  const written = new Calibration({
    model: "m",
    method: "tf",
    samples: 2,
    observers: new Map([["x", observer]]),
  });
  const restored = await read(JSON.stringify(written));
  assertEquals(restored.toJSON(), written.toJSON());
});

Deno.test("readCalibration() names the file that is no calibration", async () => {
  assertEquals(
    (await assertRejects(() => read("[1"), FormatError)).message,
    'Cannot read calibration "r.json": it is not JSON from character 2 on',
  );
  assertEquals(
    (await assertRejects(() => read("[]"), FormatError)).message,
    'Cannot read calibration "r.json": Cannot restore a calibration: the state is not an object',
  );
});
