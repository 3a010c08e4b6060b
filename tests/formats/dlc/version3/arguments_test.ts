import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { DlcArgument } from "../../../../src/formats/dlc/mod.ts";
import {
  describeArguments,
  readArguments,
} from "../../../../src/formats/dlc/version3/arguments.ts";
import { table } from "../../../../src/formats/dlc/flatbuffer/mod.ts";
import { encode, openRoot } from "../flatbuffer/_buffers.ts";

const { argument } = fc.letrec<{ argument: DlcArgument }>((tie) => {
  const of = <K extends DlcArgument["kind"], V>(kind: K, value: fc.Arbitrary<V>) =>
    fc.record({ name: fc.string(), kind: fc.constant(kind), value });
  const single = fc.float({ noNaN: true });
  const unsigned = fc.nat(2 ** 32 - 1);
  return {
    argument: fc.oneof(
      { depthSize: "small" },
      of("boolean", fc.boolean()),
      of("int", fc.integer()),
      of("uint", unsigned),
      of("float", single),
      of("string", fc.string({ unit: "grapheme" })),
      of("bytes", fc.uint8Array().map((bytes) => Uint8Array.from(bytes))),
      of("ints", fc.array(fc.integer())),
      of("uints", fc.array(unsigned)),
      of("floats", fc.array(single)),
      of("strings", fc.array(fc.string())),
      of("nested", fc.array(tie("argument"), { maxLength: 4 })),
    ),
  };
});

Deno.test("readArguments reads what describeArguments described, for any tree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { maxLength: 8 }), async (list) => {
      const encoded = await encode(table({ 5: describeArguments(list) }));
      assertEquals(await readArguments(await openRoot(encoded), 5), list);
    }),
    { seed: 4, numRuns: 300 },
  );
});
