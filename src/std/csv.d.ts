/** Splits comma-separated text into rows of fields. */
export class CsvParseStream extends TransformStream<string, string[]> {
  constructor(options?: { readonly separator?: string; readonly fieldsPerRecord?: number });
}
/** Writes rows of fields as comma-separated text. */
export class CsvStringifyStream extends TransformStream<readonly string[], string> {
  constructor(options?: { readonly separator?: string });
}
