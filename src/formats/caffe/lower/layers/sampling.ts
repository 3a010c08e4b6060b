import { attribute } from "../../../../graph/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that change the size of images. */
export const SAMPLING_LAYERS: Readonly<Record<string, LowerLayer>> = {
  Interp: lowerInterp,
  Upsample: lowerUpsample,
};

/**
 * Bilinear, corners on corners (DeepLab, PSPNet). The size is given by height and width, by a zoom
 * or shrink factor or both, or by a second bottom; negative padding cuts the input before.
 */
function lowerInterp(layer: LayerContext): readonly string[] {
  const settings = layer.settings("interp_param");
  const [batch = 1, channels = 1, height = 1, width = 1] = layer.shape(layer.input);
  const begin = settings.defaultedNumber("pad_beg");
  const end = settings.defaultedNumber("pad_end");
  if (begin > 0 || end > 0) throw layer.unsupported("it pads its input; cutting it would work");
  const cut = [height + begin + end, width + begin + end] as const;
  if (Math.min(...cut) < 1) throw layer.error(`it cuts ${-begin} and ${-end} off its input`);
  let input = layer.input;
  if (begin !== 0 || end !== 0) {
    input = layer.emit("cut", "Slice", {
      inputs: [
        input,
        layer.integers("starts", [-begin, -begin]),
        layer.integers("ends", [height + end, width + end]),
        layer.integers("axes", [2, 3]),
      ],
    });
  }
  const size = interpSize(layer, cut);
  const sizes = layer.integers("sizes", [batch, channels, ...size]);
  return layer.output("Resize", [input, "", "", sizes], {
    mode: attribute.string("linear"),
    coordinate_transformation_mode: attribute.string("align_corners"),
  });
}

function interpSize(
  layer: LayerContext,
  cut: readonly [height: number, width: number],
): readonly number[] {
  const settings = layer.settings("interp_param");
  if (layer.inputs.length > 1) return layer.shape(layer.inputAt(1)).slice(2);
  const given = [settings.defaultedNumber("height"), settings.defaultedNumber("width")];
  const zoom = settings.defaultedNumber("zoom_factor");
  const shrink = settings.defaultedNumber("shrink_factor");
  const scaled = settings.has("zoom_factor") || settings.has("shrink_factor");
  const size = scaled
    ? cut.map((extent) => {
      const shrunk = Math.floor((extent - 1) / shrink) + 1;
      return shrunk + (shrunk - 1) * (zoom - 1);
    })
    : given;
  if (zoom < 1 || shrink < 1 || size.some((extent) => extent < 1)) {
    throw layer.error(
      `its output is [${size}], expected positive "height" and "width", or factors from 1`,
    );
  }
  return size;
}

/** Repeats each pixel, as YOLO's forks do; SegNet's layer of that name has a second bottom. */
function lowerUpsample(layer: LayerContext): readonly string[] {
  const scale = layer.settings("upsample_param").defaultedNumber("scale");
  if (layer.inputs.length > 1) {
    throw layer.unsupported("it puts pixels where a pool took them; repeating them would work");
  }
  const [batch = 1, channels = 1, height = 1, width = 1] = layer.shape(layer.input);
  if (scale < 1) throw layer.error(`its scale is ${scale}, expected a positive integer`);
  const sizes = layer.integers("sizes", [batch, channels, height * scale, width * scale]);
  return layer.output("Resize", [layer.input, "", "", sizes], {
    mode: attribute.string("nearest"),
    coordinate_transformation_mode: attribute.string("asymmetric"),
    nearest_mode: attribute.string("floor"),
  });
}
