/** Splits comma-separated text into rows of fields. */
export class CsvParseStream extends TransformStream<string, string[]> {
  constructor(options?: { readonly separator?: string; readonly fieldsPerRecord?: number });
}
