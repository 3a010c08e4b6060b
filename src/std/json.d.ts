/** A value that JSON can hold. */
export type JsonValue =
  | { [key: string]: JsonValue | undefined }
  | JsonValue[]
  | string
  | number
  | boolean
  | null;
/** Parses one JSON document a chunk. */
export class JsonParseStream extends TransformStream<string, JsonValue> {}
/** Writes each chunk as JSON, by default one a line. */
export class JsonStringifyStream extends TransformStream<unknown, string> {
  constructor(options?: { readonly prefix?: string; readonly suffix?: string });
}
