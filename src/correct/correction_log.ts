import { FormatError } from "../errors.ts";
import { MemorySource, readJson } from "../io/mod.ts";
import { Calibration, type ChannelMeans } from "../quantize/mod.ts";

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
   * Adds a digest of the encodings of the weights.
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
 */
export async function openCorrectionLog(
  path: string,
  { subject, resume, means }: CorrectionLogOptions,
): Promise<CorrectionLog> {
  const file = await Deno.open(path, { read: true, write: true, create: true });
  try {
    const found = resume ? await readEntries(file, path) : { entries: [], byteLength: 0 };
    const log = new FileCorrectionLog(file, path);
    for (const entry of found.entries) log.take(entry, means);
    await file.truncate(found.byteLength);
    await file.seek(found.byteLength, Deno.SeekMode.Start);
    await log.begin(subject);
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
  #subject: Entry | undefined;
  #weights: string | undefined;
  #isRemoved = false;

  constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Takes an entry of the file. */
  take(entry: Entry, means: ChannelMeans): void {
    if (this.#subject === undefined) {
      if (entry.format !== FORMAT || entry.version !== 1) {
        throw this.#error(
          `found format ${JSON.stringify(entry.format ?? null)} version ${
            JSON.stringify(entry.version ?? null)
          }, expected "${FORMAT}" version 1`,
        );
      }
      this.#subject = entry;
    } else if (entry.calibration !== undefined) {
      this.observations = this.#observations(entry, means);
    } else if (typeof entry.weights === "string") {
      this.#weights = entry.weights;
    } else if (typeof entry.node === "string") {
      this.corrections.set(entry.node, this.#numbers(entry.correction, `"${entry.node}"`));
    } else {
      throw this.#error(`an entry has ${Object.keys(entry).join(", ") || "no members"}`);
    }
  }

  async begin(subject: CorrectionSubject): Promise<void> {
    const found = this.#subject;
    if (found === undefined) return await this.#append({ format: FORMAT, version: 1, ...subject });
    for (const [key, what] of SUBJECTS) {
      if (found[key] === subject[key]) continue;
      throw new RangeError(`Cannot resume from "${this.#path}": it is of ${what}`);
    }
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
    for (let done = 0; done < bytes.length;) done += await this.#file.write(bytes.subarray(done));
  }

  #observations(entry: Entry, means: ChannelMeans): FloatObservations {
    const found = entry.means;
    if (typeof found !== "object" || found === null) throw this.#error("it has no means");
    const numbers = new Map(Object.entries(found));
    for (const name of means.axes.keys()) {
      means.add(name, this.#numbers(numbers.get(name), `the means of "${name}"`));
    }
    const checksums = Array.from(this.#numbers(entry.checksums, "the checksums"));
    return { calibration: Calibration.fromJSON(entry.calibration), means, checksums };
  }

  #numbers(value: unknown, what: string): Float64Array {
    if (Array.isArray(value) && value.every((number) => Number.isFinite(number))) {
      return Float64Array.from(value);
    }
    throw this.#error(`${what} are no list of numbers`);
  }

  #error(found: string): FormatError {
    return new FormatError(`Cannot resume from "${this.#path}": ${found}`, { file: this.#path });
  }
}

const FORMAT = "dlcstream bias correction";

const SUBJECTS: readonly (readonly [key: keyof CorrectionSubject, what: string])[] = [
  ["model", "another network"],
  ["samples", "another number of samples"],
  ["options", "other options"],
];

/** The whole lines of a file, and where they end. */
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
  return { entries, byteLength: start };
}
