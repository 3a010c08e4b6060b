import { openModel, readChunks } from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";

const MODEL = "models/tf_frozen/fakequant_mlp_28x28/frozen_model.pb";

interface KnownTensor {
  readonly activation?: string;
  readonly weight_of?: string;
  readonly file?: string;
  readonly shape?: readonly [number, number];
  readonly scale: number;
  readonly zero_point: number;
}

/** The network's input and output have no FakeQuant node: TensorFlow's converter was told those. */
const NOT_IN_GRAPH = new Set(["flatten_input", "dense_1/Softmax"]);

/** FakeQuant nodes come out as the encodings that TensorFlow's own converter made of them. */
export const TENSORFLOW_FAKEQUANT: Check = {
  title: "FakeQuant nodes as TensorFlow's converter understands them (scale, zero point, codes)",
  columns: [
    { name: "tensor" },
    { name: "scale", align: "right" },
    { name: "expected", align: "right" },
    { name: "zero point", align: "right" },
    { name: "expected", align: "right" },
    { name: "different codes", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const { tensors } = await shared.json("data/vectors/tf_fakequant/expected.json") as {
      readonly tensors: readonly KnownTensor[];
    };
    await using model = await openModel(shared.path(MODEL));
    for (const known of tensors) {
      if (NOT_IN_GRAPH.has(known.activation ?? "")) continue;
      const weight = known.weight_of === undefined ? undefined : `${known.weight_of}/kernel`;
      // The encoding of the sum behind dense is that of the activation function behind it.
      const [encoding] = weight === undefined
        ? model.overrides.activations.get(known.activation ?? "")?.encodings ?? []
        : model.overrides.parameters.get(weight)?.encodings ?? [];
      const { scale = NaN, offset = NaN } = encoding ?? {};
      let different = 0;
      if (weight !== undefined && known.file !== undefined && known.shape !== undefined) {
        const codes = await Deno.readFile(shared.path("data/vectors/tf_fakequant", known.file));
        const [outputs, inputs] = known.shape;
        const tensor = model.initializers.get(weight);
        if (tensor === undefined) throw new RangeError(`There is no constant "${weight}"`);
        for await (const { offset: first, data } of readChunks(tensor)) {
          for (let index = 0; index < data.length; index++) {
            const place = first + index;
            const [input, output] = [Math.floor(place / outputs), place % outputs];
            const code = Math.round(Number(data[index]) / scale - offset);
            if (Math.min(Math.max(code, 1), 255) !== codes[output * inputs + input]) different++;
          }
        }
      }
      const same = Math.abs(scale - known.scale) <= 1e-7 * known.scale &&
        -offset === known.zero_point;
      yield {
        cells: [
          weight ?? known.activation ?? "",
          scale.toPrecision(9),
          known.scale.toPrecision(9),
          `${0 - offset}`,
          `${known.zero_point}`,
          weight === undefined ? "" : `${different}`,
        ],
        verdict: verdict(same && different <= 1),
      };
    }
  },
};
