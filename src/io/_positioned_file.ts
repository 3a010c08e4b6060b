/**
 * Reads and writes a file at given positions. `Deno.FsFile` has one position that seek and read
 * share, so overlapping calls take turns; the seek is left out where the file is already in place.
 */
export class PositionedFile implements AsyncDisposable {
  #file: Deno.FsFile;
  #at = 0;
  #closed = false;
  #lastTurn: Promise<unknown> = Promise.resolve();

  /** Takes the file over; it is closed with this object. */
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Fills `target` from `position` on. Returns fewer bytes than its length where the file ends. */
  read(target: Uint8Array, position: number, signal?: AbortSignal): Promise<number> {
    return this.#takeTurn(async () => {
      let done = 0;
      while (done < target.length) {
        signal?.throwIfAborted();
        const count = await this.#move(
          position + done,
          () => this.#file.read(target.subarray(done)),
        );
        if (count === null) break;
        done += count;
      }
      return done;
    });
  }

  /** Writes all bytes from `position` on. */
  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#takeTurn(async () => {
      let done = 0;
      while (done < bytes.length) {
        done += await this.#move(position + done, () => this.#file.write(bytes.subarray(done)));
      }
    });
  }

  /** Waits until the bytes written are on the disk. */
  syncData(): Promise<void> {
    return this.#takeTurn(() => this.#file.syncData());
  }

  /** Closes the file; once is enough, models made of one another share their files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastTurn;
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }

  async #move<T extends number | null>(position: number, transfer: () => Promise<T>): Promise<T> {
    if (this.#at !== position) this.#seek(position);
    this.#at = NaN; // Unknown should the transfer fail.
    const count = await transfer();
    this.#at = position + (count ?? 0);
    return count;
  }

  /** Not asynchronous: seeking never waits for the disk, a change of threads costs more. */
  #seek(position: number): void {
    this.#file.seekSync(position, Deno.SeekMode.Start);
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => {}); // The caller sees the failure; the next turn goes on.
    return turn;
  }
}
