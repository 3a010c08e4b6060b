/** Options for {@linkcode ByteSource.read}. */
export interface ReadOptions {
  /** Ends the read early. */
  readonly signal?: AbortSignal;
}

/**
 * Bytes of known length that can be read at any position: a local file, an HTTP resource that
 * answers range requests, a `Blob`, or memory. Readers of formats see nothing else of the world.
 */
export interface ByteSource extends AsyncDisposable {
  /** The path or URL, as error messages name it. */
  readonly name: string;
  /** How many bytes there are. */
  readonly byteLength: number;

  /**
   * Fills `target` completely with the bytes from `position` on. Calls may overlap in time.
   *
   * @param target Where the bytes go; may be a view of WebAssembly memory.
   * @param position Offset of the first byte from the start of the source.
   * @param options The abort signal.
   * @throws {FormatError} If the source ends before `target` is full.
   */
  read(target: Uint8Array, position: number, options?: ReadOptions): Promise<void>;

  /**
   * Opens a file beside this one, such as external weights.
   *
   * @param relativePath Path below the folder of this source, `/`-separated.
   * @throws {FormatError} If the path leaves the folder or there is no such file.
   */
  openSibling(relativePath: string): Promise<ByteSource>;
}
