import { assertEquals } from "@std/assert";
import { formatJsonMetadata } from "../../../src/formats/dlc/mod.ts";
import { openReal } from "./_documents.ts";

Deno.test("formatJsonMetadata writes what a real file has", async () => {
  await using document = await openReal("ep_six_ops_v4.1.dlc");
  const real = document.version === "4.1" && document.jsonMetadata.get("dlc.metadata2.1.0");
  const written = formatJsonMetadata({
    tool: "qnn-net-run",
    version: "2.42.0.251225135753_193295",
    options: {
      backend: "libQnnIr.so(.dll)",
      model: "QNNExecutionProvider_QNNExecutionProvider_11142297670459488311_0_0.so(.dll)",
    },
  });
  assertEquals(written, real);
});
