import { extname, fromFileUrl, join, normalize } from "@std/path";

/** The root of the source tree. */
export const ROOT: string = fromFileUrl(new URL("../../", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".ts": "application/typescript",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Serves the plain source tree on localhost, with range requests, until it is disposed of. */
export function serveTree(): AsyncDisposable & { readonly origin: string } {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const path = normalize(decodeURIComponent(new URL(request.url).pathname));
    let file: Deno.FsFile;
    try {
      file = await Deno.open(join(ROOT, path));
    } catch {
      return new Response("not found", { status: 404 });
    }
    const { size } = await file.stat();
    const headers = new Headers({
      "content-type": TYPES[extname(path)] ?? "application/octet-stream",
      "accept-ranges": "bytes",
    });
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(size, range?.[2] ? Number(range[2]) + 1 : size);
    headers.set("content-length", String(end - start));
    if (range !== null) headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
    const bytes = new Uint8Array(end - start);
    await file.seek(start, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += await file.read(bytes.subarray(done)) ?? 0;
    file.close();
    return new Response(bytes, { status: range === null ? 200 : 206, headers });
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
