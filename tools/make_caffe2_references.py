"""Writes small Caffe2 nets with random weights to testdata/caffe2, and what Caffe2 computes for them.

Usage: python tools/make_caffe2_references.py [FOLDER]
Needs: Caffe2, which some wheels of PyTorch hold. With Python 3.8:
  pip install --no-deps torch==1.8.1
  pip install "numpy<1.24" "protobuf==3.20.3" future six typing_extensions
"""

import json
import pathlib
import struct
import sys

import numpy as np
from caffe2.proto import caffe2_pb2
from caffe2.python import workspace

DEFAULT = pathlib.Path(__file__).parent.parent / "testdata" / "caffe2"
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
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


def rounded(values):
    return [float(np.format_float_scientific(v, unique=True)) for v in values.ravel().astype("f4")]


def tensors(table):
    return {k: {"shape": list(v.shape), "values": rounded(v)} for k, v in table.items()}


def parse(data):
    parsed = caffe2_pb2.NetDef()
    parsed.ParseFromString(data)
    return parsed


def run(init, predict, inputs, outputs):
    workspace.ResetWorkspace()
    workspace.RunNetOnce(parse(init))
    for name, value in inputs.items():
        workspace.FeedBlob(name, value)
    workspace.RunNetOnce(parse(predict))
    return {name: workspace.FetchBlob(name) for name in outputs}


def write(name, inputs, operators, weights, outputs, extra=None):
    extra = extra or {}
    fills = [
        op("GivenTensorFill", "", key, shape=list(v.shape), values=v) for key, v in weights.items()
    ]
    # Caffe2's own files fill the input as well, with a scalar.
    fills += [op("ConstantFill", "", key, shape=[1]) for key in inputs]
    init = net(f"{name}_init", fills + list(extra.values()))
    predict = net(name, operators, [*inputs, *weights, *extra], outputs)
    computed = run(init, predict, inputs, outputs)
    (FOLDER / f"{name}_init.pb").write_bytes(init)
    (FOLDER / f"{name}_predict.pb").write_bytes(predict)
    reference = {"inputs": tensors(inputs), "outputs": tensors(computed)}
    (FOLDER / f"{name}.json").write_text(json.dumps(reference))


def write_cases(name, inputs, weights, cases, extra=None):
    """A net of operators beside each other: `{outputs: (type, inputs, arguments)}`. Outputs that
    begin with "_" are not of interest, nor are those that another operator reads."""
    operators = [op(kind, given, made, **args) for made, (kind, given, args) in cases.items()]
    read = {blob for _, given, _ in cases.values() for blob in given.split()}
    made = [blob for names in cases for blob in names.split()]
    outputs = [blob for blob in made if not blob.startswith("_") and blob not in read]
    write(name, inputs, operators, weights, outputs, extra)


def network():
    """A small classifier with the operators that most have."""
    weights = {
        "conv1_w": rand(4, 3, 3, 3), "conv1_b": rand(4),
        "bn_s": positive(4), "bn_b": rand(4), "bn_rm": rand(4), "bn_riv": positive(4),
        "fc_w": rand(5, 16), "fc_b": rand(5),
    }
    operators = [
        op("Conv", "data conv1_w conv1_b", "conv1", kernel=3, stride=2, pad=1, order="NCHW",
           exhaustive_search=1),
        op("SpatialBN", "conv1 bn_s bn_b bn_rm bn_riv", "conv1", is_test=1, epsilon=0.001),
        op("Relu", "conv1", "conv1"),
        op("MaxPool", "conv1", "pool1", kernel=2, stride=2),
        op("Dropout", "pool1", "pool1 _mask", is_test=1, ratio=0.5),
        op("FC", "pool1 fc_w fc_b", "fc"),
        op("Softmax", "fc", "prob"),
    ]
    write("network", {"data": rand(1, 3, 8, 8)}, operators, weights, ["prob"])


def windows():
    weights = {
        "gw": rand(6, 2, 3, 3), "gb": rand(6), "dw": rand(2, 4, 3, 3), "db": rand(2),
        "rw": rand(3, 4, 1, 5), "rb": rand(3), "tw": rand(4, 2, 3, 3), "tb": rand(2),
        "sw": rand(2, 4, 3, 3), "sb": rand(2), "ew": rand(4, 2, 2, 3),
    }
    write_cases("windows", {"x": rand(1, 4, 7, 9)}, weights, {
        "grouped": ("Conv", "x gw gb", dict(kernel=3, pads=[1, 0, 2, 1], group=2)),
        "dilated": ("Conv", "x dw db", dict(kernels=[3, 3], dilation=2, pad=2)),
        "wide": ("Conv", "x rw rb", dict(kernel_h=1, kernel_w=5, stride_h=2, stride_w=1, pad_t=0,
                                         pad_l=2, pad_b=0, pad_r=2)),
        "same": ("Conv", "x sw sb", dict(kernel=3, stride=2, legacy_pad=2)),
        "valid": ("Conv", "x sw sb", dict(kernel=3, stride=2, legacy_pad=1)),
        "no_bias": ("Conv", "x sw", dict(kernel=3, dilations=[1, 2])),
        "up": ("ConvTranspose", "x tw tb", dict(kernel=3, stride=2, pad=1, adj=1)),
        "up_sides": ("ConvTranspose", "x ew", dict(kernels=[2, 3], strides=[2, 3], adjs=[1, 2],
                                                   pads=[0, 1, 1, 2])),
        "max_floor": ("MaxPool", "x", dict(kernel=3, stride=2, pad=1)),
        "max_legacy": ("MaxPool", "x", dict(kernel=2, stride=2, legacy_pad=3)),
        "max_legacy_padded": ("MaxPool", "x", dict(kernel=3, stride=3, pad=1, legacy_pad=3)),
        "max_same": ("MaxPool", "x", dict(kernel=3, stride=2, legacy_pad=2)),
        "average": ("AveragePool", "x", dict(kernel=3, stride=2, pad=1)),
        "average_legacy": ("AveragePool", "x", dict(kernel=2, stride=2, legacy_pad=3)),
        "average_counted": ("AveragePool", "x", dict(kernel=3, stride=2, pad=1,
                                                     count_include_pad=1)),
        "average_global": ("AveragePool", "x", dict(global_pooling=1)),
        "max_global": ("MaxPool", "x", dict(global_pooling=1)),
    })


def elementwise():
    inputs = {"x": rand(1, 3, 4, 5) * 3, "y": positive(1, 3, 4, 5)}
    weights = {
        "channel": rand(3), "slope": rand(3), "one_slope": rand(1), "last": rand(4, 5),
        "column": rand(1, 3, 1, 1), "batch": rand(1),
    }
    write_cases("elementwise", inputs, weights, {
        "abs": ("Abs", "x", {}),
        "ceil": ("Ceil", "x", {}),
        "cos": ("Cos", "x", {}),
        "floor": ("Floor", "x", {}),
        "sign": ("Sign", "x", {}),
        "sin": ("Sin", "x", {}),
        "softplus": ("Softplus", "x", {}),
        "softsign": ("Softsign", "x", {}),
        "selu": ("Selu", "x", dict(alpha=1.5, scale=1.1)),
        "leaky": ("LeakyRelu", "x", dict(alpha=0.25)),
        "elu": ("Elu", "x", dict(alpha=0.5)),
        "prelu": ("PRelu", "x slope", {}),
        "prelu_shared": ("PRelu", "x one_slope", {}),
        "sigmoid": ("Sigmoid", "x", {}),
        "tanh": ("Tanh", "x", {}),
        "swish": ("Swish", "x", {}),
        "hard": ("HardSigmoid", "x", dict(alpha=0.3, beta=0.4)),
        "clip": ("Clip", "x", dict(min=-1.0, max=2.0)),
        "clip_above": ("Clip", "x", dict(max=1.0)),
        "square": ("Sqr", "x", {}),
        "root": ("Sqrt", "y", {}),
        "log": ("Log", "y", {}),
        "exp": ("Exp", "x", {}),
        "negative": ("Negative", "x", {}),
        "power": ("Pow", "y", dict(exponent=1.5)),
        "power_of": ("Pow", "y x", {}),
        "sum": ("Sum", "x y x", {}),
        "mean": ("Mean", "x y", {}),
        "max": ("Max", "x y", {}),
        "min": ("Min", "x y", {}),
        "add": ("Add", "x y", {}),
        "sub": ("Sub", "x y", {}),
        "div": ("Div", "x y", {}),
        "mul_axis": ("Mul", "x channel", dict(broadcast=1, axis=1)),
        "mul_first": ("Mul", "x batch", dict(broadcast=1, axis=0)),
        "add_last": ("Add", "x last", dict(broadcast=1)),
        "sub_column": ("Sub", "x column", {}),
        "copy": ("Copy", "x", {}),
        "copied": ("Relu", "copy", {}),
    })


def shaping():
    inputs = {"x": rand(1, 6, 4, 5), "y": rand(1, 6, 4, 5)}
    weights = {
        "gamma": positive(6), "beta": rand(6), "fw": rand(3, 20), "fb": rand(3),
        "fwt": rand(120, 3), "matrix": rand(7, 20),
    }
    cases = {
        "concat _sizes": ("Concat", "x y", dict(axis=2)),
        "concat_channels _sizes2": ("Concat", "x y", dict(order="NCHW")),
        "depth _sizes3": ("DepthConcat", "x y", {}),
        "one two three": ("Split", "x", dict(axis=1)),
        "small large": ("Split", "y", dict(axis=1, split=[2, 4])),
        "flat": ("Flatten", "x", {}),
        "flat2": ("Flatten", "x", dict(axis=2)),
        "vector": ("FlattenToVec", "x", {}),
        "reshaped _old": ("Reshape", "x", dict(shape=[0, -1, 10])),
        "reshaped_input _old2": ("Reshape", "y new_shape", {}),
        "transposed": ("Transpose", "x", dict(axes=[0, 2, 3, 1])),
        "reversed": ("Transpose", "x", {}),
        "last": ("NCHW2NHWC", "y", {}),
        "first": ("NHWC2NCHW", "y", {}),
        "expanded": ("ExpandDims", "x", dict(dims=[1])),
        "squeezed": ("Squeeze", "expanded", dict(dims=[0, 1])),
        "shuffled": ("ChannelShuffle", "x", dict(group=3)),
        "nearest": ("ResizeNearest", "x", dict(width_scale=2.0, height_scale=3.0)),
        "nearest_odd": ("ResizeNearest", "x", dict(width_scale=1.5, height_scale=0.6)),
        "bilinear": ("UpsampleBilinear", "x", dict(width_scale=2.0, height_scale=2.0)),
        "bilinear_odd": ("UpsampleBilinear", "x", dict(width_scale=1.7, height_scale=1.5)),
        "sliced": ("Slice", "x", dict(starts=[0, 1, 0, 0], ends=[-1, 3, -1, -1])),
        "sliced_end": ("Slice", "x", dict(starts=[0, 0, 0, 2], ends=[-1, -1, -1, -2])),
        "padded": ("PadImage", "x", dict(pad_t=1, pad_l=2, pad_b=0, pad_r=1, mode="reflect")),
        "padded_edge": ("PadImage", "x", dict(pad=2, mode="edge")),
        "padded_value": ("PadImage", "x", dict(pad=1, value=0.5)),
        "tiled": ("Tile", "x", dict(tiles=2, axis=3)),
        "lrn _scale": ("LRN", "x", dict(size=3, alpha=0.5, beta=0.75, bias=2.0)),
        "softmax": ("Softmax", "x", dict(axis=1)),
        "softmax2": ("Softmax", "x", dict(axis=2)),
        "affine": ("AffineChannel", "x gamma beta", {}),
        "instance": ("InstanceNorm", "x gamma beta", dict(epsilon=0.01)),
        "group _mean _deviation": ("GroupNorm", "x gamma beta", dict(group=3)),
        "mean": ("ReduceMean", "x", dict(axes=[2, 3], keepdims=0)),
        "reduced_max": ("ReduceMax", "x", dict(axes=[1])),
        "reduced_min": ("ReduceMin", "x", dict(axes=[3, 2])),
        "reduced_sum": ("ReduceSum", "x", dict(axes=[0, 1], keepdims=0)),
        "normalized": ("Normalize", "x", dict(axis=1)),
        "best": ("ArgMax", "x", dict(axis=1)),
        "best_flat": ("ArgMax", "x", dict(axis=3, keepdims=0)),
        "dense": ("FC", "x fw fb", dict(axis=2)),
        "dense_transposed": ("FCTransposed", "x fwt fb", {}),
        "rows": ("Flatten", "x", dict(axis=2)),
        "product": ("MatMul", "rows matrix", dict(trans_b=1)),
        "stopped": ("StopGradient", "y", {}),
        "after_stop": ("Sigmoid", "stopped", {}),
    }
    shape = op("GivenTensorInt64Fill", "", "new_shape", shape=[3], values=[2, 3, -1])
    write_cases("shaping", inputs, weights, cases, {"new_shape": shape})


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in (network, windows, elementwise, shaping):
        make()
        print(make.__name__)
