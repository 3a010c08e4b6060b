import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { Checkpoint } from "../../../../src/formats/tensorflow/checkpoint/checkpoint.ts";
import { ChecksummedSource } from "../../../../src/formats/tensorflow/checkpoint/checksummed_source.ts";
import { crc32c, maskCrc32c } from "../../../../src/formats/tensorflow/checkpoint/crc32c.ts";
import { openModel } from "../../../../src/formats/mod.ts";
import { openSource } from "../../../../src/io/mod.ts";
import { readDense } from "../../../../src/tensor/mod.ts";
import { TESTDATA } from "../_references.ts";

const FILES = [
  "saved_model.pb",
  "variables/variables.index",
  "variables/variables.data-00000-of-00001",
] as const;

/** A copy of a SavedModel that a test may damage. */
async function copyModel(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(join(path, "variables"));
  for (const file of FILES) {
    await Deno.copyFile(new URL(`saved_model_v1/${file}`, TESTDATA), join(path, file));
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function refusal(path: string): Promise<string> {
  const error = await assertRejects(() => openModel(path), FormatError);
  assertEquals(error.message.split("\n").length, 1);
  return error.message.replaceAll(path, "MODEL");
}

/** Changes a file. */
async function change(file: string, edit: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await Deno.writeFile(file, edit(await Deno.readFile(file)));
}

Deno.test("Checkpoint reads tensors of all data files by their keys", async () => {
  const meta = await openSource(new URL("checkpoint/model.ckpt.meta", TESTDATA));
  await using checkpoint = await Checkpoint.open(meta, "model.ckpt");
  assert(checkpoint.has("conv/kernel"));
  for (const [key, shape] of [["conv/kernel", [3, 3, 3, 8]], ["dense/bias", [5]]] as const) {
    const tensor = await checkpoint.tensor(key, "w");
    assertEquals([tensor.name, tensor.dtype, tensor.shape], ["w", "float32", [...shape]]);
    assert((await readDense(tensor)).data.every((value) => Number.isFinite(Number(value))));
  }
  const error = await assertRejects(() => checkpoint.tensor("dense/biass", "w"), FormatError);
  assert(error.message.endsWith('there is no such tensor, nearest is "dense/bias"'), error.message);
  await meta[Symbol.asyncDispose]();
});

Deno.test("Checkpoint finds keys in the object graph of TensorFlow 2", async () => {
  const model = await openSource(new URL("saved_model_keras/saved_model.pb", TESTDATA));
  await using checkpoint = await Checkpoint.open(model, "variables/variables");
  const keys = await checkpoint.objectKeys();
  assert(keys.size > 0);
  for (const key of keys.values()) assert(key === "" || checkpoint.has(key), key);
  await model[Symbol.asyncDispose]();
});

Deno.test("openModel() refuses a SavedModel whose files of variables are missing", async () => {
  await using model = await copyModel();
  const [, index, data] = FILES;
  await Deno.remove(join(model.path, data));
  assertEquals(
    await refusal(model.path),
    'Cannot open "MODEL/variables/variables.data-00000-of-00001": there is no such file',
  );
  await Deno.remove(join(model.path, index));
  assertEquals(
    await refusal(model.path),
    'Cannot open "MODEL/variables/variables.index": there is no such file',
  );
  await Deno.remove(join(model.path, "saved_model.pb"));
  assertEquals(
    await refusal(model.path),
    'Cannot open "MODEL/saved_model.pb": there is no such file',
  );
});

Deno.test("openModel() refuses a SavedModel with a wrong byte among its variables", async () => {
  await using model = await copyModel();
  await change(join(model.path, FILES[2]), (bytes) => {
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return bytes;
  });
  const message = await refusal(model.path);
  assert(
    /^Cannot read tensor "net\/conv\/kernel" of "MODEL\/variables\/variables.data-00000-of-00001": its checksum is [0-9a-f]{8}, expected [0-9a-f]{8}; the file is damaged$/
      .test(message),
    message,
  );
});

Deno.test("openModel() refuses a SavedModel whose data file is cut off", async () => {
  await using model = await copyModel();
  await change(join(model.path, FILES[2]), (bytes) => bytes.subarray(0, -1));
  assertEquals(
    await refusal(model.path),
    'Cannot read "MODEL/variables/variables.data-00000-of-00001": it has 2195 bytes, by the index ' +
      "of variables it has tensors up to byte 2196",
  );
});

Deno.test("openModel() refuses a checkpoint of version 1", async () => {
  const path = await Deno.makeTempDir();
  try {
    const meta = join(path, "model.ckpt.meta");
    await Deno.copyFile(new URL("checkpoint/model.ckpt.meta", TESTDATA), meta);
    await Deno.writeTextFile(join(path, "model.ckpt"), "a table of another kind");
    const error = await assertRejects(() => openModel(meta), UnsupportedError);
    assertEquals(
      error.message.replace(path, "FOLDER"),
      'Cannot read "FOLDER/model.ckpt": it is a checkpoint of version 1; save it again with ' +
        "tf.compat.v1.train.Saver(write_version=2)",
    );
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("openModel() refuses an index of variables with any byte changed or cut off", async () => {
  await using model = await copyModel();
  const path = join(model.path, FILES[1]);
  const bytes = await Deno.readFile(path);
  for (let index = 0; index < bytes.length; index += 7) {
    const changed = bytes.slice();
    changed[index] = (changed[index] ?? 0) ^ 0x55;
    await Deno.writeFile(path, changed);
    // Nothing reads the index's padding and the list of other blocks.
    if (index >= bytes.length - 48 - 30 && index < bytes.length - 8) continue;
    assert(
      (await refusal(model.path)).startsWith("Cannot read the index of variables"),
      `${index}`,
    );
  }
  for (const length of [0, 20, 48, bytes.length - 1]) {
    await Deno.writeFile(path, bytes.subarray(0, length));
    assert(
      (await refusal(model.path)).startsWith("Cannot read the index of variables"),
      `${length}`,
    );
  }
});

Deno.test("openModel() refuses variables that a link leads to outside the folder", async () => {
  await using model = await copyModel();
  await using other = await copyModel();
  await Deno.remove(join(model.path, "variables"), { recursive: true });
  await Deno.symlink(join(other.path, "variables"), join(model.path, "variables"));
  assertEquals(
    await refusal(model.path),
    'Cannot open "variables/variables.index" beside "MODEL/saved_model.pb": a symbolic link leads ' +
      "out of the folder",
  );
});

Deno.test("openModel() refuses a SavedModel that is no file but bytes", async () => {
  const bytes = await Deno.readFile(new URL("saved_model_v1/saved_model.pb", TESTDATA));
  await assertRejects(() => openModel(bytes), FormatError);
});

Deno.test("ChecksummedSource checks its range once before the first read", async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index * 7);
  const reads: number[] = [];
  const file = await openSource(bytes, { name: "data" });
  const counting = {
    name: file.name,
    byteLength: file.byteLength,
    read: (...[target, position]: Parameters<typeof file.read>) => {
      reads.push(target.length);
      return file.read(target, position);
    },
    openSibling: (path: string) => file.openSibling(path),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const range = { offset: 5, byteLength: 2_500_000, subject: 'tensor "w"' };
  const checksum = maskCrc32c(crc32c(bytes.subarray(5, 2_500_005)));
  const good = new ChecksummedSource(counting, { ...range, checksum });
  const target = new Uint8Array(4);
  await good.read(target, 5);
  await good.read(target, 9);
  assertEquals([...target], [...bytes.subarray(9, 13)]);
  assertEquals(reads, [1_048_576, 1_048_576, 402_848, 4, 4]);
  const bad = new ChecksummedSource(counting, { ...range, checksum: checksum ^ 1 });
  for (let time = 0; time < 2; time++) {
    const error = await assertRejects(() => bad.read(target, 5), FormatError);
    assert(error.message.startsWith('Cannot read tensor "w" of "data": its checksum is '));
  }
  // An abort is no verdict.
  const later = new ChecksummedSource(counting, { ...range, checksum });
  const reason = new Error("enough");
  await assertRejects(() => later.read(target, 5, { signal: AbortSignal.abort(reason) }), Error);
  await later.read(target, 5);
});

Deno.test("Checkpoint refuses tensors that are stored in slices or of strings", async () => {
  const model = await openSource(new URL("saved_model_keras/saved_model.pb", TESTDATA));
  await using checkpoint = await Checkpoint.open(model, "variables/variables");
  const error = await assertRejects(
    () => checkpoint.tensor("_CHECKPOINTABLE_OBJECT_GRAPH", "graph"),
    UnsupportedError,
  );
  assert(error.message.includes("its type is strings"), error.message);
  await model[Symbol.asyncDispose]();
});
