/** The version of dlcstream; equal to `version` in `deno.json`, which a test checks. */
export const VERSION = "0.1.0";
