import { CHANNELS_FIRST } from "../restore_names.ts";
import { badNode, unsupportedNode } from "../unsupported_node.ts";
import type { Attribute } from "../../../graph/mod.ts";
import type { NodeLowering } from "./node_lowering.ts";

/** Where the channels of an image operator are. */
export class ImageLayout {
  readonly #node: NodeLowering;
  /** Whether they come last, as they do by default. */
  readonly channelsLast: boolean;
  /** Number of spatial axes. */
  readonly spatialRank: number;

  /** Reads `data_format` of a node whose input 0, or the one given, is the image. */
  constructor(node: NodeLowering, { image = 0 }: { readonly image?: number } = {}) {
    const rank = node.shape(image).length;
    this.#node = node;
    this.spatialRank = rank - 2;
    const format = node.text("data_format", rank === 5 ? "NDHWC" : "NHWC");
    if (!/^N(C?D?HWC?)$/.test(format)) {
      throw unsupportedNode(node, `its data_format is "${format}"; supported are NHWC and NCHW`);
    }
    this.channelsLast = format.endsWith("C");
    if (rank < 3) throw badNode(node, `its image has ${rank} dimensions, expected 4`);
  }

  /** Whether an axis of the image is one of height and width. */
  isSpatial(axis: number): boolean {
    return this.channelsLast ? axis > 0 && axis <= this.spatialRank : axis > 1;
  }

  /** The image with its channels first. */
  async first(name: string): Promise<string> {
    return this.channelsLast ? await this.#node.model.channelsFirst(name) : name;
  }

  /** The numbers for spatial axes of an attribute with one number for each axis. */
  spatial(values: readonly number[]): readonly number[] {
    return this.channelsLast ? values.slice(1, -1) : values.slice(2);
  }

  /** The spatial numbers of a list attribute; those of batch and channels must be 1. */
  spatialAttribute(name: string): readonly number[] {
    const count = this.spatialRank;
    const values = this.#node.ints(name) ?? [];
    if (values.length === 0) return new Array<number>(count).fill(1);
    const spatial = this.spatial(values);
    if (values.length !== count + 2 || spatial.some((value) => value < 1)) {
      throw badNode(this.#node, `its ${name} are [${values}], expected ${count + 2} numbers`);
    }
    const others = [values[0], this.channelsLast ? values.at(-1) : values[1]];
    if (others.some((value) => value !== 1)) {
      throw unsupportedNode(
        this.#node,
        `its ${name} are [${values}]; supported is 1 for batch and channels`,
      );
    }
    return spatial;
  }

  /** `padding` as ONNX attributes. */
  padding(): Readonly<Record<string, Attribute>> {
    const padding = this.#node.text("padding", "");
    if (padding === "SAME") return { auto_pad: { type: "string", value: "SAME_UPPER" } };
    if (padding === "VALID") return {};
    if (padding !== "EXPLICIT") {
      throw unsupportedNode(
        this.#node,
        `its padding is "${padding}"; supported are SAME, VALID and EXPLICIT`,
      );
    }
    const explicit = this.#node.ints("explicit_paddings") ?? [];
    const pairs = Array.from(
      { length: explicit.length / 2 },
      (_, axis) => explicit.slice(2 * axis, 2 * axis + 2),
    );
    const spatial = this.channelsLast ? pairs.slice(1, -1) : pairs.slice(2);
    if (pairs.length !== this.spatialRank + 2 || explicit.some((value) => value < 0)) {
      throw badNode(this.#node, `its explicit_paddings are [${explicit}]`);
    }
    const value = [...spatial.map(([begin = 0]) => begin), ...spatial.map(([, end = 0]) => end)];
    return { pads: { type: "ints", value } };
  }

  /**
   * Adds the node that makes the result from images with their channels first.
   *
   * @param operator The ONNX operator.
   * @param inputs Its inputs.
   * @param attributes Its attributes.
   */
  async finish(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Promise<string> {
    if (!this.channelsLast) return await this.#node.finish(operator, inputs, attributes);
    const { model, name } = this.#node;
    const first = model.takeName(name + CHANNELS_FIRST);
    await model.addNode({ name, operator, inputs, outputs: [first], attributes });
    return await model.channelsLast(first, this.#node.resultName());
  }
}
