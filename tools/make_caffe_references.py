"""Writes small Caffe networks with random weights to testdata/caffe, and what an independent
program computes for them.

Outputs come from OpenCV's importer (Debian: python3-opencv). Of layers that it does not have, or
has otherwise than Caffe, they come from NumPy below, written after Caffe's documentation.

Usage: /usr/bin/python3 tools/make_caffe_references.py
"""

import itertools
import json
import pathlib
import tempfile

import cv2
import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "testdata" / "caffe"
RANDOM = np.random.default_rng(20)


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, payload):
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def blob(values, legacy=False, double=False):
    """A BlobProto with packed elements."""
    if legacy:
        dims = (1,) * (4 - values.ndim) + values.shape
        head = b"".join(varint(i << 3) + varint(dim) for i, dim in enumerate(dims, 1))
    else:
        head = b""
    number, kind = (8, "<f8") if double else (5, "<f4")
    data = field(number, values.astype(kind).tobytes())
    shape = b"" if legacy else field(7, field(1, b"".join(map(varint, values.shape))))
    return head + data + shape


def layer(name, values, **how):
    """A LayerParameter with a name and tensors."""
    return field(1, name.encode()) + b"".join(field(7, blob(v, **how)) for v in values)


def layer_v1(name, values):
    """A V1LayerParameter with a name and tensors of four dimensions."""
    blobs = b"".join(field(6, blob(v, legacy=True)) for v in values)
    return field(4, name.encode()) + varint(5 << 3) + varint(4) + blobs


def rand(*shape):
    return RANDOM.uniform(-1, 1, shape).astype(np.float32)


def positive(*shape):
    return RANDOM.uniform(0.5, 1.5, shape).astype(np.float32)


def inputs_text(inputs):
    return "\n".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ '
        + " ".join(f"dim: {dim}" for dim in values.shape)
        + " } } }"
        for name, values in inputs.items()
    )


def one(name, kind, bottoms, settings="", tops=None):
    """A layer: its text, what it reads and what it writes."""
    bottoms, tops = bottoms.split(), (tops or name).split()
    bottom = " ".join(f'bottom: "{b}"' for b in bottoms)
    top = " ".join(f'top: "{t}"' for t in tops)
    return f'layer {{ name: "{name}" type: "{kind}" {bottom} {top} {settings} }}', bottoms, tops


def network_text(name, inputs, layers):
    return f'name: "{name}"\n{inputs_text(inputs)}\n' + "\n".join(l[0] for l in layers) + "\n"


def by_opencv(name, output, inputs, layers):
    """Runs the layers that an output needs: OpenCV wants to know all that are there."""
    wanted, kept = {output}, []
    for layer in reversed(layers):
        if wanted & set(layer[2]):
            kept.insert(0, layer)
            wanted |= set(layer[1])
    read = {key: values for key, values in inputs.items() if key in wanted}
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as file:
        file.write(network_text(name, read, kept))
        file.flush()
        net = cv2.dnn.readNetFromCaffe(file.name, str(FOLDER / f"{name}.caffemodel"))
    net.enableFusion(False)
    for key, values in read.items():
        net.setInput(values, key)
    return np.array(net.forward(kept[-1][0].split('"')[1]))


def rounded(values):
    """The fewest digits that give the same float32."""
    return [float(np.format_float_scientific(v, unique=True)) for v in values.ravel().astype(np.float32)]


def write(name, inputs, layers, weights, outputs, computed=None, binary=None, double=()):
    """Writes a network and its outputs; those not in `computed` come from OpenCV."""
    computed = computed or {}
    (FOLDER / f"{name}.prototxt").write_text(network_text(name, inputs, layers))
    model = b"".join(field(100, layer(key, v, double=key in double)) for key, v in weights.items())
    (FOLDER / f"{name}.caffemodel").write_bytes(field(1, name.encode()) + (binary or model))
    rest = [key for key in outputs if key not in computed]
    found = {key: by_opencv(name, key, inputs, layers) for key in rest}
    tensors = lambda table: {k: {"shape": list(v.shape), "values": rounded(v)} for k, v in table.items()}
    reference = {
        "inputs": tensors(inputs),
        "opencv": tensors({k: found[k] for k in rest}),
        "numpy": tensors({k: computed[k] for k in outputs if k in computed}),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(reference))


def convolutions():
    x = rand(1, 4, 9, 8)
    write(
        "convolutions",
        {"data": x},
        [
            one("grouped", "Convolution", "data",
                "convolution_param { num_output: 6 kernel_size: 3 stride: 2 pad: 1 group: 2 }"),
            one("wide", "Convolution", "data",
                "convolution_param { num_output: 3 kernel_h: 1 kernel_w: 5 pad_h: 0 pad_w: 2 "
                "stride_h: 2 stride_w: 1 bias_term: false }"),
            one("dilated", "Convolution", "data",
                "convolution_param { num_output: 2 kernel_size: 3 dilation: 2 pad: 2 }"),
            one("depthwise", "Convolution", "data",
                "convolution_param { num_output: 4 kernel_size: 3 group: 4 }"),
            one("up", "Deconvolution", "grouped",
                "convolution_param { num_output: 4 kernel_size: 4 stride: 2 pad: 1 }"),
            one("up_grouped", "Deconvolution", "grouped",
                "convolution_param { num_output: 6 kernel_size: 2 stride: 2 group: 6 bias_term: false }"),
        ],
        {
            "grouped": [rand(6, 2, 3, 3), rand(6)],
            "wide": [rand(3, 4, 1, 5)],
            "dilated": [rand(2, 4, 3, 3), rand(2)],
            "depthwise": [rand(4, 1, 3, 3), rand(4)],
            "up": [rand(6, 4, 4, 4), rand(4)],
            "up_grouped": [rand(6, 1, 2, 2)],
        },
        ["wide", "dilated", "depthwise", "up", "up_grouped"],
    )


def normalizations():
    x = rand(1, 4, 5, 6)
    mean, variance, total = rand(4) * 3, positive(4) * 3, np.float32([3])
    scale, shift = rand(4), rand(4)
    column = lambda v: v.reshape(1, -1, 1, 1)
    normal = (x - column(mean / 3)) / np.sqrt(column(variance / 3) + 1e-3)
    factors, offsets = rand(4, 5), rand(5, 6)
    alone = x * column(scale)
    centred = x - x.mean((1, 2, 3), keepdims=True)
    deviation = np.sqrt((centred**2).mean((1, 2, 3), keepdims=True))
    own = x - x.mean((2, 3), keepdims=True)
    whole = np.sqrt((x**2).sum((1, 2, 3), keepdims=True) + 1e-10)
    across = np.sqrt((x**2).sum(1, keepdims=True) + 1e-10)
    channel_scale = positive(4)
    padded = np.pad(x**2, ((0, 0), (1, 1), (0, 0), (0, 0)))
    neighbours = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    write(
        "normalizations",
        {"data": x},
        [
            one("norm", "BatchNorm", "data", "batch_norm_param { use_global_stats: true eps: 0.001 }"),
            one("norm_scaled", "Scale", "norm", "scale_param { bias_term: true }"),
            one("norm_scaled_relu", "ReLU", "norm_scaled", "relu_param { negative_slope: 0.1 }",
                "norm_scaled"),
            one("alone", "Scale", "data"),
            one("part", "Scale", "data", "scale_param { axis: 1 num_axes: 2 }"),
            one("end", "Bias", "data", "bias_param { axis: -2 num_axes: -1 }"),
            one("across", "LRN", "data", "lrn_param { local_size: 3 alpha: 0.5 beta: 0.75 k: 2 }"),
            one("within", "LRN", "data",
                "lrn_param { local_size: 3 alpha: 0.5 beta: 0.75 norm_region: WITHIN_CHANNEL }"),
            one("mvn", "MVN", "data", "mvn_param { across_channels: true }"),
            one("mean_only", "MVN", "data", "mvn_param { normalize_variance: false }"),
            one("l2_image", "Normalize", "data", "norm_param { across_spatial: true channel_shared: true }"),
            one("l2_pixel", "Normalize", "data", "norm_param { across_spatial: false channel_shared: false }"),
        ],
        {
            "norm": [mean, variance, total],
            "norm_scaled": [scale, shift],
            "alone": [scale],
            "part": [factors],
            "end": [offsets],
            "l2_image": [np.float32(1.5)],
            "l2_pixel": [channel_scale],
        },
        ["norm", "norm_scaled", "alone", "part", "end", "across", "within", "mvn", "mean_only",
         "l2_image", "l2_pixel"],
        {
            "norm": normal,
            "alone": alone,
            "part": x * factors.reshape(1, 4, 5, 1),
            "end": x + offsets,
            # OpenCV does not read k.
            "across": x / (2 + 0.5 / 3 * neighbours) ** 0.75,
            "mvn": centred / (deviation + 1e-9),
            "mean_only": own,
            "l2_image": x / whole * 1.5,
            "l2_pixel": x / across * column(channel_scale),
        },
    )


def pool(x, kernel, stride, pad, average):
    """Caffe's pooling, window by window."""
    height, width = x.shape[2:]
    size = lambda n: -(-(n + 2 * pad - kernel) // stride) + 1
    rows, columns = size(height), size(width)
    if pad > 0:
        rows -= (rows - 1) * stride >= height + pad
        columns -= (columns - 1) * stride >= width + pad
    out = np.zeros(x.shape[:2] + (rows, columns), np.float32)
    for r in range(rows):
        for c in range(columns):
            top, left = r * stride - pad, c * stride - pad
            bottom, right = min(top + kernel, height + pad), min(left + kernel, width + pad)
            window = x[:, :, max(top, 0):min(bottom, height), max(left, 0):min(right, width)]
            out[:, :, r, c] = (
                window.sum((2, 3)) / ((bottom - top) * (right - left))
                if average else window.max((2, 3))
            )
    return out


def pooling():
    x = rand(1, 2, 7, 10)
    cases = {"k3s2": (3, 2, 0), "k3s2p1": (3, 2, 1), "k2s2p1": (2, 2, 1), "k4s3p2": (4, 3, 2),
             "k5s2p2": (5, 2, 2)}
    layers, computed = [], {}
    for name, (kernel, stride, pad) in cases.items():
        for method in ("MAX", "AVE"):
            key = f"{method.lower()}_{name}"
            layers.append(one(key, "Pooling", "data",
                f"pooling_param {{ pool: {method} kernel_size: {kernel} stride: {stride} pad: {pad} }}"))
            computed[key] = pool(x, kernel, stride, pad, method == "AVE")
    layers += [
        one("max_rectangle", "Pooling", "data",
            "pooling_param { pool: MAX kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 }"),
        one("ave_global", "Pooling", "data", "pooling_param { pool: AVE global_pooling: true }"),
        one("max_global", "Pooling", "data", "pooling_param { pool: MAX global_pooling: true }"),
    ]
    opencv = ["max_rectangle", "ave_global", "max_global"]
    write("pooling", {"data": x}, layers, {}, list(computed) + opencv, computed)
    # OpenCV has Caffe's border rule as well: both must agree.
    for key, values in computed.items():
        assert np.allclose(values, by_opencv("pooling", key, {"data": x}, layers), atol=1e-6), key


def activations():
    x = rand(1, 3, 4, 5) * 4
    softplus = np.log1p(np.exp(x))
    slope = np.float32(-0.3)
    write(
        "activations",
        {"data": x},
        [
            one("relu", "ReLU", "data"),
            one("leaky", "ReLU", "data", "relu_param { negative_slope: 0.25 }"),
            one("relu6", "ReLU6", "data"),
            one("prelu", "PReLU", "data"),
            one("prelu_shared", "PReLU", "data", "prelu_param { channel_shared: true }"),
            one("elu", "ELU", "data", "elu_param { alpha: 0.5 }"),
            one("sigmoid", "Sigmoid", "data"),
            one("tanh", "TanH", "data"),
            one("abs", "AbsVal", "data"),
            one("power", "Power", "abs", "power_param { power: 1.5 scale: 2 shift: 0.5 }"),
            one("affine", "Power", "data", "power_param { scale: -2 shift: 0.5 }"),
            one("exp", "Exp", "data", "exp_param { base: 2 scale: 0.5 shift: 1 }"),
            one("exp_e", "Exp", "data"),
            one("log", "Log", "abs", "log_param { base: 10 scale: 3 shift: 1 }"),
            one("bnll", "BNLL", "data"),
            one("threshold", "Threshold", "data", "threshold_param { threshold: 0.5 }"),
            one("clip", "Clip", "data", "clip_param { min: -1 max: 2 }"),
            one("swish", "Swish", "data", "swish_param { beta: 1.5 }"),
        ],
        {"prelu": [rand(3)], "prelu_shared": [slope]},
        ["relu", "leaky", "relu6", "prelu", "prelu_shared", "elu", "sigmoid", "tanh", "power",
         "affine", "exp", "exp_e", "log", "bnll", "threshold", "clip", "swish"],
        {
            "exp": 2 ** (1 + 0.5 * x),
            "exp_e": np.exp(x),
            "log": np.log10(1 + 3 * abs(x)),
            "bnll": softplus,
            "threshold": (x > 0.5).astype(np.float32),
            "clip": np.clip(x, -1, 2),
            "swish": x / (1 + np.exp(-1.5 * x)),
            "prelu_shared": np.where(x > 0, x, slope * x),
        },
    )


def combining():
    a, b, c = rand(1, 4, 3, 5), rand(1, 4, 3, 5), rand(1, 4, 3, 5)
    gate = rand(1, 4)
    write(
        "combining",
        {"a": a, "b": b, "c": c, "gate": gate},
        [
            one("sum", "Eltwise", "a b c"),
            one("weighted", "Eltwise", "a b c", "eltwise_param { coeff: 0.5 coeff: -1 coeff: 2 }"),
            one("difference", "Eltwise", "a b", "eltwise_param { operation: SUM coeff: 1 coeff: -1 }"),
            one("product", "Eltwise", "a b c", "eltwise_param { operation: PROD }"),
            one("largest", "Eltwise", "a b c", "eltwise_param { operation: MAX }"),
            one("joined", "Concat", "a b", "concat_param { axis: 2 }"),
            one("joined_old", "Concat", "a c", "concat_param { concat_dim: 1 }"),
            one("cut", "Slice", "a", "slice_param { axis: 1 slice_point: 1 slice_point: 3 }",
                "first second third"),
            one("halves", "Slice", "b", "slice_param { axis: 1 }", "upper lower"),
            one("copies", "Split", "c", "", "copy another"),
            one("after_copy", "ReLU", "copy"),
            one("dropped", "Dropout", "another"),
            one("after_drop", "AbsVal", "dropped"),
            one("scaled", "Scale", "a gate", "scale_param { axis: 0 }"),
            one("gate_map", "Reshape", "gate", "reshape_param { shape { dim: 0 dim: 0 dim: 1 dim: 1 } }"),
            one("axpy", "Axpy", "gate_map b c"),
        ],
        {},
        ["sum", "weighted", "difference", "product", "largest", "joined", "joined_old", "first",
         "second", "third", "upper", "lower", "after_copy", "after_drop", "scaled", "axpy"],
        {
            "first": a[:, :1], "second": a[:, 1:3], "third": a[:, 3:],
            "upper": b[:, :2], "lower": b[:, 2:],
            "after_copy": np.maximum(c, 0),
            "after_drop": abs(c),
            "scaled": a * gate[:, :, None, None],
            "axpy": gate[:, :, None, None] * b + c,
        },
    )


def darknet_reorg(x, stride):
    """The loops of darknet, which Caffe's forks took over."""
    _, channels, height, width = x.shape
    planes = channels // stride**2
    source, out = x.ravel(), np.zeros(x.size, np.float32)
    for k, j, i in np.ndindex(channels, height, width):
        offset, plane = divmod(k, planes)
        row, column = j * stride + offset // stride, i * stride + offset % stride
        place = column + width * stride * (row + height * stride * plane)
        out[i + width * (j + height * k)] = source[place]
    return out.reshape(1, channels * stride**2, height // stride, width // stride)


def shaping():
    x, small = rand(1, 8, 4, 6), rand(1, 8, 3, 2)
    write(
        "shaping",
        {"data": x, "small": small},
        [
            one("flat", "Flatten", "data"),
            one("flat_part", "Flatten", "data", "flatten_param { axis: 1 end_axis: 2 }"),
            one("reshaped", "Reshape", "data", "reshape_param { shape { dim: 0 dim: 2 dim: -1 } }"),
            one("inserted", "Reshape", "data", "reshape_param { shape { dim: 1 } axis: 2 num_axes: 0 }"),
            one("replaced", "Reshape", "data",
                "reshape_param { shape { dim: 3 dim: 2 } axis: 3 num_axes: 1 }"),
            one("permuted", "Permute", "data", "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
            one("partly", "Permute", "data", "permute_param { order: 0 order: 3 }"),
            one("cropped", "Crop", "data small", "crop_param { axis: 2 offset: 1 offset: 3 }"),
            one("tiled", "Tile", "small", "tile_param { axis: 2 tiles: 3 }"),
            one("shuffled", "ShuffleChannel", "data", "shuffle_channel_param { group: 4 }"),
            one("reorganized", "Reorg", "data", "reorg_param { stride: 2 }"),
        ],
        {},
        ["flat", "flat_part", "reshaped", "inserted", "replaced", "permuted", "partly", "cropped",
         "tiled", "shuffled", "reorganized"],
        {
            "flat": x.reshape(1, -1),
            "flat_part": x.reshape(1, 32, 6),
            "reshaped": x.reshape(1, 2, 96),
            "inserted": x.reshape(1, 8, 1, 4, 6),
            "replaced": x.reshape(1, 8, 4, 3, 2),
            "partly": x.transpose(0, 3, 1, 2),
            "cropped": x[:, :, 1:4, 3:5],
            "reorganized": darknet_reorg(x, 2),
            "tiled": np.tile(small, (1, 1, 3, 1)),
            "shuffled": x.reshape(1, 4, 2, 4, 6).transpose(0, 2, 1, 3, 4).reshape(1, 8, 4, 6),
        },
    )


def classifier():
    x = rand(1, 3, 4, 4)
    dense, turned, wide = rand(5, 48), rand(48, 6), rand(7, 16)
    bias = rand(5)
    flat = x.reshape(1, -1)
    order = np.argsort(-flat, 1)[:, :3]
    write(
        "classifier",
        {"data": x},
        [
            one("dense", "InnerProduct", "data", "inner_product_param { num_output: 5 }"),
            one("turned", "InnerProduct", "data",
                "inner_product_param { num_output: 6 bias_term: false transpose: true }"),
            one("wide", "InnerProduct", "data",
                "inner_product_param { num_output: 7 bias_term: false axis: 2 }"),
            one("prob", "Softmax", "dense"),
            one("pixel_prob", "Softmax", "data"),
            one("row_prob", "Softmax", "data", "softmax_param { axis: -1 }"),
            one("best", "ArgMax", "data", "argmax_param { axis: 1 }"),
            one("best_value", "ArgMax", "data", "argmax_param { axis: 1 out_max_val: true }"),
            one("best_three", "ArgMax", "data", "argmax_param { top_k: 3 }"),
            one("best_pairs", "ArgMax", "data", "argmax_param { top_k: 3 out_max_val: true }"),
            one("total", "Reduction", "data", "reduction_param { axis: 2 coeff: 0.5 }"),
            one("absolute", "Reduction", "data", "reduction_param { operation: ASUM axis: 1 }"),
            one("squares", "Reduction", "data", "reduction_param { operation: SUMSQ axis: 1 }"),
            one("mean", "Reduction", "data", "reduction_param { operation: MEAN axis: -2 }"),
        ],
        {"dense": [dense, bias], "turned": [turned], "wide": [wide]},
        ["turned", "wide", "prob", "pixel_prob", "row_prob", "best", "best_value", "best_three",
         "best_pairs", "total", "absolute", "squares", "mean"],
        {
            "turned": flat @ turned,
            "wide": (x.reshape(3, 16) @ wide.T)[None],
            "best": x.argmax(1)[:, None].astype(np.float32),
            "best_value": x.max(1)[:, None],
            "best_three": order[:, None].astype(np.float32),
            "best_pairs": np.stack([order, np.take_along_axis(flat, order, 1)], 1).astype(np.float32),
            "total": x.sum((2, 3)) * 0.5,
            "absolute": abs(x).sum((1, 2, 3)),
            "squares": (x**2).sum((1, 2, 3)),
            "mean": x.mean((2, 3)),
        },
        double={"turned", "wide"},
    )


def interpolate(x, height, width):
    """Bilinear with corners on corners."""
    rows = np.linspace(0, x.shape[2] - 1, height)
    columns = np.linspace(0, x.shape[3] - 1, width)
    out = np.zeros(x.shape[:2] + (height, width))
    for (r, row), (c, column) in itertools.product(enumerate(rows), enumerate(columns)):
        top, left = min(int(row), x.shape[2] - 2), min(int(column), x.shape[3] - 2)
        down, right = row - top, column - left
        corners = x[:, :, top:top + 2, left:left + 2]
        weights = np.outer([1 - down, down], [1 - right, right])
        out[:, :, r, c] = (corners * weights).sum((2, 3))
    return out.astype(np.float32)


def detector():
    image, maps, coarse = rand(1, 3, 60, 80), rand(1, 4, 3, 4), rand(1, 4, 2, 2)
    write(
        "detector",
        {"data": image, "maps": maps, "coarse": coarse},
        [
            one("fine_boxes", "PriorBox", "maps data",
                "prior_box_param { min_size: 20 max_size: 35 aspect_ratio: 2 flip: true clip: true "
                "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 }"),
            one("coarse_boxes", "PriorBox", "coarse data",
                "prior_box_param { min_size: 40 min_size: 55 aspect_ratio: 2 aspect_ratio: 3 flip: false "
                "clip: false variance: 0.1 step: 30 offset: 0.4 }"),
            one("boxes", "Concat", "fine_boxes coarse_boxes", "concat_param { axis: 2 }"),
            one("larger", "Interp", "maps", "interp_param { height: 7 width: 9 }"),
            one("zoomed", "Interp", "maps", "interp_param { zoom_factor: 3 }"),
        ],
        {},
        ["fine_boxes", "coarse_boxes", "boxes", "larger", "zoomed"],
        {"larger": interpolate(maps, 7, 9), "zoomed": interpolate(maps, 7, 10)},
    )


def detections():
    """The heads of SSD and what DetectionOutput makes of them, in many settings."""
    priors = "prior_box_param {{ min_size: {} max_size: {} aspect_ratio: 2 flip: true clip: {} {} }}"
    variances = "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2"
    layers = [
        one("fine", "Convolution", "data", "convolution_param { num_output: 6 kernel_size: 4 stride: 4 }"),
        one("fine_relu", "ReLU", "fine", "", "fine"),
        one("coarse", "Convolution", "fine", "convolution_param { num_output: 6 kernel_size: 2 stride: 2 }"),
        one("coarse_relu", "ReLU", "coarse", "", "coarse"),
    ]
    weights = {"fine": [rand(6, 3, 4, 4), rand(6)], "coarse": [rand(6, 6, 2, 2), rand(6)]}
    for level in ("fine", "coarse"):
        for head, count, size in (("loc", 16, 0.3), ("conf", 20, 0.4)):
            name = f"{level}_{head}"
            layers += [
                one(name, "Convolution", level, f"convolution_param {{ num_output: {count} kernel_size: 1 }}"),
                one(f"{name}_turned", "Permute", name,
                    "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
                one(f"{name}_flat", "Flatten", f"{name}_turned", "flatten_param { axis: 1 }"),
            ]
            weights[name] = [size * rand(count, 6, 1, 1), size * rand(count)]
    layers += [
        one("fine_priors", "PriorBox", "fine data", priors.format(6, 11, "true", variances)),
        one("coarse_priors", "PriorBox", "coarse data", priors.format(12, 20, "false", variances)),
        one("other_priors", "PriorBox", "coarse data", priors.format(12, 20, "true", "variance: 0.15")),
        one("unit_priors", "PriorBox", "fine data", priors.format(6, 11, "true", "variance: 1")),
        one("more_unit_priors", "PriorBox", "coarse data", priors.format(12, 20, "false", "variance: 1")),
        one("loc", "Concat", "fine_loc_flat coarse_loc_flat", "concat_param { axis: 1 }"),
        one("conf", "Concat", "fine_conf_flat coarse_conf_flat", "concat_param { axis: 1 }"),
        one("priors", "Concat", "fine_priors coarse_priors", "concat_param { axis: 2 }"),
        one("mixed_priors", "Concat", "fine_priors other_priors", "concat_param { axis: 2 }"),
        one("all_unit_priors", "Concat", "unit_priors more_unit_priors", "concat_param { axis: 2 }"),
        one("conf_rows", "Reshape", "conf", "reshape_param { shape { dim: 0 dim: -1 dim: 5 } }"),
        one("conf_softmax", "Softmax", "conf_rows", "softmax_param { axis: 2 }"),
        one("conf_flat", "Flatten", "conf_softmax", "flatten_param { axis: 1 }"),
    ]
    common = "num_classes: 5 share_location: true"
    usual = "nms_param { nms_threshold: 0.45 top_k: 60 } keep_top_k: 30"
    settings = {
        "center": f"{common} {usual} code_type: CENTER_SIZE confidence_threshold: 0.75",
        "mixed": f"{common} {usual} code_type: CENTER_SIZE confidence_threshold: 0.75",
        "corner": f"{common} {usual} code_type: CORNER confidence_threshold: 0.75",
        "unit": f"{common} {usual} code_type: CENTER_SIZE confidence_threshold: 0.75",
        "third": f"{common} {usual} code_type: CENTER_SIZE confidence_threshold: 0.75 "
                 "background_label_id: 3",
        "everything": f"{common} {usual} code_type: CENTER_SIZE confidence_threshold: 0.75 "
                      "background_label_id: 5",
        "few": f"{common} nms_param {{ nms_threshold: 0.3 top_k: 60 }} keep_top_k: 4 "
               "code_type: CENTER_SIZE confidence_threshold: 0.75",
        "roomy": f"{common} nms_param {{ nms_threshold: 0.2 top_k: 9 }} keep_top_k: 50 "
                 "code_type: CENTER_SIZE",
        "nothing": f"{common} {usual} code_type: CENTER_SIZE confidence_threshold: 0.99999",
    }
    boxes = {"mixed": "mixed_priors", "unit": "all_unit_priors"}
    layers += [
        one(name, "DetectionOutput", f"loc conf_flat {boxes.get(name, 'priors')}",
            "detection_output_param { " + text
            + ("" if "background" in text else " background_label_id: 0") + " }")
        for name, text in settings.items()
    ]
    write("detections", {"data": rand(1, 3, 32, 32)}, layers, weights, list(settings))


def legacy():
    """One network in three versions of the format; the newest is what OpenCV runs."""
    x = rand(1, 2, 6, 6)
    weight, bias, dense, shift = rand(3, 2, 3, 3), rand(3), rand(4, 27), rand(4)
    weights = {"conv": [weight, bias], "fc": [dense, shift]}
    old = b"".join(field(2, layer_v1(key, v)) for key, v in weights.items())
    write(
        "current",
        {"data": x},
        [
            one("conv", "Convolution", "data", "convolution_param { num_output: 3 kernel_size: 3 pad: 1 }"),
            one("relu", "ReLU", "conv", "", "conv"),
            one("norm", "LRN", "conv", "lrn_param { local_size: 3 alpha: 0.1 }"),
            one("pool", "Pooling", "norm", "pooling_param { kernel_size: 2 stride: 2 }"),
            one("fc", "InnerProduct", "pool", "inner_product_param { num_output: 4 }"),
            one("prob", "Softmax", "fc"),
        ],
        weights,
        ["prob"],
        binary=old,
    )
    (FOLDER / "version1.prototxt").write_text("""# The network of current.prototxt as Caffe of 2014 had it.
name: "version1"
input: "data"
input_dim: 10 input_dim: 2 input_dim: 6 input_dim: 6
layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv"
  blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0
  convolution_param { num_output: 3 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
layers { name: "relu" type: RELU bottom: "conv" top: "conv" }
layers { name: "norm" type: LRN bottom: "conv" top: "norm" lrn_param { local_size: 3 alpha: 0.1 } }
layers { name: "pool" type: POOLING bottom: "norm" top: "pool"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layers { name: "fc" type: INNER_PRODUCT bottom: "pool" top: "fc"
  inner_product_param { num_output: 4 } }
layers { name: "prob" type: SOFTMAX bottom: "fc" top: "prob" }
""")
    (FOLDER / "version0.prototxt").write_text("""# The network of current.prototxt as Caffe of 2013 had it.
name: "version0"
input: "data"
input_dim: 10 input_dim: 2 input_dim: 6 input_dim: 6
layers { layer { name: "pad" type: "padding" pad: 1 } bottom: "data" top: "pad" }
layers {
  layer { name: "conv" type: "conv" num_output: 3 kernelsize: 3
    weight_filler { type: "gaussian" std: 0.01 } blobs_lr: 1. blobs_lr: 2. }
  bottom: "pad" top: "conv"
}
layers { layer { name: "relu" type: "relu" } bottom: "conv" top: "conv" }
layers { layer { name: "norm" type: "lrn" local_size: 3 alpha: 0.1 beta: 0.75 } bottom: "conv" top: "norm" }
layers { layer { name: "pool" type: "pool" pool: MAX kernelsize: 2 stride: 2 } bottom: "norm" top: "pool" }
layers { layer { name: "fc" type: "innerproduct" num_output: 4 } bottom: "pool" top: "fc" }
layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.5 } bottom: "fc" top: "fc" }
layers { layer { name: "prob" type: "softmax" } bottom: "fc" top: "prob" }
""")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for make in (convolutions, normalizations, pooling, activations, combining, shaping,
                 classifier, detector, legacy, detections):
        make()
        print(make.__name__)
