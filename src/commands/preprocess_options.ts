import type { PreprocessOptions } from "../formats/mod.ts";
import type { Option, OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** Options that say how photos become network inputs. */
export const PREPROCESS_OPTIONS: readonly Option[] = [
  {
    name: "resize",
    kind: "text",
    value: "SIZE",
    default: "the input's size",
    description: "256: length of the shorter side; 256x256: width and height. Bilinear.",
    group: "Photos",
  },
  {
    name: "crop",
    kind: "text",
    value: "WIDTHxHEIGHT",
    default: "the input's size",
    description: "Centre crop after resizing.",
    group: "Photos",
  },
  {
    name: "mean",
    kind: "text",
    value: "M[,M,M]",
    default: "0",
    description: "Subtracted from each channel, in the order the network takes channels.",
    group: "Photos",
  },
  {
    name: "std",
    kind: "text",
    value: "S[,S,S]",
    default: "1",
    description: "Each channel is divided by it after the mean.",
    group: "Photos",
  },
  {
    name: "scale",
    kind: "text",
    value: "F[,F,F]",
    default: "1",
    description: "Each channel is multiplied by it after the mean; the other way to say --std.",
    group: "Photos",
  },
  {
    name: "channel-order",
    kind: "text",
    value: "ORDER",
    choices: ["rgb", "bgr"],
    default: "rgb",
    description: "Order of the channels in the network's input.",
    group: "Photos",
  },
];

/**
 * Reads {@linkcode PREPROCESS_OPTIONS}.
 *
 * @throws {UsageError} If a value is not understood, or both `--std` and `--scale` are given.
 */
export function preprocessOptions(values: OptionValues): PreprocessOptions {
  const resize = values.text("resize");
  const crop = values.text("crop");
  const mean = numbers(values, "mean");
  const std = numbers(values, "std");
  const scale = numbers(values, "scale");
  if (std !== undefined && scale !== undefined) {
    throw new UsageError("Options --std and --scale say the same: give one of them");
  }
  if ([...(std ?? []), ...(scale ?? [])].includes(0)) {
    throw new UsageError("Options --std and --scale do not take 0");
  }
  const divisor = std ?? scale?.map((factor) => 1 / factor);
  return {
    ...(resize === undefined ? {} : { resize: size("resize", resize) }),
    ...(crop === undefined ? {} : { crop: pair("crop", crop) }),
    ...(mean === undefined ? {} : { mean }),
    ...(divisor === undefined ? {} : { std: divisor }),
    ...(values.text("channel-order") === "bgr" ? { channelOrder: "bgr" } : {}),
  };
}

function numbers(values: OptionValues, name: string): number[] | undefined {
  const text = values.text(name);
  if (text === undefined) return undefined;
  const list = text.split(",").map((word) => word.trim() === "" ? NaN : Number(word));
  if (!list.every(Number.isFinite)) {
    throw new UsageError(
      `Option --${name} does not take "${text}": expected numbers such as 127.5`,
    );
  }
  return list;
}

function size(name: string, text: string): number | readonly [number, number] {
  if (!/^[1-9]\d*$/.test(text)) return pair(name, text);
  return Number(text);
}

function pair(name: string, text: string): readonly [number, number] {
  const match = /^([1-9]\d*)(?:[x,]([1-9]\d*))?$/.exec(text);
  if (match === null) {
    throw new UsageError(`Option --${name} does not take "${text}": expected 224 or 224x224`);
  }
  return [Number(match[1]), Number(match[2] ?? match[1])];
}
