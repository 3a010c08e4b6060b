import { FormatError } from "../../../errors.ts";
import {
  countElements,
  referenceRange,
  referenceTagged,
  type TensorReference,
  viewTensor,
} from "../../../tensor/mod.ts";
import type { CaffeBlob } from "../read/caffe_blob.ts";

/** The tensors of one layer. */
export class LayerWeights {
  readonly #layer: string;
  readonly #blobs: readonly CaffeBlob[] | undefined;
  readonly #file: string;

  /**
   * Takes the tensors.
   *
   * @param layer The name of the layer.
   * @param blobs Its tensors; `undefined` if no file has any for it.
   * @param file Where they should be.
   */
  constructor(layer: string, blobs: readonly CaffeBlob[] | undefined, file: string) {
    this.#layer = layer;
    this.#blobs = blobs;
    this.#file = file;
  }

  /** How many tensors there are. */
  get count(): number {
    return this.#blobs?.length ?? 0;
  }

  /** The dimensions of a tensor, if it is there. */
  shape(index: number): readonly number[] | undefined {
    return this.#blobs?.[index]?.shape;
  }

  /**
   * Describes a tensor as float32.
   *
   * @param index Its place in the layer.
   * @param what What it is, such as `weight`; its name is made of that.
   * @param shape The dimensions that the layer's settings ask for. Leading ones may be missing or
   *   too many, as in files of the time before `BlobShape`.
   * @throws {FormatError} If it is missing or has another shape.
   */
  tensor(index: number, what: string, shape: readonly number[]): TensorReference {
    const name = `${this.#layer}.${what}`;
    const blob = this.#blobs?.[index];
    if (blob === undefined) {
      const found = this.#blobs === undefined
        ? "no weights of that layer"
        : `${this.#blobs.length} blobs of that layer`;
      throw this.#error(name, `found ${found}, expected [${shape}] as blob ${index}`);
    }
    if (!sameShape(blob.shape, shape)) {
      throw this.#error(name, `its shape is [${blob.shape}], the layer needs [${shape}]`);
    }
    if (blob.data === undefined) {
      if (countElements(shape) > 0) throw this.#error(name, `blob ${index} has no data`);
      throw this.#error(name, `its shape is [${shape}], expected at least one element`);
    }
    const { tag, ...data } = blob.data;
    const reference = tag === undefined
      ? referenceRange({ name, shape, ...data })
      : referenceTagged({ name, shape, tag, ...data });
    return viewTensor(reference, { kind: "cast", dtype: "float32" });
  }

  #error(name: string, problem: string): FormatError {
    return new FormatError(`Cannot read tensor "${name}" of "${this.#file}": ${problem}`, {
      file: this.#file,
    });
  }
}

function sameShape(found: readonly number[], expected: readonly number[]): boolean {
  const [one, two] = [withoutLeadingOnes(found), withoutLeadingOnes(expected)];
  return one.length === two.length && one.every((size, axis) => size === two[axis]);
}

function withoutLeadingOnes(shape: readonly number[]): readonly number[] {
  const start = shape.findIndex((size) => size !== 1);
  return start < 0 ? [] : shape.slice(start);
}
