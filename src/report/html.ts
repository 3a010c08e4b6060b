/** Text that is HTML already. */
export class Html {
  /** The text. */
  readonly text: string;

  /** Takes text as it is: nothing of it may come from outside. */
  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What a template takes: text and numbers are escaped, HTML is not, lists are joined. */
export type HtmlPart = string | number | Html | readonly Html[];

/** A template of HTML: whatever is put in is text, unless it is HTML itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  const text = strings.map((string, index) => string + textOf(parts[index] ?? "")).join("");
  return new Html(text);
}

function textOf(part: HtmlPart): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(textOf).join("\n");
  return String(part).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
