import { FormatError } from "../errors.ts";
import { checkRange } from "./_check_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";
import { splitSiblingPath } from "./sibling_path.ts";

/** What a server says about a resource: its length, and a mark that changes with its content. */
interface RemoteState {
  readonly byteLength: number;
  readonly version: string | null;
}

/** A resource on a server that answers range requests as a source. */
class HttpSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  #url: URL;
  #version: string | null;

  constructor(url: URL, name: string, state: RemoteState) {
    this.name = name;
    this.byteLength = state.byteLength;
    this.#url = url;
    this.#version = state.version;
  }

  async read(target: Uint8Array, position: number, options: ReadOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    checkRange(this, position, target.byteLength);
    if (target.byteLength === 0) return;
    const last = position + target.byteLength - 1;
    const response = await requestRange(this.#url, position, last, options.signal);
    const state = response.status === 206 ? readState(response, position) : undefined;
    if (state?.byteLength !== this.byteLength || state.version !== this.#version) {
      await response.body?.cancel();
      throw new FormatError(
        `Cannot read "${this.name}": the server answers with status ${response.status} and other content than when it was opened`,
        { file: this.name, offset: position },
      );
    }
    let done = 0;
    for await (const piece of response.body ?? []) {
      if (done + piece.byteLength > target.byteLength) {
        done += piece.byteLength;
        break;
      }
      target.set(piece, done);
      done += piece.byteLength;
    }
    if (done !== target.byteLength) {
      throw new FormatError(
        `Cannot read "${this.name}": the server sent ${
          done < target.byteLength ? "fewer" : "more"
        } than the ${target.byteLength} bytes asked for at byte ${position}`,
        { file: this.name, offset: position },
      );
    }
  }

  openSibling(relativePath: string): Promise<ByteSource> {
    let path: string;
    try {
      path = splitSiblingPath(this.name, relativePath).map(encodeURIComponent).join("/");
    } catch (error) {
      return Promise.reject(error);
    }
    return openUrl(new URL(`./${path}`, this.#url));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Opens a resource by URL. Its size is learned by asking for its first byte.
 *
 * @param url An `http:` or `https:` URL.
 * @param options Name in messages (the URL by default) and abort signal.
 * @throws {FormatError} If it is not there, or the server does not answer range requests.
 */
export async function openUrl(
  url: URL,
  options: { readonly name?: string; readonly signal?: AbortSignal } = {},
): Promise<ByteSource> {
  const name = options.name ?? url.href;
  const response = await requestRange(url, 0, 0, options.signal);
  await response.body?.cancel();
  const state = readState(response, 0);
  if (state !== undefined) return new HttpSource(url, name, state);
  throw new FormatError(
    response.ok
      ? `Cannot open "${name}": the server does not answer range requests; download the file and open it locally`
      : `Cannot open "${name}": the server answers with status ${response.status}`,
    { file: name, expected: "status 206", found: `status ${response.status}` },
  );
}

async function requestRange(
  url: URL,
  first: number,
  last: number,
  signal?: AbortSignal,
): Promise<Response> {
  // A compressed answer would count other bytes.
  const headers = { range: `bytes=${first}-${last}`, "accept-encoding": "identity" };
  try {
    return await fetch(url, signal === undefined ? { headers } : { headers, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot reach "${url.href}": ${reason}`, { cause: error });
  }
}

/** The state behind a range answer; `undefined` where it is none. */
function readState(response: Response, first: number): RemoteState | undefined {
  const range = response.headers.get("content-range") ?? "";
  const version = response.headers.get("etag") ?? response.headers.get("last-modified");
  if (response.status === 416 && /^bytes \*\/0$/.test(range)) return { byteLength: 0, version };
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(range);
  const byteLength = Number(match?.[2]);
  const usable = response.status === 206 && Number(match?.[1]) === first &&
    Number.isSafeInteger(byteLength) && !response.headers.has("content-encoding");
  return usable ? { byteLength, version } : undefined;
}
