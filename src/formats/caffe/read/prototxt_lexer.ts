import { FormatError } from "../../../errors.ts";

/** A word of a text: a name or number, a string, or a punctuation mark. */
export interface Token {
  /** What kind of word it is; `end` behind the last one. */
  readonly kind: "word" | "string" | "mark" | "end";
  /** The word; of a string its contents. */
  readonly text: string;
  /** Where it begins. */
  readonly index: number;
}

const BLANKS = /\s*/y;
const COMMENT = /#[^\n]*/y;
/** A name, a number with or without a sign, or what could only be a misspelled one. */
const WORD = /[-+]?[A-Za-z0-9_.][A-Za-z0-9_.+-]*/y;
const MARKS = "{}<>[]:,;";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Splits protobuf's text format into words, one ahead. */
export class PrototxtLexer {
  readonly #text: string;
  readonly #file: string;
  #position = 0;
  #next: Token;
  /** Where each line begins; made when it is first asked for. */
  #lines: readonly number[] | undefined;

  /** Goes to the first word of a text; `file` is for errors. */
  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#next = this.#scan();
  }

  /** The word that comes next. */
  get next(): Token {
    return this.#next;
  }

  /** Takes the next word. */
  take(): Token {
    const token = this.#next;
    this.#next = this.#scan();
    return token;
  }

  /** Takes the next word if it is this mark. */
  skip(mark: string): boolean {
    if (this.#next.kind !== "mark" || this.#next.text !== mark) return false;
    this.take();
    return true;
  }

  /** Where a word is: `line 3, column 5`, both from 1. */
  position({ index }: Token): string {
    this.#lines ??= lineStarts(this.#text);
    let [line, end] = [0, this.#lines.length];
    while (end - line > 1) {
      const middle = (line + end) >> 1;
      if ((this.#lines[middle] ?? 0) <= index) line = middle;
      else end = middle;
    }
    return `line ${line + 1}, column ${index - (this.#lines[line] ?? 0) + 1}`;
  }

  /** Makes an error about a word. */
  error(token: Token, expected: string): FormatError {
    const found = token.kind === "end"
      ? "the end of the file"
      : JSON.stringify(token.text.slice(0, 64));
    return new FormatError(
      `Cannot read "${this.#file}" at ${
        this.position(token)
      }: found ${found}, expected ${expected}`,
      { file: this.#file, offset: token.index, found, expected },
    );
  }

  #scan(): Token {
    do this.#match(BLANKS); while (this.#match(COMMENT) !== "");
    const index = this.#position;
    const mark = this.#text[index];
    if (mark === undefined) return { kind: "end", text: "", index };
    if (MARKS.includes(mark)) {
      this.#position++;
      return { kind: "mark", text: mark, index };
    }
    const word = this.#match(WORD);
    if (word !== "") return { kind: "word", text: word, index };
    const isQuote = mark === '"' || mark === "'";
    const end = isQuote ? this.#stringEnd(mark) : -1;
    if (end < 0) {
      const expected = isQuote ? "a string that ends on its line" : "a name or value";
      throw this.error({ kind: "word", text: mark, index }, expected);
    }
    this.#position = end + 1;
    return { kind: "string", text: unescape(this.#text.slice(index + 1, end)), index };
  }

  /** The closing quote of the string that begins here; -1 if its line has none. */
  #stringEnd(quote: string): number {
    for (let index = this.#position + 1; index < this.#text.length; index++) {
      const mark = this.#text[index];
      if (mark === quote) return index;
      if (mark === "\\") index++;
      if (this.#text[index] === "\n") return -1;
    }
    return -1;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const [match = ""] = pattern.exec(this.#text) ?? [];
    this.#position += match.length;
    return match;
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1)) {
    starts.push(index + 1);
  }
  return starts;
}

/** Replaces what a backslash stands for: a control character, or a byte in octal or hexadecimal. */
function unescape(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))/g, (_, octal, hex, mark) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return ESCAPES[mark] ?? mark;
  });
}
