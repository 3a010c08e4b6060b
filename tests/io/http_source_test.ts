import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { openSource } from "../../src/io/mod.ts";

const BYTES = Uint8Array.from({ length: 5000 }, (_, index) => index * 7 & 255);

/** Runs a server while `work` runs. */
async function serve(
  handler: (request: Request) => Response,
  work: (origin: string) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  await work(`http://127.0.0.1:${server.addr.port}`);
}

/** What a good server answers. */
function answerRange(request: Request, headers: HeadersInit = {}): Response {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return new Response(BYTES.slice(first, last + 1), {
    status: 206,
    headers: { "content-range": `bytes ${first}-${last}/${BYTES.length}`, ...headers },
  });
}

Deno.test("openSource() learns the size of a URL with one byte and reads ranges", async () => {
  const asked: (string | null)[] = [];
  await serve((request) => {
    asked.push(request.headers.get("range"));
    return answerRange(request, { etag: '"1"' });
  }, async (origin) => {
    await using source = await openSource(`${origin}/models/a.onnx`);
    assertEquals(source.name, `${origin}/models/a.onnx`);
    assertEquals(source.byteLength, 5000);
    const target = new Uint8Array(100);
    await Promise.all([source.read(target, 4900), source.read(new Uint8Array(0), 9)]);
    assertEquals(target, BYTES.subarray(4900));
    assertEquals(asked, ["bytes=0-0", "bytes=4900-4999"]);
    await assertRejects(
      () => source.read(target, 4901),
      FormatError,
      `Cannot read 100 bytes at byte 4901 of "${source.name}": it has 5000 bytes`,
    );
  });
});

Deno.test("openSource() opens an empty resource", async () => {
  const handler = () =>
    new Response(null, { status: 416, headers: { "content-range": "bytes */0" } });
  await serve(handler, async (origin) => {
    await using source = await openSource(new URL(`${origin}/empty`));
    assertEquals(source.byteLength, 0);
  });
});

Deno.test("openSource() refuses a server without ranges", async () => {
  await serve(() => new Response(BYTES), async (origin) => {
    await assertRejects(
      () => openSource(`${origin}/a.onnx`),
      FormatError,
      `Cannot open "${origin}/a.onnx": the server does not answer range requests; download the file and open it locally`,
    );
  });
});

Deno.test("openSource() tells the status of a resource that is not there", async () => {
  await serve(() => new Response("no", { status: 404 }), async (origin) => {
    await assertRejects(
      () => openSource(`${origin}/a.onnx`),
      FormatError,
      `Cannot open "${origin}/a.onnx": the server answers with status 404`,
    );
  });
});

Deno.test("openSource() tells that there is no server", async () => {
  let closed = "";
  await serve(() => new Response(), (origin) => Promise.resolve(void (closed = origin)));
  await assertRejects(() => openSource(`${closed}/a`), Error, `Cannot reach "${closed}/a": `);
});

Deno.test("HttpSource.read() notices that the resource changed", async () => {
  let version = 1;
  await serve((request) => answerRange(request, { etag: `"${version++}"` }), async (origin) => {
    await using source = await openSource(`${origin}/a`);
    await assertRejects(
      () => source.read(new Uint8Array(10), 0),
      FormatError,
      `Cannot read "${origin}/a": the server answers with status 206 and other content than when it was opened`,
    );
  });
});

Deno.test("HttpSource.read() notices fewer and more bytes than asked for", async () => {
  for (const [sent, word] of [[9, "fewer"], [11, "more"]] as const) {
    await serve((request) => {
      if (request.headers.get("range") === "bytes=0-0") return answerRange(request);
      return new Response(BYTES.slice(0, sent), {
        status: 206,
        headers: { "content-range": "bytes 0-9/5000" },
      });
    }, async (origin) => {
      await using source = await openSource(`${origin}/a`);
      await assertRejects(
        () => source.read(new Uint8Array(10), 0),
        FormatError,
        `Cannot read "${origin}/a": the server sent ${word} than the 10 bytes asked for at byte 0`,
      );
    });
  }
});

Deno.test("HttpSource.openSibling() stays in the folder of the URL", async () => {
  const asked: string[] = [];
  await serve((request) => {
    asked.push(new URL(request.url).pathname);
    return answerRange(request);
  }, async (origin) => {
    await using source = await openSource(`${origin}/models/a.onnx?token=1`);
    await using sibling = await source.openSibling("data/w 1.bin");
    assertEquals(sibling.name, `${origin}/models/data/w%201.bin`);
    await using odd = await source.openSibling("%2e%2e?#");
    assertEquals(odd.byteLength, 5000);
    assertEquals(asked.slice(1), ["/models/data/w%201.bin", "/models/%252e%252e%3F%23"]);
    for (const path of ["../a", "/a", "//host/a", "http://host/a", "a\\..\\b"]) {
      await assertRejects(() => source.openSibling(path), FormatError, "beside");
    }
  });
});

Deno.test("HttpSource.read() ends with its signal", async () => {
  await serve(answerRange, async (origin) => {
    await using source = await openSource(`${origin}/a`);
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => source.read(new Uint8Array(1), 0, { signal }), Error, "enough");
  });
});
