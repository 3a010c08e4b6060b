"""Makes testdata/onnx/upgrades.jsonl: small models of old opsets with inputs and outputs.

Needs onnx, onnxruntime and numpy. Each model has one operator whose form or meaning changed until
opset 21; ONNX Runtime computes the outputs at the old opset. The test opens each model, which lifts
it to opset 21, runs it again and compares. Last run with onnx 1.23.2 and onnxruntime 1.32.0.

    python3 tools/make_onnx_fixtures.py testdata/onnx/upgrades.jsonl
"""

import base64
import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

IR_VERSIONS = {7: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7}

random = np.random.default_rng(0)
fixtures = []


def normal(*shape):
    return random.standard_normal(shape).astype(np.float32)


def describe(array):
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode(),
    }


def case(name, opset, nodes, inputs, constants=None, outputs=("y",), types=None):
    """Adds a model, runs it, and keeps both."""
    types = types or {}
    graph = helper.make_graph(
        nodes,
        name,
        [
            helper.make_tensor_value_info(
                key, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for key, value in inputs.items()
        ],
        [
            helper.make_tensor_value_info(key, types.get(key, TensorProto.FLOAT), None)
            for key in outputs
        ],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSIONS.get(opset, 8))
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data)
    results = session.run(list(outputs), inputs)
    fixtures.append({
        "name": f"{name} at opset {opset}",
        "model": base64.b64encode(data).decode(),
        "inputs": {key: describe(value) for key, value in inputs.items()},
        "outputs": {key: describe(value) for key, value in zip(outputs, results)},
    })


node = helper.make_node
x = normal(1, 4, 3, 4)
scales = np.array([1, 1, 2, 1.6], np.float32)
halves = np.array([1, 1, 0.5, 0.6], np.float32)
empty = np.zeros(0, np.float32)

case("Clip", 7, [node("Clip", ["x"], ["y"], min=-0.5, max=0.7)], {"x": x})
case("Clip, no maximum", 10, [node("Clip", ["x"], ["y"], min=-0.5)], {"x": x})

for mode in ("nearest", "linear"):
    attribute = node("Upsample", ["x"], ["y"], mode=mode, scales=[1.0, 1.0, 2.0, 3.0])
    case(f"Upsample {mode}", 7, [attribute], {"x": x})
    case(f"Upsample {mode}", 9, [node("Upsample", ["x", "s"], ["y"], mode=mode)], {"x": x},
         {"s": scales})
    resize = node("Resize", ["x", "s"], ["y"], mode=mode)
    case(f"Resize {mode}, larger", 10, [resize], {"x": x}, {"s": scales})
    case(f"Resize {mode}, smaller", 10, [resize], {"x": x}, {"s": halves})
    sizes = node("Resize", ["x", "r", "s", "z"], ["y"], mode=mode)
    case(f"Resize {mode}, sizes", 11, [sizes], {"x": x},
         {"r": empty, "s": empty, "z": np.array([1, 4, 2, 9], np.int64)})

for operator in ("Softmax", "LogSoftmax", "Hardmax"):
    for axis in (None, 0, 2, 3, -2):
        attributes = {} if axis is None else {"axis": axis}
        case(f"{operator}, axis {axis}", 11, [node(operator, ["x"], ["y"], **attributes)],
             {"x": x})
case("Softmax over 1x1 images", 9, [node("Softmax", ["x"], ["y"])], {"x": normal(1, 7, 1, 1)})

case("Squeeze", 11, [node("Squeeze", ["x"], ["y"], axes=[0, 2])], {"x": normal(1, 3, 1, 4)})
case("Squeeze all", 11, [node("Squeeze", ["x"], ["y"])], {"x": normal(1, 3, 1, 4)})
case("Unsqueeze", 11, [node("Unsqueeze", ["x"], ["y"], axes=[0, 3])], {"x": normal(1, 3)})
for kind in "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split():
    reduce = node("Reduce" + kind, ["x"], ["y"], axes=[1, -1], keepdims=0)
    case("Reduce" + kind, 11, [reduce], {"x": np.abs(x)})
case("ReduceMean of all", 13, [node("ReduceMean", ["x"], ["y"])], {"x": x})

halved = node("Split", ["x"], ["y", "z"], axis=1)
parts = node("Split", ["x"], ["y", "z"], axis=1, split=[1, 3])
case("Split", 11, [parts], {"x": x}, outputs=("y", "z"))
case("Split in halves", 11, [halved], {"x": x}, outputs=("y", "z"))
case("Split in halves", 13, [halved], {"x": x}, outputs=("y", "z"))
for mode in ("constant", "edge", "reflect"):
    value = {"value": 1.5} if mode == "constant" else {}
    pad = node("Pad", ["x"], ["y"], mode=mode, pads=[0, 0, 1, 2, 0, 0, 2, 1], **value)
    case(f"Pad {mode}", 10, [pad], {"x": x})
slice_ = node("Slice", ["x"], ["y"], starts=[1, -3], ends=[2**63 - 1, -1], axes=[1, 2])
case("Slice to the end", 9, [slice_], {"x": x})
case("TopK", 9, [node("TopK", ["x"], ["y", "i"], k=2, axis=1)], {"x": x}, outputs=("y", "i"),
     types={"i": TensorProto.INT64})

dropout = [node("Dropout", ["x"], ["d"], ratio=0.3), node("Relu", ["d"], ["y"])]
case("Dropout", 7, dropout, {"x": x})
statistics = {"s": normal(4), "b": normal(4), "m": normal(4), "v": np.abs(normal(4))}
normalization = node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], spatial=1)
case("BatchNormalization", 7, [normalization], {"x": x}, statistics)
groups = node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=2)
case("GroupNormalization", 18, [groups], {"x": x}, {"s": normal(2), "b": normal(2)})
for mode in ("bilinear", "nearest", "bicubic"):
    grid = random.uniform(-1, 1, (1, 3, 3, 2)).astype(np.float32)
    case(f"GridSample {mode}", 16, [node("GridSample", ["x", "g"], ["y"], mode=mode)],
         {"x": x, "g": grid})
align = node("RoiAlign", ["x", "r", "i"], ["y"], output_height=2, output_width=2, sampling_ratio=2)
case("RoiAlign", 10, [align], {"x": x},
     {"r": np.array([[0, 0, 3, 2], [1, 1, 3, 3]], np.float32), "i": np.array([0, 0], np.int64)})
case("Scatter", 9, [node("Scatter", ["x", "i", "u"], ["y"], axis=1)], {"x": normal(1, 5)},
     {"i": np.array([[1, 3]], np.int64), "u": np.array([[1.1, 2.1]], np.float32)})
case("Gemm without C", 11, [node("Gemm", ["x", "w"], ["y"], transB=1, alpha=0.5)],
     {"x": normal(1, 3)}, {"w": normal(4, 3)})


def constant(name, **value):
    return node("Constant", [], [name], **value)


case("Constant of every kind", 12, [
    constant("a", value=numpy_helper.from_array(normal(1, 3))),
    constant("b", value_float=2.5),
    constant("c", value_floats=[1.0, 2.0, 3.0]),
    constant("k", value_int=1),
    constant("l", value_ints=[1, 3]),
    node("Mul", ["x", "a"], ["p"]),
    node("Add", ["p", "b"], ["q"]),
    node("Sub", ["q", "c"], ["r"]),
    node("Reshape", ["r", "l"], ["s"]),
    node("CumSum", ["s", "k"], ["y"]),
], {"x": normal(1, 3)})

with open(sys.argv[1], "w", encoding="utf-8") as file:
    for fixture in fixtures:
        file.write(json.dumps(fixture) + "\n")
