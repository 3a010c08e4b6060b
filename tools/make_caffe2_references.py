"""Writes small Caffe2 nets with random weights to testdata/caffe2, and what NumPy computes for them
after the documentation of Caffe2's operators. (No package of Caffe2 runs on today's Python.)

Usage: python3 tools/make_caffe2_references.py
"""

import json
import pathlib
import struct

import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "testdata" / "caffe2"
RANDOM = np.random.default_rng(21)


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, payload):
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def argument(name, value):
    """An Argument; lists are not packed, as its schema is of proto2."""
    out = field(1, name)
    if isinstance(value, float):
        return out + b"\x15" + struct.pack("<f", value)
    if isinstance(value, int):
        return out + b"\x18" + varint(value)
    if isinstance(value, str):
        return out + field(4, value)
    if isinstance(value, np.ndarray):
        return out + b"".join(b"\x2d" + struct.pack("<f", v) for v in value.ravel())
    return out + b"".join(b"\x30" + varint(v) for v in value)


def op(kind, inputs, outputs, name="", **args):
    """An OperatorDef."""
    out = b"".join(field(1, blob) for blob in inputs.split())
    out += b"".join(field(2, blob) for blob in outputs.split())
    out += field(3, name) if name else b""
    out += field(4, kind)
    return out + b"".join(field(5, argument(k, v)) for k, v in args.items())


def net(name, operators, inputs=(), outputs=()):
    out = field(1, name) + b"".join(field(2, o) for o in operators)
    return out + b"".join(field(7, i) for i in inputs) + b"".join(field(8, o) for o in outputs)


def rand(*shape):
    return RANDOM.uniform(-1, 1, shape).astype(np.float32)


def positive(*shape):
    return RANDOM.uniform(0.5, 1.5, shape).astype(np.float32)


def conv(x, w, b, stride=(1, 1), pad=(0, 0, 0, 0), dilation=1, group=1):
    top, left, bottom, right = pad
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    kh, kw = (dilation * (k - 1) + 1 for k in w.shape[2:])
    rows, columns = (x.shape[2] - kh) // stride[0] + 1, (x.shape[3] - kw) // stride[1] + 1
    out = np.zeros((1, w.shape[0], rows, columns))
    per, made = x.shape[1] // group, w.shape[0] // group
    for o, r, c in np.ndindex(*out.shape[1:]):
        first = o // made * per
        y, z = r * stride[0], c * stride[1]
        window = x[0, first:first + per, y:y + kh:dilation, z:z + kw:dilation]
        out[0, o, r, c] = (window * w[o]).sum() + b[o]
    return out


def conv_transpose(x, w, b, stride, pad, adjust):
    rows = (x.shape[2] - 1) * stride + w.shape[2] + adjust
    columns = (x.shape[3] - 1) * stride + w.shape[3] + adjust
    out = np.zeros((1, w.shape[1], rows, columns))
    for i, r, c in np.ndindex(*x.shape[1:]):
        y, z = r * stride, c * stride
        out[0, :, y:y + w.shape[2], z:z + w.shape[3]] += x[0, i, r, c] * w[i]
    out = out[:, :, pad:rows - pad, pad:columns - pad]
    return out + b.reshape(1, -1, 1, 1)


def pool(x, kernel, stride, pad, average, end=None, include=False):
    end = pad if end is None else end
    height, width = x.shape[2:]
    size = lambda n: (n + pad + end - kernel) // stride + 1
    out = np.zeros(x.shape[:2] + (size(height), size(width)))
    for r, c in np.ndindex(*out.shape[2:]):
        top, left = max(r * stride - pad, 0), max(c * stride - pad, 0)
        bottom, right = (min(i * stride - pad + kernel, n) for i, n in ((r, height), (c, width)))
        window = x[:, :, top:bottom, left:right]
        count = kernel**2 if include else window[0, 0].size
        out[:, :, r, c] = window.sum((2, 3)) / count if average else window.max((2, 3))
    return out


def rounded(values):
    values = np.asarray(values).ravel().astype(np.float32)
    return [float(np.format_float_scientific(v, unique=True)) for v in values]


def tensors(table):
    return {k: {"shape": list(np.shape(v)), "values": rounded(v)} for k, v in table.items()}


def write(name, inputs, operators, weights, outputs, extra=()):
    fills = [
        op("GivenTensorFill", "", key, shape=list(v.shape), values=v) for key, v in weights.items()
    ]
    # Caffe2's own files fill the input as well, with a scalar.
    fills += [op("ConstantFill", "", key, shape=[1]) for key in inputs]
    (FOLDER / f"{name}_init.pb").write_bytes(net(f"{name}_init", fills + list(extra)))
    predict = net(name, operators, list(inputs) + list(weights), list(outputs))
    (FOLDER / f"{name}_predict.pb").write_bytes(predict)
    reference = {"inputs": tensors(inputs), "outputs": tensors(outputs)}
    (FOLDER / f"{name}.json").write_text(json.dumps(reference))


def network():
    """A small classifier with the operators that most have."""
    x = rand(1, 3, 8, 8)
    w = {
        "conv1_w": rand(4, 3, 3, 3), "conv1_b": rand(4),
        "bn_s": positive(4), "bn_b": rand(4), "bn_rm": rand(4), "bn_riv": positive(4),
        "fc_w": rand(5, 16), "fc_b": rand(5),
    }
    column = lambda v: v.reshape(1, -1, 1, 1)
    c = conv(x, w["conv1_w"], w["conv1_b"], (2, 2), (1, 1, 1, 1))
    n = (c - column(w["bn_rm"])) / np.sqrt(column(w["bn_riv"]) + 1e-3)
    n = np.maximum(n * column(w["bn_s"]) + column(w["bn_b"]), 0)
    p = pool(n, 2, 2, 0, False)
    f = p.reshape(1, -1) @ w["fc_w"].T + w["fc_b"]
    e = np.exp(f - f.max())
    write(
        "network",
        {"data": x},
        [
            op("Conv", "data conv1_w conv1_b", "conv1", kernel=3, stride=2, pad=1, order="NCHW",
               exhaustive_search=1),
            op("SpatialBN", "conv1 bn_s bn_b bn_rm bn_riv", "conv1", is_test=1, epsilon=0.001),
            op("Relu", "conv1", "conv1"),
            op("MaxPool", "conv1", "pool1", kernel=2, stride=2),
            op("Dropout", "pool1", "pool1 _mask", is_test=1, ratio=0.5),
            op("FC", "pool1 fc_w fc_b", "fc"),
            op("Softmax", "fc", "prob"),
        ],
        w,
        {"prob": e / e.sum()},
    )


def windows():
    x = rand(1, 4, 7, 9)
    w = {
        "gw": rand(6, 2, 3, 3), "gb": rand(6), "dw": rand(2, 4, 3, 3), "db": rand(2),
        "rw": rand(3, 4, 1, 5), "rb": rand(3), "tw": rand(4, 2, 3, 3), "tb": rand(2),
        "sw": rand(2, 4, 3, 3), "sb": rand(2),
    }
    same = conv(x, w["sw"], w["sb"], (2, 2), (1, 1, 1, 1))
    write(
        "windows",
        {"x": x},
        [
            op("Conv", "x gw gb", "grouped", kernel=3, pads=[1, 0, 2, 1], group=2),
            op("Conv", "x dw db", "dilated", kernels=[3, 3], dilation=2, pad=2),
            op("Conv", "x rw rb", "wide", kernel_h=1, kernel_w=5, stride_h=2, stride_w=1, pad_t=0,
               pad_l=2, pad_b=0, pad_r=2),
            op("Conv", "x sw sb", "same", kernel=3, stride=2, legacy_pad=2),
            op("ConvTranspose", "x tw tb", "up", kernel=3, stride=2, pad=1, adj=1),
            op("MaxPool", "x", "max_floor", kernel=3, stride=2, pad=1),
            op("MaxPool", "x", "max_legacy", kernel=2, stride=2, legacy_pad=3),
            op("AveragePool", "x", "average", kernel=3, stride=2, pad=1),
            op("AveragePool", "x", "average_counted", kernel=3, stride=2, pad=1, count_include_pad=1),
            op("AveragePool", "x", "average_global", global_pooling=1),
            op("MaxPool", "x", "max_global", global_pooling=1),
        ],
        w,
        {
            "grouped": conv(x, w["gw"], w["gb"], pad=(1, 0, 2, 1), group=2),
            "dilated": conv(x, w["dw"], w["db"], pad=(2, 2, 2, 2), dilation=2),
            "wide": conv(x, w["rw"], w["rb"], (2, 1), (0, 2, 0, 2)),
            "same": same,
            "up": conv_transpose(x, w["tw"], w["tb"], 2, 1, 1),
            "max_floor": pool(x, 3, 2, 1, False),
            "max_legacy": pool(x, 2, 2, 0, False, end=1),
            "average": pool(x, 3, 2, 1, True),
            "average_counted": pool(x, 3, 2, 1, True, include=True),
            "average_global": x.mean((2, 3), keepdims=True),
            "max_global": x.max((2, 3), keepdims=True),
        },
    )


def elementwise():
    x, y, channel = rand(1, 3, 4, 5) * 3, positive(1, 3, 4, 5), rand(3)
    column = channel.reshape(1, 3, 1, 1)
    slope, last = rand(3), rand(4, 5)
    w = {"channel": channel, "slope": slope, "last": last}
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    write(
        "elementwise",
        {"x": x, "y": y},
        [
            op("LeakyRelu", "x", "leaky", alpha=0.25),
            op("Elu", "x", "elu", alpha=0.5),
            op("PRelu", "x slope", "prelu"),
            op("Sigmoid", "x", "sigmoid"),
            op("Tanh", "x", "tanh"),
            op("Swish", "x", "swish"),
            op("HardSigmoid", "x", "hard", alpha=0.3, beta=0.4),
            op("Clip", "x", "clip", min=-1.0, max=2.0),
            op("Clip", "x", "clip_above", max=1.0),
            op("Sqr", "x", "square"),
            op("Sqrt", "y", "root"),
            op("Log", "y", "log"),
            op("Exp", "x", "exp"),
            op("Negative", "x", "negative"),
            op("Pow", "y", "power", exponent=1.5),
            op("Sum", "x y x", "sum"),
            op("Max", "x y", "max"),
            op("Min", "x y", "min"),
            op("Add", "x y", "add"),
            op("Sub", "x y", "sub"),
            op("Div", "x y", "div"),
            op("Mul", "x channel", "mul_axis", broadcast=1, axis=1),
            op("Add", "x last", "add_last", broadcast=1),
            op("Copy", "x", "copy"),
            op("Relu", "copy", "copied"),
        ],
        w,
        {
            "leaky": np.where(x > 0, x, 0.25 * x), "elu": np.where(x > 0, x, 0.5 * np.expm1(x)),
            "prelu": np.where(x > 0, x, slope.reshape(1, 3, 1, 1) * x), "sigmoid": sigmoid(x),
            "tanh": np.tanh(x), "swish": x * sigmoid(x), "hard": np.clip(0.3 * x + 0.4, 0, 1),
            "clip": np.clip(x, -1, 2), "clip_above": np.minimum(x, 1), "square": x * x,
            "root": np.sqrt(y), "log": np.log(y), "exp": np.exp(x), "negative": -x, "power": y**1.5,
            "sum": x + y + x, "max": np.maximum(x, y), "min": np.minimum(x, y), "add": x + y,
            "sub": x - y, "div": x / y, "mul_axis": x * column, "add_last": x + last,
            "copied": np.maximum(x, 0),
        },
    )


def shaping():
    x, y = rand(1, 6, 4, 5), rand(1, 6, 4, 5)
    softmax = lambda v: np.exp(v) / np.exp(v).sum(1, keepdims=True)
    square = np.pad(x**2, ((0, 0), (1, 1), (0, 0), (0, 0)))
    gamma, beta = positive(6), rand(6)
    column = lambda v: v.reshape(1, -1, 1, 1)
    own = x - x.mean((2, 3), keepdims=True)
    grouped = x.reshape(1, 3, 2 * 20)
    centred = grouped - grouped.mean(2, keepdims=True)
    group = (centred / np.sqrt((centred**2).mean(2, keepdims=True) + 1e-5)).reshape(x.shape)
    write(
        "shaping",
        {"x": x, "y": y},
        [
            op("Concat", "x y", "concat sizes", axis=2),
            op("Concat", "x y", "concat_channels sizes2", order="NCHW"),
            op("Split", "x", "one two three", axis=1),
            op("Split", "y", "small large", axis=1, split=[2, 4]),
            op("Flatten", "x", "flat"),
            op("Reshape", "x", "reshaped old", shape=[0, -1, 10]),
            op("Reshape", "y new_shape", "reshaped_input old2"),
            op("Transpose", "x", "transposed", axes=[0, 2, 3, 1]),
            op("NCHW2NHWC", "y", "last"),
            op("ExpandDims", "x", "expanded", dims=[1]),
            op("Squeeze", "expanded", "squeezed", dims=[0, 1]),
            op("ChannelShuffle", "x", "shuffled", group=3),
            op("ResizeNearest", "x", "nearest", width_scale=2.0, height_scale=3.0),
            op("UpsampleBilinear", "x", "bilinear", width_scale=2.0, height_scale=2.0),
            op("Slice", "x", "sliced", starts=[0, 1, 0, 2], ends=[-1, 3, -2, -1]),
            op("PadImage", "x", "padded", pad_t=1, pad_l=2, pad_b=0, pad_r=1, mode="reflect"),
            op("Tile", "x", "tiled", tiles=2, axis=3),
            op("LRN", "x", "lrn _scale", size=3, alpha=0.5, beta=0.75, bias=2.0),
            op("Softmax", "x", "softmax", axis=1),
            op("AffineChannel", "x gamma beta", "affine"),
            op("InstanceNorm", "x gamma beta", "instance", epsilon=0.01),
            op("GroupNorm", "x gamma beta", "group", group=3),
            op("ReduceMean", "x", "mean", axes=[2, 3], keepdims=0),
            op("StopGradient", "y", "stopped"),
            op("Sigmoid", "stopped", "after_stop"),
        ],
        {"gamma": gamma, "beta": beta},
        {
            "concat": np.concatenate([x, y], 2), "concat_channels": np.concatenate([x, y], 1),
            "one": x[:, :2], "two": x[:, 2:4], "three": x[:, 4:], "small": y[:, :2],
            "large": y[:, 2:], "flat": x.reshape(1, -1), "reshaped": x.reshape(1, 12, 10),
            "reshaped_input": y.reshape(2, 3, 20), "transposed": x.transpose(0, 2, 3, 1),
            "last": y.transpose(0, 2, 3, 1), "squeezed": x[0],
            "shuffled": x.reshape(1, 3, 2, 4, 5).transpose(0, 2, 1, 3, 4).reshape(x.shape),
            "nearest": x.repeat(3, 2).repeat(2, 3), "bilinear": bilinear(x, 8, 10),
            "sliced": x[:, 1:3, :3, 2:],
            "padded": np.pad(x, ((0, 0), (0, 0), (1, 0), (2, 1)), mode="reflect"),
            "tiled": np.tile(x, (1, 1, 1, 2)),
            "lrn": x / (2 + 0.5 / 3 * (square[:, :-2] + square[:, 1:-1] + square[:, 2:])) ** 0.75,
            "softmax": softmax(x.reshape(1, -1)).reshape(x.shape),
            "affine": x * column(gamma) + column(beta),
            "instance": own / np.sqrt((own**2).mean((2, 3), keepdims=True) + 0.01) * column(gamma)
            + column(beta),
            "group": group * column(gamma) + column(beta), "mean": x.mean((2, 3)),
            "after_stop": 1 / (1 + np.exp(-y)),
        },
        [op("GivenTensorInt64Fill", "", "new_shape", shape=[3], values=[2, 3, -1])],
    )


def bilinear(x, height, width):
    """Corners on corners."""
    out = np.zeros(x.shape[:2] + (height, width))
    for r, c in np.ndindex(height, width):
        row, column = r * (x.shape[2] - 1) / (height - 1), c * (x.shape[3] - 1) / (width - 1)
        top, left = min(int(row), x.shape[2] - 2), min(int(column), x.shape[3] - 2)
        down, right = row - top, column - left
        weights = np.outer([1 - down, down], [1 - right, right])
        out[:, :, r, c] = (x[:, :, top:top + 2, left:left + 2] * weights).sum((2, 3))
    return out


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for make in (network, windows, elementwise, shaping):
        make()
        print(make.__name__)
