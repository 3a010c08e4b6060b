import type { TypeOverride } from "../../graph/mod.ts";
import type { TensorEncoding } from "../../tensor/mod.ts";

/** What one section of a file says. */
export interface EncodingsSection {
  /** Complete encodings by tensor name. */
  readonly encodings: ReadonlyMap<string, TensorEncoding>;
  /** Types by tensor name, where nothing else is given. */
  readonly types: ReadonlyMap<string, TypeOverride>;
}

/** Where a section stands, and who counts and collects for the whole file. */
export interface SectionContext {
  /** Name of the file. */
  readonly file: string;
  /** Name of the section. */
  readonly section: string;
  /** Takes a sentence for the user. */
  readonly notice: (sentence: string) => void;
  /** Counts encodings; throws once there are too many. */
  readonly count: (encodings: number) => void;
}
