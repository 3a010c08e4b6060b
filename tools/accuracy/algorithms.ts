import type { EqualizeOptions } from "dlcstream";

/** What is done to a network before it is quantized, or while it is. */
export interface Algorithm {
  /** What it is called in the report. */
  readonly name: string;
  /** The options of `quantize` that say the same. */
  readonly command: string;
  /** How it is equalized, if it is. */
  readonly equalize?: EqualizeOptions;
  /** Whether biases are corrected. */
  readonly correct: boolean;
  /** Top-1 of MobileNetV2 with it, one encoding a tensor and 8 bits, on ImageNet (Nagel and others, 2019). */
  readonly published: number;
}

/** Top-1 of the float MobileNetV2 of that paper. */
export const PUBLISHED_FLOAT = 71.7;

/** The rows of the report. */
export const ALGORITHMS: readonly Algorithm[] = [
  { name: "as it is", command: "", correct: false, published: 0.1 },
  {
    name: "CLE",
    command: "--algorithms cle --high-bias-absorption off",
    equalize: { highBiasAbsorption: "off" },
    correct: false,
    published: 69.9,
  },
  {
    name: "CLE, absorption",
    command: "--algorithms cle",
    equalize: {},
    correct: false,
    published: 70.9,
  },
  { name: "BC", command: "--algorithms bc", correct: true, published: 52 },
  {
    name: "CLE, absorption, BC",
    command: "--algorithms cle --algorithms bc",
    equalize: {},
    correct: true,
    published: 71.2,
  },
];
