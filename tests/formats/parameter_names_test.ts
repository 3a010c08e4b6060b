import { assertEquals } from "@std/assert";
import { parameterNames, restoreParameterNames } from "../../src/formats/parameter_names.ts";
import { convolutionModel, floats, node, smallModel } from "../quantize/small_model.ts";

const ENCODING = {
  encodings: [{ bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false }],
};

Deno.test("parameterNames() lists initializers by node and input", () => {
  assertEquals(parameterNames(convolutionModel()), [
    { node: "conv/node", position: 1, name: "w", elements: 4 },
    { node: "conv/node", position: 2, name: "b", elements: 2 },
    { node: "y/node", position: 1, name: "v", elements: 6 },
  ]);
});

Deno.test("restoreParameterNames() renames initializers, their readers and encodings", () => {
  const model = convolutionModel();
  const quantized = {
    ...model,
    encodings: { ...model.encodings, parameters: new Map([["w", ENCODING]]) },
  };
  const restored = restoreParameterNames(quantized, [
    { node: "conv/node", position: 1, name: "conv.weight", elements: 4 },
  ]);
  assertEquals([...restored.initializers.keys()], ["conv.weight", "b", "v"]);
  assertEquals(restored.initializers.get("conv.weight")?.name, "conv.weight");
  assertEquals(restored.nodes[0]?.inputs, ["x", "conv.weight", "b"]);
  assertEquals([...restored.encodings.parameters.keys()], ["conv.weight"]);
});

Deno.test("restoreParameterNames() leaves alone what does not fit or is in use", () => {
  const model = convolutionModel();
  const names = [
    { node: "none", position: 1, name: "a", elements: 4 },
    { node: "conv/node", position: 7, name: "a", elements: 4 },
    { node: "conv/node", position: 0, name: "a", elements: 8 },
    { node: "conv/node", position: 1, name: "a", elements: 5 },
    { node: "conv/node", position: 1, name: "relu", elements: 4 },
    { node: "conv/node", position: 1, name: "b", elements: 4 },
    { node: "conv/node", position: 1, name: "", elements: 4 },
  ];
  assertEquals([...restoreParameterNames(model, names).initializers.keys()], ["w", "b", "v"]);
});

Deno.test("restoreParameterNames() gives overrides of a shared weight to its copies", () => {
  const model = smallModel({
    inputs: { x: [1, 2] },
    outputs: ["z"],
    nodes: [node("MatMul", ["x", "y.w"], ["y"]), node("MatMul", ["y", "z.w"], ["z"])],
    constants: { "y.w": floats([2, 2], [1, 2, 3, 4]), "z.w": floats([2, 2], [1, 2, 3, 4]) },
    values: { y: [1, 2], z: [1, 2] },
  });
  const overrides = { ...model.overrides, parameters: new Map([["w", ENCODING]]) };
  const restored = restoreParameterNames({ ...model, overrides }, [
    { node: "y/node", position: 1, name: "w", elements: 4 },
    { node: "z/node", position: 1, name: "w", elements: 4 },
  ]);
  assertEquals([...restored.initializers.keys()], ["w", "z.w"]);
  assertEquals([...restored.overrides.parameters.keys()], ["w", "z.w"]);
});
