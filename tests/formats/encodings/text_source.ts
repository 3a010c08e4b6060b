import type { ByteSource } from "../../../src/io/mod.ts";

/** A source in memory, under the name `encodings.json`. */
export function textSource(text: string): ByteSource {
  const bytes = new TextEncoder().encode(text);
  return {
    name: "encodings.json",
    byteLength: bytes.byteLength,
    read: (target, position) => {
      target.set(bytes.subarray(position, position + target.byteLength));
      return Promise.resolve();
    },
    openSibling: () => Promise.reject(new Error("there is no sibling")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
