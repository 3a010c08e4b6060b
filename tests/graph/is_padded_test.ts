import { assertEquals } from "@std/assert";
import { type Attribute, isPadded } from "../../src/graph/mod.ts";

Deno.test("isPadded() goes by pads, or by what says how many there are", () => {
  const padded = (attributes: Record<string, Attribute>): boolean =>
    isPadded({ name: "n", operator: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes });
  const automatic = (value: string) => padded({ auto_pad: { type: "string", value } });
  assertEquals(padded({}), false);
  assertEquals(padded({ pads: { type: "ints", value: [0, 0, 0, 0] } }), false);
  assertEquals(padded({ pads: { type: "ints", value: [0, 0, 0, 1] } }), true);
  assertEquals(["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].map(automatic), [
    ...[false, false, true, true],
  ]);
});
