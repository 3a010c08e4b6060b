/** Resizes 8-bit RGBA pixels. */
export default function resize(
  image: ImageData,
  options: {
    width: number;
    height: number;
    method?: "triangle" | "catrom" | "mitchell" | "lanczos3";
    fitMethod?: "stretch" | "contain";
    premultiply?: boolean;
    linearRGB?: boolean;
  },
): Promise<{ width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }>;
