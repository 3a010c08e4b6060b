/** Decodes a whole image file to 8-bit RGBA. */
export default function decode(
  bytes: ArrayBuffer,
): Promise<{ width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }>;
/** Prepares the decoder; `printErr` gets what its C code would print. */
export function init(options: { printErr: (line: string) => void }): Promise<void>;
