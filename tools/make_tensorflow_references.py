"""Makes testdata/tensorflow: small models of TensorFlow with inputs, and outputs it computes.

Needs tensorflow-cpu and numpy. Last run with tensorflow-cpu 2.21.0.

    python3 tools/make_tensorflow_references.py testdata/tensorflow

- `operators.jsonl`: frozen graphs of one or a few operators, in base64;
- `frozen_layers.pb`: a frozen network of the usual layers;
- `saved_model_v1`, `saved_model_v2`, `saved_model_keras`: SavedModels of both generations;
- `checkpoint`: a `.meta` with its checkpoint in two data files;
- `fake_quant.json`: first and last level of FakeQuant operators;
- `references.json`: inputs and outputs of all but the first.
"""

import base64
import json
import os
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2,
)

v1 = tf.compat.v1
raw = tf.raw_ops
target = sys.argv[1]
random = np.random.default_rng(0)
operators = []
references = {}


def normal(*shape):
    return random.standard_normal(shape).astype(np.float32)


def describe(array):
    array = np.asarray(array)
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode(),
    }


def case(name, build, *values, shapes=None):
    """Adds a graph of placeholders `x0`, `x1`, … whose results are named `y0`, `y1`, …."""
    graph = tf.Graph()
    with graph.as_default():
        holders = [
            v1.placeholder(
                value.dtype, value.shape if shapes is None else shapes[index], name=f"x{index}"
            )
            for index, value in enumerate(values)
        ]
        results = build(*holders)
        results = results if isinstance(results, (list, tuple)) else [results]
        named = [tf.identity(one, name=f"y{index}") for index, one in enumerate(results)]
    with v1.Session(graph=graph) as session:
        outputs = session.run(named, dict(zip(holders, values)))
    operators.append(
        {
            "name": name,
            "model": base64.b64encode(graph.as_graph_def().SerializeToString()).decode(),
            "inputs": {f"x{index}": describe(value) for index, value in enumerate(values)},
            "outputs": {f"y{index}": describe(value) for index, value in enumerate(outputs)},
        }
    )


def image(*shape):
    return normal(*(shape or (1, 7, 9, 4)))  # odd extents show where padding goes


# Convolutions
for padding in ["SAME", "VALID", [[0, 0], [1, 2], [0, 3], [0, 0]]]:
    for stride in [1, 2, 3]:
        case(
            f"Conv2D {padding} stride {stride}",
            lambda x: tf.nn.conv2d(x, normal(3, 4, 4, 5), stride, padding),
            image(),
        )
case("Conv2D even input", lambda x: tf.nn.conv2d(x, normal(3, 3, 3, 5), 2, "SAME"), image(1, 8, 8, 3))
case(
    "Conv2D dilated",
    lambda x: tf.nn.conv2d(x, normal(3, 3, 4, 5), 1, "SAME", dilations=[2, 3]),
    image(),
)
case("Conv2D groups", lambda x: tf.nn.conv2d(x, normal(3, 3, 2, 6), 1, "SAME"), image())
case(
    "Pad then Conv2D",
    lambda x: tf.nn.conv2d(
        tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]), normal(3, 3, 4, 2), 2, "VALID"
    ),
    image(),
)
case(
    "Conv3D",
    lambda x: tf.nn.conv3d(x, normal(2, 3, 3, 2, 3), [1, 1, 2, 1, 1], "SAME"),
    image(1, 4, 5, 6, 2),
)
for stride in [1, 2]:
    case(
        f"DepthwiseConv2dNative stride {stride}",
        lambda x: tf.nn.depthwise_conv2d(x, normal(3, 3, 4, 2), [1, stride, stride, 1], "SAME"),
        image(),
    )
case(
    "DepthwiseConv2dNative dilated",
    lambda x: tf.nn.depthwise_conv2d(
        x, normal(3, 3, 4, 1), [1, 1, 1, 1], "SAME", dilations=[2, 2]
    ),
    image(),
)
for padding, size, kernel, stride in [
    ("SAME", [7, 9], 3, 1), ("SAME", [14, 18], 3, 2), ("SAME", [13, 17], 3, 2),
    ("SAME", [14, 18], 1, 2), ("VALID", [17, 21], 5, 2), ("VALID", [16, 20], 3, 2),
]:
    case(
        f"Conv2DBackpropInput {padding} {size} kernel {kernel}",
        lambda x: tf.nn.conv2d_transpose(
            x, normal(kernel, kernel, 3, 4), [1, *size, 3], stride, padding
        ),
        image(),
    )


def batch_blocks(convolve):
    def build(x):
        paddings, crops = tf.required_space_to_batch_paddings([7, 9], [2, 2], [[2, 2], [2, 2]])
        spread = tf.space_to_batch(x, [2, 2], paddings)
        return tf.batch_to_space(convolve(spread), [2, 2], crops)

    return build


case(
    "SpaceToBatchND Conv2D BatchToSpaceND",
    batch_blocks(lambda x: tf.nn.conv2d(x, normal(3, 3, 4, 5), 1, "VALID")),
    image(),
)
case(
    "SpaceToBatchND DepthwiseConv2dNative BatchToSpaceND",
    batch_blocks(lambda x: tf.nn.depthwise_conv2d(x, normal(3, 3, 4, 2), [1] * 4, "VALID")),
    image(),
)
case(
    "SpaceToBatchND and BatchToSpaceND alone",
    lambda x: [
        tf.space_to_batch(x, [2, 3], [[1, 0], [1, 2]]),
        tf.batch_to_space(tf.space_to_batch(x, [2, 3], [[1, 0], [1, 2]]), [2, 3], [[1, 1], [0, 2]]),
    ],
    image(),
)

# Matrices and bias
case("MatMul", lambda x: tf.matmul(x, normal(6, 4)), normal(3, 6))
case("MatMul transposed", lambda x: tf.matmul(x, normal(4, 6), False, True), normal(3, 6))
case("MatMul of transposed", lambda x: tf.matmul(x, normal(6, 4), True), normal(6, 3))
case("MatMul with bias", lambda x: tf.nn.relu(tf.nn.bias_add(tf.matmul(x, normal(6, 4)), normal(4))),
     normal(1, 6))
case("BatchMatMulV2", lambda x, y: tf.matmul(x, y, adjoint_b=True), normal(2, 3, 5), normal(2, 4, 5))
case("Einsum", lambda x: tf.einsum("abc,cd->abd", x, normal(4, 5)), normal(2, 3, 4))
case("BiasAdd NHWC", lambda x: tf.nn.bias_add(x, normal(4)), image())
case("BiasAdd NCHW", lambda x: tf.nn.bias_add(x, normal(4), "NCHW"), image(1, 4, 3, 2))

# Normalization and pools
for version in ["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"]:
    case(
        version,
        lambda x: getattr(raw, version)(
            x=x, scale=normal(4), offset=normal(4), mean=normal(4),
            variance=np.abs(normal(4)) + 0.1, epsilon=0.001, is_training=False,
        ).y,
        image(),
    )
case(
    "batch normalization of parts",
    lambda x: tf.nn.batch_normalization(
        x, normal(4), np.abs(normal(4)) + 0.1, normal(4), normal(4), 0.001
    ),
    image(),
)
case("LRN", lambda x: tf.nn.local_response_normalization(x, 2, 1.5, 0.3, 0.75), image(1, 3, 3, 9))
for padding in ["SAME", "VALID"]:
    for kernel, stride in [(2, 2), (3, 2), (3, 1), (2, 3)]:
        case(
            f"MaxPool and AvgPool {padding} {kernel} stride {stride}",
            lambda x: [
                tf.nn.max_pool2d(x, kernel, stride, padding),
                tf.nn.avg_pool2d(x, [kernel, 2], stride, padding),
            ],
            image(),
        )
case(
    "MaxPoolV2",
    lambda x: raw.MaxPoolV2(
        input=x, ksize=tf.constant([1, 2, 3, 1]), strides=tf.constant([1, 2, 1, 1]), padding="SAME"
    ),
    image(),
)

# Element by element
case(
    "activation functions",
    lambda x: [
        tf.nn.relu(x), tf.nn.relu6(3 * x), tf.nn.leaky_relu(x, 0.3), tf.nn.elu(x), tf.nn.selu(x),
        tf.sigmoid(x), tf.tanh(x), tf.nn.softplus(x), tf.nn.softsign(x), tf.nn.softmax(x),
        tf.nn.log_softmax(x), tf.nn.swish(x), tf.nn.gelu(x),
    ],
    normal(2, 3, 5),
)
case("LeakyRelu with its default", lambda x: raw.LeakyRelu(features=x), normal(2, 5))
case(
    "unary operators",
    lambda x: [
        tf.abs(x), tf.exp(x), tf.math.log(tf.abs(x) + 1), tf.sqrt(tf.abs(x)),
        tf.math.rsqrt(tf.abs(x) + 0.1), tf.square(x), -x, tf.floor(x), tf.math.ceil(x), tf.round(2 * x),
        tf.sign(x), tf.sin(x), tf.cos(x), tf.math.erf(x), tf.math.reciprocal(x), tf.math.expm1(x),
        tf.math.log1p(tf.abs(x)), raw.Inv(x=x),
    ],
    normal(2, 5),
)
case(
    "binary operators",
    lambda x, y: [
        x + y, x - y, x * y, x / y, tf.maximum(x, y), tf.minimum(x, y),
        tf.math.squared_difference(x, y), tf.pow(tf.abs(x) + 0.5, y), tf.add_n([x, x, x * 2]),
        tf.math.floordiv(x, y), tf.math.floormod(x, y), tf.math.divide_no_nan(x, y * 0 + [1.0, 0, 2]),
        raw.Div(x=x, y=y),
    ],
    normal(2, 3),
    normal(1, 3),
)
case(
    "integers",
    lambda x, y: [x + y, x * y, tf.math.floordiv(x, y), tf.math.floormod(x, y), tf.maximum(x, y)],
    np.array([7, -7, 7, -7, 0], np.int32),
    np.array([3, 3, -3, -3, 5], np.int32),
)
case(
    "comparisons and choices",
    lambda x, y: [
        tf.cast(x > y, tf.float32), tf.cast(x >= y, tf.float32), tf.cast(x < y, tf.float32),
        tf.cast(x <= y, tf.float32), tf.cast(tf.equal(x, y), tf.float32),
        tf.cast(tf.not_equal(x, y), tf.float32), tf.where(x > 0, x, y),
        tf.cast(tf.logical_and(x > 0, tf.logical_not(y > 0)), tf.int32),
        v1.where(tf.constant([True, False]), x, y), tf.clip_by_value(x, -0.5, 0.5),
        tf.cast(tf.reduce_any(x > 0, 1), tf.float32), tf.cast(tf.reduce_all(x > 0, 1), tf.float32),
    ],
    np.array([[1, -2, 0], [-4, 5, 6]], np.float32),
    np.array([[1, 2, -3], [4, -5, 6]], np.float32),
)
case("Cast", lambda x: [tf.cast(x * 3, tf.int32), tf.cast(tf.cast(x, tf.float16), tf.float32)],
     normal(2, 3))

# Reductions
for keep in [False, True]:
    case(
        f"reductions keep {keep}",
        lambda x: [
            tf.reduce_mean(x, [1, 2], keep), tf.reduce_sum(x, -1, keep), tf.reduce_max(x, [1], keep),
            tf.reduce_min(x, 0, keep), tf.reduce_prod(x, 3, keep), tf.reduce_mean(x, None, keep),
        ],
        image(2, 3, 2, 4),
    )
case(
    "ArgMax and TopKV2",
    lambda x: [
        tf.argmax(x, -1), tf.argmax(x, 1, tf.int32), tf.argmin(x, 0), *tf.math.top_k(x, 2),
    ],
    normal(2, 3, 5),
)

# Shapes and parts
case(
    "shapes",
    lambda x: [
        tf.reshape(x, [2, -1]), tf.reshape(x, tf.stack([tf.shape(x)[0], -1])),
        tf.squeeze(tf.expand_dims(x, 1), [1]), tf.squeeze(tf.expand_dims(x, -1)),
        tf.transpose(x, [2, 0, 1]), tf.concat([x, x * 2], -1), *tf.split(x, 2, 2),
        *tf.split(x, [1, 2], 1), tf.stack([x, x], 1), *tf.unstack(x, axis=1), tf.tile(x, [1, 2, 1]),
        tf.zeros_like(x) + tf.ones_like(x), tf.fill(tf.shape(x), 3.0) * x,
        tf.broadcast_to(x[:, :1], [2, 3, 4]), tf.reverse(x, [1, 2]),
        tf.cast(tf.rank(x) + tf.size(x), tf.float32) * x, v1.concat(axis=1, values=[x, x]),
        tf.reshape(x, tf.concat([[tf.reduce_prod(tf.shape(x)[:2])], [4]], 0)),
    ],
    normal(2, 3, 4),
)
case(
    "gathers",
    lambda x: [
        tf.gather(x, [2, 0], axis=1), tf.gather_nd(x, [[0, 1], [1, 2]]),
        tf.one_hot(tf.argmax(x, -1), 4, 2.0, -1.0), tf.cast(tf.range(0, 6, 2), tf.float32),
    ],
    normal(2, 3, 4),
)
case(
    "slices",
    lambda x: [
        tf.slice(x, [0, 1, 0], [1, -1, 2]), x[:, 1], x[:, ::2], x[:, ::-1], x[..., 1:3], x[:, None, 1:],
        x[-1], x[0, 1:2, -1], x[:, 5:1:-2], x[1:, ..., tf.newaxis], x[:, -2:], x[:, :-1, 1],
        x[:, 3:0:-1],
    ],
    normal(2, 6, 4),
)
case(
    "pads",
    lambda x: [
        tf.pad(x, [[0, 0], [1, 2]]), tf.pad(x, [[1, 0], [0, 2]], constant_values=1.5),
        tf.pad(x, [[0, 1], [2, 1]], "REFLECT"), tf.pad(x, [[1, 2], [3, 1]], "SYMMETRIC"),
    ],
    normal(2, 4),
)
case("SpaceToDepth and DepthToSpace", lambda x: [tf.nn.space_to_depth(x, 2), tf.nn.depth_to_space(x, 2)],
     image(1, 4, 6, 8))

# Images
for mode in ["ResizeBilinear", "ResizeNearestNeighbor"]:
    for corners, half in [(False, False), (True, False), (False, True)]:
        for size in [[3, 4], [10, 13]]:
            case(
                f"{mode} corners {corners} half {half} to {size}",
                lambda x: getattr(raw, mode)(
                    images=x, size=size, align_corners=corners, half_pixel_centers=half
                ),
                image(1, 7, 9, 2),
            )
case(
    "resize to a multiple of the shape",
    lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2),
    image(1, 4, 5, 3),
)
case(
    "CropAndResize",
    lambda x: tf.image.crop_and_resize(
        x, [[0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [-0.5, 0.4, 1.2, 0.1]], [0, 0, 0], [5, 3],
        extrapolation_value=7.0,
    ),
    image(1, 6, 8, 2),
)

# Channels first; TensorFlow does not compute these on a CPU, so the outputs are those of NHWC.
def channels_first():
    x = image(1, 6, 8, 3)
    weights, depthwise = normal(3, 3, 3, 4), normal(3, 3, 4, 1)
    scale, offset, mean, variance = normal(4), normal(4), normal(4), np.abs(normal(4)) + 0.1

    def network(x, layout):
        last = layout == "NHWC"

        def window(size):
            return [1, size, size, 1] if last else [1, 1, size, size]

        y = raw.Conv2D(input=x, filter=weights, strides=window(2), padding="SAME",
                       data_format=layout)
        y = raw.FusedBatchNormV3(x=y, scale=scale, offset=offset, mean=mean, variance=variance,
                                 data_format=layout, is_training=False).y
        y = raw.DepthwiseConv2dNative(input=y, filter=depthwise, strides=window(1),
                                      padding="SAME", data_format=layout)
        y = raw.MaxPool(input=y, ksize=window(2), strides=window(1), padding="SAME",
                        data_format=layout)
        y = raw.AvgPool(value=y, ksize=window(2), strides=window(1), padding="VALID",
                        data_format=layout)
        return raw.BiasAdd(value=y, bias=offset, data_format=layout)

    graph = tf.Graph()
    with graph.as_default():
        holder = v1.placeholder(tf.float32, [1, 3, 6, 8], name="x0")
        tf.identity(network(holder, "NCHW"), name="y0")
    result = network(tf.constant(x), "NHWC").numpy()
    operators.append({
        "name": "layers with channels first",
        "model": base64.b64encode(graph.as_graph_def().SerializeToString()).decode(),
        "inputs": {"x0": describe(x.transpose(0, 3, 1, 2))},
        "outputs": {"y0": describe(result.transpose(0, 3, 1, 2))},
    })


channels_first()

# Constants in every form that TensorFlow writes
case(
    "constants",
    lambda x: [
        x + tf.constant(2.5, shape=[3, 4]),
        x + tf.cast(tf.constant([1, 2, 2, 2], tf.int64), tf.float32),
        x + tf.cast(tf.constant(np.arange(4, dtype=np.float16)), tf.float32),
        x + tf.cast(tf.constant([True, False, True, True]), tf.float32),
        x + tf.constant(normal(3, 4)),
        x + tf.cast(tf.constant(np.arange(4, dtype=np.float64)), tf.float32),
        x * tf.cast(tf.constant(np.array([-1, 2, -3, 4], np.int8)), tf.float32),
    ],
    normal(3, 4),
)

# What is gone at inference
case(
    "dropout with placeholders for the shape",
    lambda x: [v1.nn.dropout(x, rate=0.0), tf.nn.relu(v1.nn.dropout(x, rate=0.0))],
    normal(2, 3),
)


def switches(x):
    def pick(flag):
        predicate = tf.constant(flag)
        off, on = raw.Switch(data=x, pred=predicate)
        return raw.Merge(inputs=[off * 2, on * 3]).output

    return [pick(False), pick(True)]


case("Switch and Merge with a constant predicate", switches, normal(2, 3))
case(
    "If with a constant predicate",
    lambda x: [
        tf.cond(tf.constant(flag), lambda: x * 2, lambda: x * 3) for flag in [False, True]
    ],
    normal(2, 3),
)
case(
    "nested functions",
    lambda x: tf.function(lambda a: tf.function(lambda b: tf.nn.relu(b) * 2)(a + 1) - a)(x),
    normal(2, 3),
)
case(
    "nodes that hand on",
    lambda x: [
        tf.stop_gradient(x), tf.identity_n([x, x * 2])[1], tf.debugging.check_numerics(x, "m"),
        tf.ensure_shape(x, [2, 3]), v1.placeholder_with_default(np.ones([2, 3], np.float32), [2, 3]) + x,
    ],
    normal(2, 3),
)

# Operators that came later have numbers of their own, so that those below stay
random, kept = np.random.default_rng(14), random
for name in ["Sinh", "Cosh", "Asinh"]:
    case(name, lambda x: getattr(raw, name)(x=x), normal(3, 4))
case("Acosh", lambda x: raw.Acosh(x=x), 1 + np.abs(normal(3, 4)))
case("Atanh", lambda x: raw.Atanh(x=x), np.tanh(normal(3, 4)))
case(
    "IsFinite, IsNan",
    lambda x: [tf.cast(raw.IsFinite(x=x), tf.float32), tf.cast(raw.IsNan(x=x), tf.float32)],
    np.array([1, -np.inf, np.inf, np.nan, 0], np.float32),
)
case(
    "Mod, TruncateMod",
    lambda x, y: [raw.Mod(x=x, y=y), raw.TruncateMod(x=x, y=y)],
    normal(3, 4) * 5,
    normal(3, 4),
)
case(
    "Xdivy, Xlogy",
    lambda x, y: [raw.Xdivy(x=x, y=y), raw.Xlogy(x=x, y=y)],
    np.array([0, 0, 2, -3], np.float32),
    np.array([0, 1.5, 0.25, 4], np.float32),
)
case(
    "Cumsum",
    lambda x: [
        tf.cumsum(x, 1),
        tf.cumsum(x, -1, exclusive=True),
        tf.cumsum(x, 0, reverse=True),
        tf.cumsum(x, 1, exclusive=True, reverse=True),
    ],
    normal(2, 3, 4),
)
case("Roll", lambda x: [tf.roll(x, 2, 1), tf.roll(x, [-1, 5, 0], [2, 1, 0])], normal(2, 3, 4))
case("LogSumExp", lambda x: tf.reduce_logsumexp(x, 1), normal(2, 3, 4))
case("Prod of many", lambda x: [raw.Prod(input=x, axis=[1, 2]), raw.Prod(input=x, axis=-1, keep_dims=True)], normal(2, 3, 7))
case(
    "SpaceToBatch, BatchToSpace",
    lambda x: [
        raw.SpaceToBatch(input=x, paddings=[[1, 0], [0, 1]], block_size=2),
        raw.BatchToSpace(input=tf.concat([x] * 4, 0), crops=[[1, 0], [2, 3]], block_size=2),
    ],
    normal(1, 7, 9, 4),
)
for corners, half in [(False, False), (True, False), (False, True)]:
    case(
        f"ResizeBicubic {corners} {half}",
        lambda x: [
            raw.ResizeBicubic(images=x, size=size, align_corners=corners, half_pixel_centers=half)
            for size in [[13, 20], [4, 5], [7, 1]]
        ],
        image(),
    )
case(
    "attention by Einsum",
    lambda q, k: tf.einsum(
        "acbe,aecd->abcd", tf.nn.softmax(tf.einsum("aecd,abcd->acbe", k, q)), k
    ),
    normal(1, 5, 2, 4),
    normal(1, 3, 2, 4),
)
random = kept

with open(os.path.join(target, "operators.jsonl"), "w") as file:
    for one in operators:
        file.write(json.dumps(one) + "\n")


# The grids of FakeQuant operators, found by what becomes of numbers far outside.
levels = []
for index in range(60):
    low, high = sorted(float(one) for one in (3 * normal(2)))
    if index == 0:
        low, high = -1.0, 1.0
    bits, narrow = int(random.integers(2, 17)) if index else 8, index % 3 == 1
    found = tf.quantization.fake_quant_with_min_max_args(
        tf.constant([-1e9, 1e9], tf.float32), low, high, bits, narrow
    )
    levels.append(
        {"min": low, "max": high, "bits": bits, "narrow": narrow,
         "levels": [float(one) for one in found.numpy()]}
    )
with open(os.path.join(target, "fake_quant.json"), "w") as file:
    json.dump(levels, file, indent=2)
    file.write("\n")


def reference(name, inputs, outputs):
    references[name] = {
        "inputs": {key: describe(value) for key, value in inputs.items()},
        "outputs": {key: describe(value) for key, value in outputs.items()},
    }


def folder(name):
    path = os.path.join(target, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


# A network of the usual layers, its variables made of numpy arrays.
def layers(variable, x, channels=8):
    """Builds the network; `variable(name, array)` gives a tensor."""
    def filters(name, *shape):
        return variable(name, (normal(*shape) / np.sqrt(np.prod(shape[:3]))).astype(np.float32))

    def normalize(name, y):
        size = y.shape[-1]
        return raw.FusedBatchNormV3(
            x=y, scale=variable(f"{name}/gamma", 1 + 0.1 * normal(size)),
            offset=variable(f"{name}/beta", normal(size)),
            mean=variable(f"{name}/moving_mean", normal(size)),
            variance=variable(f"{name}/moving_variance", np.abs(normal(size)) + 0.5),
            epsilon=0.001, is_training=False,
        ).y

    y = tf.nn.conv2d(x, filters("conv/kernel", 3, 3, 3, channels), 2, "SAME")
    y = tf.nn.relu6(normalize("conv_bn", y))
    y = tf.nn.depthwise_conv2d(y, filters("depthwise/kernel", 3, 3, channels, 1), [1] * 4, "SAME")
    y = tf.nn.relu6(normalize("depthwise_bn", y))
    z = tf.nn.conv2d(y, filters("project/kernel", 1, 1, channels, channels), 1, "VALID")
    y = y + tf.nn.bias_add(z, variable("project/bias", normal(channels)))
    small = tf.nn.max_pool2d(y, 2, 2, "VALID")
    large = tf.image.resize(small, [6, 6])
    y = tf.concat([y, large, tf.pad(small, [[0, 0], [1, 2], [2, 1], [0, 0]])], 3)
    y = y[:, 1:5, :, :]
    y = tf.reduce_mean(y, [1, 2])
    y = tf.matmul(y, filters("dense/kernel", 3 * channels, 5))
    return tf.nn.softmax(tf.nn.bias_add(y, variable("dense/bias", normal(5))))


x = normal(1, 12, 12, 3)

# Frozen
random = np.random.default_rng(1)
graph = tf.Graph()
with graph.as_default():
    holder = v1.placeholder(tf.float32, [None, 12, 12, 3], name="image")
    tf.identity(layers(lambda name, value: tf.constant(value.astype(np.float32), name=name), holder),
                name="probabilities")
    unneeded = tf.reduce_sum(holder, name="unneeded/Sum")
    tf.no_op(name="unneeded/NoOp")
with v1.Session(graph=graph) as session:
    expected = session.run("probabilities:0", {"image:0": x})
with open(os.path.join(target, "frozen_layers.pb"), "wb") as file:
    file.write(
        v1.graph_util.extract_sub_graph(graph.as_graph_def(), ["probabilities"]).SerializeToString()
    )
reference("frozen_layers.pb", {"image": x}, {"probabilities": expected})

# SavedModel of the first generation, with both kinds of variables
random = np.random.default_rng(2)
graph = tf.Graph()
with graph.as_default(), v1.variable_scope("net"):
    holder = v1.placeholder(tf.float32, [None, 12, 12, 3], name="image")
    count = 0

    def variable(name, value):
        global count
        count += 1
        return v1.get_variable(
            name, initializer=value.astype(np.float32), use_resource=count % 2 == 0
        )

    result = layers(variable, holder)
    with v1.Session(graph=graph) as session:
        session.run(v1.global_variables_initializer())
        expected = session.run(result, {holder: x})
        v1.saved_model.simple_save(
            session, folder("saved_model_v1"), {"pixels": holder}, {"classes": result}
        )
reference(
    "saved_model_v1",
    {holder.op.name: x},
    {result.op.name: expected},
)

# The same as .meta with a checkpoint in two data files
random = np.random.default_rng(3)
graph = tf.Graph()
path = folder("checkpoint")
os.makedirs(path)
with graph.as_default():
    holder = v1.placeholder(tf.float32, [None, 12, 12, 3], name="image")

    def variable(name, value):
        global count
        count += 1
        with tf.device(f"/cpu:{count % 2}"):
            return v1.get_variable(name, initializer=value.astype(np.float32), use_resource=False)

    result = tf.identity(layers(variable, holder), name="probabilities")
    labels = v1.placeholder(tf.float32, [None, 5], name="labels")
    loss = tf.reduce_mean(tf.square(result - labels), name="loss")
    train = v1.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
    config = v1.ConfigProto(device_count={"CPU": 2})
    with v1.Session(graph=graph, config=config) as session:
        session.run(v1.global_variables_initializer())
        expected = session.run(result, {holder: x})
        v1.train.Saver(sharded=True).save(session, os.path.join(path, "model.ckpt"))
os.remove(os.path.join(path, "checkpoint"))
reference("checkpoint/model.ckpt.meta", {"image": x}, {"probabilities": expected})

# SavedModel of the second generation: functions that call functions, two signatures
random = np.random.default_rng(4)


class Network(tf.Module):
    def __init__(self):
        super().__init__()
        self.values = {}

    def variable(self, name, value):
        if name not in self.values:
            # All variables have one name: only the object graph tells them apart.
            self.values[name] = tf.Variable(value.astype(np.float32), name="weight")
        return tf.convert_to_tensor(self.values[name])

    @tf.function
    def inner(self, x):
        return layers(self.variable, x)

    @tf.function(input_signature=[tf.TensorSpec([None, 12, 12, 3], tf.float32, "image")])
    def classify(self, image):
        result = self.inner(image)
        return {"probabilities": result, "largest": tf.argmax(result, -1, tf.int32)}

    @tf.function(input_signature=[tf.TensorSpec([None, 12, 12, 3], tf.float32, "image")])
    def double(self, image):
        return {"doubled": image * 2}


network = Network()
network.inner(tf.constant(x))
results = network.classify(tf.constant(x))
tf.saved_model.save(
    network, folder("saved_model_v2"),
    signatures={"serving_default": network.classify, "double": network.double},
)
reference(
    "saved_model_v2", {"image": x}, {key: value.numpy() for key, value in results.items()}
)

# Keras
tf.keras.utils.set_random_seed(5)
random = np.random.default_rng(5)
keras = tf.keras.layers
model = tf.keras.Sequential([
    tf.keras.Input([12, 12, 3], batch_size=None),
    keras.Rescaling(1 / 127.5, offset=-1),
    keras.ZeroPadding2D(((0, 1), (0, 1))),
    keras.Conv2D(8, 3, strides=2, use_bias=False),
    keras.BatchNormalization(),
    keras.ReLU(max_value=6),
    keras.SeparableConv2D(8, 3, padding="same", dilation_rate=1, activation="swish"),
    keras.Dropout(0.5),
    keras.Conv2DTranspose(6, 3, strides=2, padding="same", activation="leaky_relu"),
    keras.UpSampling2D(2, interpolation="bilinear"),
    keras.Cropping2D(2),
    keras.LayerNormalization(),
    keras.MaxPooling2D(3, 2, padding="same"),
    keras.PReLU(shared_axes=[1, 2]),
    keras.GlobalAveragePooling2D(),
    keras.Dense(7, activation="gelu"),
    keras.Dense(5, activation="softmax"),
])
for weight in model.weights:
    if weight.name in ["gamma", "moving_variance"]:
        weight.assign(np.abs(normal(*weight.shape)) + 0.5)
    elif weight.name in ["beta", "moving_mean", "bias", "alpha"]:
        weight.assign(0.3 * normal(*weight.shape))
pixels = random.integers(0, 256, [1, 12, 12, 3]).astype(np.float32)
expected = model(pixels, training=False).numpy()
model.export(folder("saved_model_keras"), verbose=False)
reference("saved_model_keras", {"keras_tensor": pixels}, {"output_0": expected})
for name in ["saved_model_v1", "saved_model_v2", "saved_model_keras"]:
    path = os.path.join(target, name)
    for extra in ["fingerprint.pb", "assets"]:
        extra = os.path.join(path, extra)
        if os.path.isdir(extra):
            shutil.rmtree(extra)
        elif os.path.exists(extra):
            os.remove(extra)

with open(os.path.join(target, "references.json"), "w") as file:
    json.dump(references, file, indent=2)
    file.write("\n")
