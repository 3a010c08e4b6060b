/** Decodes a whole image file to 8-bit RGBA. */
export default function decode(
  bytes: ArrayBuffer,
): Promise<{ width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }>;
