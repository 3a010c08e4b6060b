import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type ByteSource, readProtobufFields } from "../../../io/mod.ts";
import { suggestName } from "../../../nearest_name.ts";
import {
  byteLengthOf,
  countElements,
  readDense,
  referenceDense,
  referenceRange,
  type TensorReference,
} from "../../../tensor/mod.ts";
import { isSmallTensor } from "../proto/constant_reference.ts";
import { dataTypeOf, STRING_TYPE } from "../proto/tensorflow_data_type.ts";
import { type BundleEntry, readEntry, readHeader } from "./bundle_index.ts";
import { ChecksummedSource } from "./checksummed_source.ts";
import { readTable } from "./read_table.ts";

/**
 * A checkpoint in TensorFlow's bundle format: an index, a sorted table of tensors by key, and data
 * files beside it. Only the index is in memory; tensors are read from the data files as they are
 * needed, and checked.
 */
export class Checkpoint implements AsyncDisposable {
  readonly #index: ByteSource;
  readonly #prefix: string;
  readonly #entries: ReadonlyMap<string, BundleEntry>;
  readonly #shards: number;
  readonly #files = new Map<number, Promise<ByteSource>>();
  readonly #signal: AbortSignal | undefined;
  readonly #openFile: (path: string) => Promise<ByteSource>;

  private constructor(
    parts: {
      index: ByteSource;
      prefix: string;
      entries: ReadonlyMap<string, BundleEntry>;
      shards: number;
      signal: AbortSignal | undefined;
      openFile: (path: string) => Promise<ByteSource>;
    },
  ) {
    this.#index = parts.index;
    this.#prefix = parts.prefix;
    this.#entries = parts.entries;
    this.#shards = parts.shards;
    this.#signal = parts.signal;
    this.#openFile = parts.openFile;
  }

  /**
   * Reads the index of a checkpoint beside a model.
   *
   * @param model The model's file.
   * @param prefix What the names of the checkpoint's files begin with, such as
   *   `variables/variables`.
   * @param options Abort signal.
   * @throws {FormatError} If a file is missing or damaged.
   * @throws {UnsupportedError} If the checkpoint is compressed or big-endian.
   */
  static async open(
    model: ByteSource,
    prefix: string,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Checkpoint> {
    const openFile = (path: string) => model.openSibling(path);
    const index = await openIndex(prefix, openFile);
    try {
      const entries = new Map<string, BundleEntry>();
      let shards: number | undefined;
      for await (const entry of readTable(index, signal === undefined ? {} : { signal })) {
        if (entry.key === "") shards = await readHeader(index, entry);
        else entries.set(entry.key, await readEntry(index, entry));
      }
      if (shards === undefined) {
        throw new FormatError(
          `Cannot read the index of variables "${index.name}": it has no header`,
          { file: index.name },
        );
      }
      return new Checkpoint({ index, prefix, entries, shards, signal, openFile });
    } catch (error) {
      await index[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether there is a tensor of this key. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Describes a tensor; a small one is read into memory.
   *
   * @param key Its key.
   * @param name What the model calls it.
   * @throws {FormatError} If there is no such tensor, its data file is missing or too short, or its
   *   checksum is wrong (for a large one: when it is read).
   * @throws {UnsupportedError} If it is of another type, or stored in slices.
   */
  async tensor(key: string, name: string): Promise<TensorReference> {
    const entry = this.#entry(key);
    const subject = `tensor "${key}"`;
    if (entry.sliced) {
      throw new UnsupportedError(
        `Cannot read ${subject} of "${this.#index.name}": it is stored in slices; save the model ` +
          `without partitioned variables`,
      );
    }
    const dtype = dataTypeOf(entry.type, `${subject} of "${this.#index.name}"`);
    const { shape, byteLength, offset, checksum } = entry;
    const elements = shape === undefined ? 0 : countElements(shape);
    if (shape === undefined || byteLength !== byteLengthOf(dtype, elements)) {
      throw this.#error(
        key,
        `${dtype} of shape [${shape ?? "?"}] takes ${byteLengthOf(dtype, elements)} bytes, the ` +
          `index states ${byteLength}`,
      );
    }
    const file = await this.#file(key, entry);
    const source = new ChecksummedSource(file, { offset, byteLength, checksum, subject });
    const reference = referenceRange({ name, dtype, shape, source, offset, byteLength });
    if (!isSmallTensor(dtype, elements)) return reference;
    const options = this.#signal === undefined ? {} : { signal: this.#signal };
    return referenceDense(name, await readDense(reference, options));
  }

  /**
   * The object graph that TensorFlow 2 stores: for each variable's full name its key.
   *
   * @returns The keys; empty if the checkpoint has no object graph.
   */
  async objectKeys(): Promise<ReadonlyMap<string, string>> {
    const keys = new Map<string, string>();
    const entry = this.#entries.get("_CHECKPOINTABLE_OBJECT_GRAPH");
    if (entry?.type !== STRING_TYPE) return keys;
    const file = await this.#file("_CHECKPOINTABLE_OBJECT_GRAPH", entry);
    const range = await stringRange(file, entry);
    const message = "TrackableObjectGraph";
    for await (const node of readProtobufFields(file, range, { message })) {
      if (node.number !== 1) continue;
      for await (const attribute of readProtobufFields(file, node, { message })) {
        if (attribute.number !== 2) continue;
        let name = "";
        let key = "";
        for (const part of attribute.fields("SerializedTensor")) {
          if (part.number === 2) name = part.string();
          if (part.number === 3) key = part.string();
        }
        if (name !== "" && !keys.has(name)) keys.set(name, key);
      }
    }
    return keys;
  }

  /** Closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) {
      await file.then((source) => source[Symbol.asyncDispose](), () => {});
    }
    this.#files.clear();
    await this.#index[Symbol.asyncDispose]();
  }

  #entry(key: string): BundleEntry {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry;
    throw this.#error(key, `there is no such tensor${suggestName(key, this.#entries.keys())}`);
  }

  async #file(key: string, { shard, offset, byteLength }: BundleEntry): Promise<ByteSource> {
    if (shard < 0 || shard >= this.#shards) {
      throw this.#error(key, `it lies in data file ${shard}, there are ${this.#shards}`);
    }
    let opening = this.#files.get(shard);
    if (opening === undefined) {
      const number = (value: number) => `${value}`.padStart(5, "0");
      opening = this.#openFile(`${this.#prefix}.data-${number(shard)}-of-${number(this.#shards)}`);
      this.#files.set(shard, opening);
    }
    const file = await opening;
    if (offset >= 0 && byteLength >= 0 && offset + byteLength <= file.byteLength) return file;
    const ends = [...this.#entries.values()].filter((entry) => entry.shard === shard)
      .map((entry) => entry.offset + entry.byteLength);
    const end = ends.reduce((most, one) => Math.max(most, one), 0);
    // The same words whichever tensor finds it out, so that it is one problem.
    throw new FormatError(
      `Cannot read "${file.name}": it has ${file.byteLength} bytes, by the index of variables it ` +
        `has tensors up to byte ${end}`,
      { file: file.name, expected: `${end} bytes` },
    );
  }

  #error(key: string, problem: string): FormatError {
    const file = this.#index.name;
    return new FormatError(`Cannot read tensor "${key}" of "${file}": ${problem}`, { file });
  }
}

/** A checkpoint of the first version is a single file of another format. */
async function openIndex(
  prefix: string,
  openFile: (path: string) => Promise<ByteSource>,
): Promise<ByteSource> {
  try {
    return await openFile(`${prefix}.index`);
  } catch (error) {
    const single = await openFile(prefix).catch(() => undefined);
    if (single === undefined) throw error;
    await using file = single;
    throw new UnsupportedError(
      `Cannot read "${file.name}": it is a checkpoint of version 1; save it again with ` +
        `tf.compat.v1.train.Saver(write_version=2)`,
      { cause: error },
    );
  }
}

/** A single string is stored as its length, a checksum of that, and its bytes. */
async function stringRange(
  file: ByteSource,
  { offset, byteLength }: BundleEntry,
): Promise<{ readonly offset: number; readonly byteLength: number }> {
  const head = new Uint8Array(Math.min(10, byteLength));
  await file.read(head, offset);
  let length = 0;
  for (const [index, byte] of head.entries()) {
    length += (byte & 127) * 2 ** (7 * index);
    if (byte >= 128) continue;
    const start = index + 1 + 4;
    if (start + length !== byteLength) break;
    return { offset: offset + start, byteLength: length };
  }
  throw new FormatError(
    `Cannot read "${file.name}": the object graph at byte ${offset} does not have the ` +
      `${byteLength} bytes that the index states`,
    { file: file.name, offset },
  );
}
