import { refused, same, type SnpeOption, words } from "./snpe_option.ts";

const STDERR = "messages go to stderr, where the shell can redirect them (2> FILE)";

/** What all of SNPE's native tools take for messages. */
export const MESSAGE_OPTIONS: readonly SnpeOption[] = [
  same("help", "--help -h"),
  same("verbose", "--verbose"),
  same("quiet", "--quiet"),
  same("quiet", "--silent"),
  words("--debug1 --debug2 --debug3", {
    description: "`--verbose`",
    translate: () => ["--verbose"],
  }),
  refused("--log-mask", "there is one log, and no areas of it to choose", "MASK"),
  refused("--log-file", STDERR, "FILE"),
  refused("--log-dir", STDERR, "DIR"),
  refused("--log-file-include-hostname", STDERR),
];

/** `--debug` where a level may follow. */
export const DEBUG_LEVEL: SnpeOption = words("--debug", {
  description: "`--verbose`",
  translate: () => ["--verbose"],
}, { optional: /^\d+$/, optionalValue: "LEVEL" });
