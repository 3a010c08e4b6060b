import type { ValueInfo } from "../../graph/mod.ts";
import { openSource } from "../../io/mod.ts";
import type { DenseTensor, Sample, SampleSource } from "../../tensor/mod.ts";
import { openRawFile, type OpenRawFileOptions } from "./open_raw_file.ts";
import { parseInputList } from "./parse_input_list.ts";
import { rawTensor } from "./raw_tensor.ts";
import { readLines } from "./read_lines.ts";

/** Options for {@linkcode readInputList}. */
export interface InputListOptions extends OpenRawFileOptions {
  /** Ends the reading of the list early. */
  readonly signal?: AbortSignal;
}

/** The samples of an input list, and the outputs it asks for. */
export interface InputList extends SampleSource {
  /** Layers (`#` line) and tensors (`%` line) whose values are wanted. */
  readonly outputNames: readonly string[];
}

/**
 * Reads an input list of SNPE's tools and checks that every file is there and has the right size.
 * The files themselves are read one at a time, when their sample is asked for.
 *
 * @param path The list, or its URL. Relative paths in it start at the working directory.
 * @param inputs The network's inputs.
 * @param options Type and layout of the files, working directory.
 * @throws {FormatError} If the list is empty or wrong, or a file is missing or has another size.
 */
export async function readInputList(
  path: string | URL,
  inputs: readonly ValueInfo[],
  options: InputListOptions = {},
): Promise<InputList> {
  const abort = options.signal === undefined ? {} : { signal: options.signal };
  await using source = await openSource(path, abort);
  const list = source.name;
  const { samples, outputNames } = await parseInputList(readLines(source, abort), {
    file: list,
    inputs: inputs.map(({ name }) => name),
  });
  const listedFiles = (index: number) => {
    const sample = samples[index];
    if (sample === undefined) {
      throw new RangeError(`Cannot read sample ${index}: "${list}" has ${samples.length}`);
    }
    return inputs.map((input) => ({
      list,
      line: sample.line,
      path: sample.files.get(input.name) ?? "",
      input,
    }));
  };
  // Before hours of work, not in the middle of them.
  for (let index = 0; index < samples.length; index++) {
    options.signal?.throwIfAborted();
    for (const listed of listedFiles(index)) {
      await (await openRawFile(listed, options))[Symbol.asyncDispose]();
    }
  }
  return {
    length: samples.length,
    outputNames,
    async read(index, readOptions = {}): Promise<Sample> {
      const sample = new Map<string, DenseTensor>();
      for (const listed of listedFiles(index)) {
        await using file = await openRawFile(listed, options);
        const bytes = new Uint8Array(file.byteLength);
        await file.read(bytes, 0, readOptions);
        sample.set(
          listed.input.name,
          rawTensor(listed.input, bytes, { ...options, file: listed.path }),
        );
      }
      return sample;
    },
  };
}
