import { UnsupportedError } from "../../errors.ts";
import { MemorySource } from "../../io/mod.ts";
import { countElements } from "../data_type.ts";
import { isElementwise } from "../move_view.ts";
import { orderViews } from "../order_views.ts";
import { heldBytesPerElement } from "../tensor_data.ts";
import type { TensorReference, View } from "../tensor_reference.ts";
import { type TensorForm, viewResult } from "../view_result.ts";
import { simplifyAxes } from "./axis_order.ts";
import { BlocksReader } from "./blocks_reader.ts";
import { ConcatReader } from "./concat_reader.ts";
import type { ElementReader, ReaderLimits } from "./element_reader.ts";
import { ElementwiseReader } from "./elementwise_reader.ts";
import { PermuteBlocks } from "./permute_blocks.ts";
import { PermuteSlabs } from "./permute_slabs.ts";
import { RangeReader } from "./range_reader.ts";
import { SliceReader } from "./slice_reader.ts";
import { TaggedReader } from "./tagged_reader.ts";
import { VarintsReader } from "./varints_reader.ts";

const MAX_AXES = 8;

/** What a tensor asks of the memory it is read with. */
export interface ReadingNeeds {
  /** The most bytes that an element takes on its way. */
  readonly bytesPerElement: number;
  /** How many permutations work at the same time. */
  readonly permutations: number;
}

/** Finds out what a tensor asks of the memory it is read with. */
export function readingNeeds(reference: TensorReference): ReadingNeeds {
  const { storage, storedDtype, storedShape } = reference;
  const width = heldBytesPerElement(storedDtype);
  // Varints are decoded in 64 bits; a tag is a byte.
  let bytesPerElement = storage.kind === "varints"
    ? 8
    : storage.kind === "tagged"
    ? width + 1
    : width;
  let permutations = 0;
  let form: TensorForm = { dtype: storedDtype, shape: storedShape };
  for (const view of reference.views) {
    form = viewResult(form, view);
    bytesPerElement = Math.max(bytesPerElement, heldBytesPerElement(form.dtype));
    if (view.kind === "permute") permutations++;
  }
  for (const part of storage.kind === "concat" ? storage.parts : []) {
    const needs = readingNeeds(part);
    bytesPerElement = Math.max(bytesPerElement, needs.bytesPerElement);
    permutations += needs.permutations;
  }
  return { bytesPerElement, permutations };
}

/** Stacks the readers of a tensor: storage, then a reader for each view. */
export function openReader(reference: TensorReference, limits: ReaderLimits): ElementReader {
  const stored: TensorForm = { dtype: reference.storedDtype, shape: reference.storedShape };
  let reader = openStorage(reference, limits);
  let form = stored;
  for (const view of orderViews(stored, reference.views)) {
    reader = stackView(reader, { view, form, name: reference.name }, limits);
    form = viewResult(form, view);
  }
  return reader;
}

function openStorage(reference: TensorReference, limits: ReaderLimits): ElementReader {
  const { storage, name, storedDtype: dtype, storedShape } = reference;
  switch (storage.kind) {
    case "range":
      return new RangeReader(dtype, storage, limits);
    case "bytes": {
      const source = new MemorySource(storage.bytes, name);
      return new RangeReader(dtype, { source, offset: 0 }, limits);
    }
    case "varints": {
      const { source, offset, byteLength } = storage;
      const elements = countElements(storedShape);
      return new VarintsReader(dtype, { source, offset, byteLength, elements }, limits);
    }
    case "tagged":
      return new TaggedReader(dtype, storage, limits);
    case "concat":
      return new ConcatReader(
        { parts: storage.parts, axis: storage.axis, dtype },
        (part) => openReader(part, limits),
        limits,
      );
  }
}

function stackView(
  reader: ElementReader,
  { view, form, name }: { readonly view: View; readonly form: TensorForm; readonly name: string },
  limits: ReaderLimits,
): ElementReader {
  if (isElementwise(view)) return new ElementwiseReader(reader, { view, form }, limits);
  switch (view.kind) {
    case "reshape":
      return reader;
    case "slice":
      return new SliceReader(reader, { view, shape: form.shape }, limits);
    case "permute": {
      const axes = simplifyAxes({ shape: form.shape, order: view.order });
      if (axes.order.length < 2) return reader;
      if (axes.order.length > MAX_AXES) {
        throw new UnsupportedError(
          `Cannot permute tensor "${name}": ${axes.order.length} axes change places, at most ${MAX_AXES} are supported`,
        );
      }
      const inMemory = PermuteBlocks.bytesNeeded(axes, form.dtype) <= limits.permuteBytes;
      const producer = inMemory
        ? new PermuteBlocks(reader, axes, limits)
        : new PermuteSlabs(reader, axes, limits);
      return new BlocksReader(producer, limits);
    }
  }
}
