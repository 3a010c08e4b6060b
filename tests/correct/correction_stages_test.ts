import { assertEquals } from "@std/assert";
import { correctableLayers } from "../../src/correct/mod.ts";
import { correctionStages } from "../../src/correct/correction_stages.ts";
import type { Model } from "../../src/graph/mod.ts";
import { ints, node, noise, smallModel, value } from "../execute/_small_model.ts";
import { linearNetwork, mixedNetwork } from "./_networks.ts";

/** The outputs of each stage's nodes, and what is shifted there. */
function stagesOf(model: Model, quantized: ReadonlySet<string> = new Set()) {
  const { nodes, shifted } = correctionStages(model, {
    layers: correctableLayers(model),
    quantized,
  });
  const stages: string[][] = [];
  for (const { node, stage } of nodes) (stages[stage - 1] ??= []).push(...node.outputs);
  return { stages: stages.map((values) => values.join(" ")), shifted: [...shifted.keys()] };
}

Deno.test("correctionStages() begins a stage behind what does more than shift channels", () => {
  assertEquals(stagesOf(mixedNetwork()), {
    stages: [
      "c1",
      "r1 c2",
      // The convolution behind the sum pads nothing, so the correction of c3 shifts it evenly.
      "r2 c3 a c4",
      "s4 t5 p4",
      "r5 t6",
      "p6 j f g7",
      "r7 y",
    ],
    shifted: ["c1", "c2", "c3", "a", "c4", "t5", "t6", "g7", "y"],
  });
});

Deno.test("correctionStages() keeps layers together that shift each other evenly", () => {
  assertEquals(stagesOf(linearNetwork()), {
    // The Relu at the end is not needed.
    stages: ["c1 c2 c3 a c4 c5 d", "r4 c6 c7", "p6 f6 g8 g9"],
    shifted: ["c1", "c2", "c3", "a", "c4", "c5", "d", "c6", "c7", "g8", "g9"],
  });
});

Deno.test("correctionStages() begins a stage where a shifted value is quantized", () => {
  const { stages } = stagesOf(linearNetwork(), new Set(["c1", "a", "g9"]));
  assertEquals(stages, ["c1 c3", "c2", "a c4 c5 d", "r4 c6 c7", "p6 f6 g8 g9"]);
});

Deno.test("correctionStages() takes inputs and outputs that are left out for no values", () => {
  const image = [1, 3, 4, 4];
  const model = smallModel({
    inputs: [value("x", image)],
    nodes: [
      node("Conv x,w, -> c"),
      node("Relu c -> r"),
      node("MaxPool r -> p,", { kernel_shape: ints([1, 1]) }),
      node("Conv x,w, -> d"),
    ],
    values: ["c", "r", "p", "d"].map((name) => value(name, image)),
    outputs: ["p", "d"],
    initializers: { w: noise([3, 3, 1, 1], 1) },
  });
  assertEquals(stagesOf(model).stages, ["c d"]);
});
