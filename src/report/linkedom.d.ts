/** Makes a document without a browser. */
export function parseHTML(text: string): { readonly document: unknown };
