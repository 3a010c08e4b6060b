import { assertEquals } from "@std/assert";
import { Html, html } from "../../src/report/html.ts";

Deno.test("html() escapes text and takes HTML as it is", () => {
  const name = `<a href="x">&'</a>`;
  const cells = [html`<td>${name}</td>`, new Html("<td>ok</td>")];
  assertEquals(
    html`<tr>${cells}<td>${1.5}</td></tr>`.text,
    "<tr><td>&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;</td>\n<td>ok</td><td>1.5</td></tr>",
  );
});
