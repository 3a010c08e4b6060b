/**
 * The command line of dlcstream: `deno run -A cli.ts COMMAND …`.
 *
 * @module
 */
import { main } from "./src/commands/mod.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
