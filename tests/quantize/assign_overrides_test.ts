import { assertEquals } from "@std/assert";
import { assignOverrides } from "../../src/quantize/mod.ts";
import { convolutionModel } from "./small_model.ts";

const ENCODING = {
  encodings: [{ bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false }],
};

Deno.test("assignOverrides() moves entries to the section of their tensor", () => {
  const float = { kind: "float", bitwidth: 16 } as const;
  const { activations, parameters, types } = assignOverrides(convolutionModel(), {
    activations: new Map([["w", ENCODING], ["relu", ENCODING], ["none", ENCODING]]),
    parameters: new Map([["y", ENCODING], ["b", ENCODING], ["nothing", ENCODING]]),
    types: { activations: new Map([["v", float]]), parameters: new Map() },
  });
  assertEquals([...activations.keys()], ["relu", "none", "y"]);
  assertEquals([...parameters.keys()], ["w", "b", "nothing"]);
  assertEquals([...types?.parameters ?? []], [["v", float]]);
  assertEquals(types?.activations.size, 0);
});
