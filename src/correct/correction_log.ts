import { FormatError } from "../errors.ts";
import { explainOutputErrors, MemorySource, readJson } from "../io/mod.ts";
import { Calibration, type ChannelMeans } from "../quantize/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";

/** What a correction is of: all that its result depends on but the contents of weights and samples. */
export interface CorrectionSubject {
  /** Fingerprint of the float network. */
  readonly model: string;
  /** How many samples there are. */
  readonly samples: number;
  /** Every option that changes the result. */
  readonly options: string;
}

/** What the float network was seen to do. */
export interface FloatObservations {
  /** Ranges. */
  readonly calibration: Calibration;
  /** Channel means; those of {@linkcode CorrectionLogOptions.means}. */
  readonly means: ChannelMeans;
  /** A checksum of each sample. */
  readonly checksums: number[];
}

/** Options for {@linkcode openCorrectionLog}. */
export interface CorrectionLogOptions {
  /** What is corrected. */
  readonly subject: CorrectionSubject;
  /** Goes on where the file ends; without it, the file is begun anew. */
  readonly resume: boolean;
  /** Takes the means that the file holds. */
  readonly means: ChannelMeans;
  /** How many channels the means of each value have. */
  readonly channels: ReadonlyMap<string, number>;
  /** The layers that can have corrections. */
  readonly layers: readonly CorrectableLayer[];
}

/**
 * The file beside an output that tells how far a correction is, one JSON document a line: what it is
 * of, what was observed of the float network, then the correction of each layer as it becomes known. A
 * run that is cut off leaves whole lines, and at most one part of a line, which does not count.
 */
export interface CorrectionLog extends AsyncDisposable {
  /** What was observed, once it is. */
  readonly observations: FloatObservations | undefined;
  /** The corrections so far, by node name. */
  readonly corrections: ReadonlyMap<string, Float64Array>;
  /** Adds what was observed. */
  observe(observations: FloatObservations): Promise<void>;
  /**
   * Adds a digest of the weights and their encodings.
   *
   * @throws {RangeError} If the file has another one.
   */
  checkWeights(digest: string): Promise<void>;
  /** Adds the correction of a layer. */
  correct(node: string, correction: Float64Array): Promise<void>;
  /** Deletes the file; the work is done. */
  remove(): Promise<void>;
}

/** The name of the file beside an output. */
export function correctionLogPath(output: string): string {
  return `${output}.resume.jsonl`;
}

/**
 * Opens a log.
 *
 * @throws {FormatError} If the file is not one of these.
 * @throws {RangeError} If it is of another network, other samples, or other options.
 * @throws {OutputError} If the file cannot be written.
 */
export async function openCorrectionLog(
  path: string,
  options: CorrectionLogOptions,
): Promise<CorrectionLog> {
  const file = await explainOutputErrors(
    path,
    () => Deno.open(path, { read: true, write: true, create: true }),
  );
  try {
    const found = options.resume ? await readEntries(file, path) : { entries: [], byteLength: 0 };
    const log = new FileCorrectionLog(file, path, options);
    for (const entry of found.entries) log.take(entry);
    await file.truncate(found.byteLength);
    await file.seek(found.byteLength, Deno.SeekMode.Start);
    await log.begin();
    return log;
  } catch (error) {
    file.close();
    throw error;
  }
}

type Entry = Readonly<Record<string, unknown>>;

class FileCorrectionLog implements CorrectionLog {
  readonly corrections = new Map<string, Float64Array>();
  observations: FloatObservations | undefined;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #options: CorrectionLogOptions;
  #hasSubject = false;
  #weights: string | undefined;
  #isRemoved = false;

  constructor(file: Deno.FsFile, path: string, options: CorrectionLogOptions) {
    this.#file = file;
    this.#path = path;
    this.#options = options;
  }

  /** Takes an entry of the file; the first must be of the same subject. */
  take(entry: Entry): void {
    if (!this.#hasSubject) {
      if (entry.format !== FORMAT || entry.version !== 1) {
        throw this.#error(
          `found format ${JSON.stringify(entry.format ?? null)} version ${
            JSON.stringify(entry.version ?? null)
          }, expected "${FORMAT}" version 1`,
        );
      }
      this.#compare(entry);
      this.#hasSubject = true;
    } else if (entry.calibration !== undefined) {
      this.observations = this.#observations(entry);
    } else if (typeof entry.weights === "string") {
      this.#weights = entry.weights;
    } else if (typeof entry.node === "string") {
      this.corrections.set(entry.node, this.#correction(entry.node, entry.correction));
    } else {
      throw this.#error(`an entry has ${Object.keys(entry).join(", ") || "no members"}`);
    }
  }

  /** Writes the first entry, unless it was found. */
  async begin(): Promise<void> {
    if (this.#hasSubject) return;
    this.#hasSubject = true;
    await this.#append({ ...HEADER, ...this.#options.subject });
  }

  async observe(observations: FloatObservations): Promise<void> {
    const { calibration, means, checksums } = observations;
    this.observations = observations;
    await this.#append({
      calibration,
      checksums,
      means: Object.fromEntries(
        Array.from(means.axes.keys(), (name) => [name, Array.from(means.of(name) ?? [])]),
      ),
    });
  }

  async checkWeights(digest: string): Promise<void> {
    if (this.#weights === digest) return;
    if (this.#weights !== undefined) {
      throw new RangeError(`Cannot resume from "${this.#path}": it is of other weights`);
    }
    await this.#append({ weights: digest });
  }

  async correct(node: string, correction: Float64Array): Promise<void> {
    this.corrections.set(node, correction);
    await this.#append({ node, correction: Array.from(correction) });
  }

  async remove(): Promise<void> {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    await Deno.remove(this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    // Nothing that a later run could use.
    if (this.observations === undefined) await this.remove();
  }

  async #append(entry: object): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(entry)}\n`);
    await explainOutputErrors(this.#path, async () => {
      for (let done = 0; done < bytes.length;) done += await this.#file.write(bytes.subarray(done));
    });
  }

  #compare(found: Entry): void {
    for (const [key, what] of SUBJECTS) {
      if (found[key] === this.#options.subject[key]) continue;
      throw new RangeError(`Cannot resume from "${this.#path}": it is of ${what}`);
    }
  }

  #correction(node: string, found: unknown): Float64Array {
    const layer = this.#options.layers.find(({ node: { name } }) => name === node);
    if (layer === undefined) throw this.#error(`there is no layer "${node}" to correct`);
    return this.#numbers(found, { what: `"${node}"`, count: layer.channels });
  }

  #observations(entry: Entry): FloatObservations {
    const { means, channels, subject } = this.#options;
    const found = entry.means;
    if (typeof found !== "object" || found === null) throw this.#error("it has no means");
    const numbers = new Map(Object.entries(found));
    for (const name of means.axes.keys()) {
      const what = `the means of "${name}"`;
      means.add(name, this.#numbers(numbers.get(name), { what, count: channels.get(name) ?? 0 }));
    }
    const what = "the checksums";
    const checksums = Array.from(
      this.#numbers(entry.checksums, { what, count: subject.samples }),
    );
    return { calibration: Calibration.fromJSON(entry.calibration), means, checksums };
  }

  #numbers(
    value: unknown,
    { what, count }: { readonly what: string; readonly count: number },
  ): Float64Array {
    if (!Array.isArray(value) || !value.every((number) => Number.isFinite(number))) {
      throw this.#error(`${what} are no list of numbers`);
    }
    if (value.length !== count) {
      throw this.#error(`${what} are ${value.length} numbers, expected ${count}`);
    }
    return Float64Array.from(value);
  }

  #error(found: string): FormatError {
    return new FormatError(`Cannot resume from "${this.#path}": ${found}`, { file: this.#path });
  }
}

const FORMAT = "dlcstream bias correction";

const HEADER = { format: FORMAT, version: 1 };

const SUBJECTS: readonly (readonly [key: keyof CorrectionSubject, what: string])[] = [
  ["model", "another network"],
  ["samples", "another number of samples"],
  ["options", "other options"],
];

/** The whole lines of a file, and where they end. What is behind them is part of a line. */
async function readEntries(
  file: Deno.FsFile,
  path: string,
): Promise<{ readonly entries: readonly Entry[]; readonly byteLength: number }> {
  const bytes = new Uint8Array((await file.stat()).size);
  for (let done = 0; done < bytes.length;) {
    done += await file.read(bytes.subarray(done)) ?? bytes.length;
  }
  const entries: Entry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    const line = new MemorySource(bytes.subarray(start, end), path);
    const entry = await readJson(line, { what: "resume file" });
    if (typeof entry !== "object" || entry === null) {
      throw new FormatError(
        `Cannot resume from "${path}": line ${entries.length + 1} is no object`,
        {
          file: path,
          offset: start,
        },
      );
    }
    entries.push(entry as Entry);
    start = end + 1;
  }
  // A file without a whole line is one of these only if it is cut off in its first line.
  const head = new TextEncoder().encode(JSON.stringify(HEADER).slice(0, -1));
  const isOurs = entries.length > 0 ||
    head.every((byte, i) => i >= bytes.length || bytes[i] === byte);
  if (!isOurs) {
    throw new FormatError(`Cannot resume from "${path}": it is no resume file`, { file: path });
  }
  return { entries, byteLength: start };
}
