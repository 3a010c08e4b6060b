import { assertEquals } from "@std/assert";
import { calibrate, prepareModel, quantizeModel } from "../../src/quantize/mod.ts";
import { node, samplesOf, smallModel, tensor, value } from "../execute/_small_model.ts";

function geluNetwork() {
  return smallModel({
    inputs: [value("x", [1, 4])],
    nodes: [
      node("Div x,root -> u"),
      node("Erf u -> e"),
      node("Add e,one -> g"),
      node("Mul x,g -> p"),
      node("Mul p,half -> y"),
    ],
    values: ["u", "e", "g", "p", "y"].map((name) => value(name, [1, 4])),
    initializers: {
      root: tensor([], [Math.SQRT2]),
      one: tensor([], [1]),
      half: tensor([], [0.5]),
    },
  });
}

Deno.test("prepareModel() makes one Gelu of its formula, so that all that work on it see one output", async () => {
  const model = geluNetwork();
  const prepared = await prepareModel(model);
  assertEquals(prepared.nodes.map(({ operator }) => operator), ["Gelu"]);
  const calibration = await calibrate(model, samplesOf(tensor([1, 4], [-1, 0, 1, 2])));
  assertEquals([...calibration.observers.keys()].sort(), ["x", "y"]);
  const { encodings } = await quantizeModel(model, calibration);
  assertEquals([...encodings.activations.keys()].sort(), ["x", "y"]);
});
