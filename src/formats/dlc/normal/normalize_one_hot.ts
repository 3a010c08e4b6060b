import { intAttribute, type Node } from "../../../graph/mod.ts";
import { createTensorData } from "../../../tensor/mod.ts";
import { Composer, type Term } from "./composer.ts";
import { frontAxis } from "./front_axis.ts";
import { inputOf } from "./normal_graph.ts";
import type { Normalizer } from "./normalizer.ts";

/** Indices are compared with 0, 1, …, and with what counts from the end; a Where gives the values. */
export function normalizeOneHot(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const [depth = 1] = normalizer.numbers(node, 1) ?? [];
  const [off = 0, on = 1] = normalizer.numbers(node, 2) ?? [];
  const indices = composer.input(0);
  const rank = indices.shape.length + 1;
  const axis = frontAxis(intAttribute(node, "axis", -1), rank);
  const column = composer.reshape(indices, indices.shape.toSpliced(axis, 0, 1));
  const shape = Array<number>(rank).fill(1).with(axis, depth);
  const type = normalizer.type(inputOf(node, 0));
  const isAt = (first: number): Term => {
    const dtype = type === "int64" || type === "float32" ? type : "int32";
    const data = createTensorData(dtype, depth);
    for (let place = 0; place < depth; place++) {
      data[place] = data instanceof BigInt64Array ? BigInt(first + place) : first + place;
    }
    const places = normalizer.constant(`${node.name}.places`, { dtype, shape, data });
    return composer.apply("Equal", [column, composer.operand(places)]);
  };
  const value = (number: number): Term => {
    const dense = { dtype: "float32", shape: [1], data: Float32Array.of(number) } as const;
    return composer.operand(normalizer.constant(`${node.name}.value`, dense));
  };
  const isOn = composer.apply("Or", [isAt(0), isAt(-depth)]);
  composer.finish(composer.apply("Where", [isOn, value(on), value(off)]));
}
