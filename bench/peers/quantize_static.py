"""Quantizes an ONNX model with ONNX Runtime's quantize_static, the peer of `quantize`.

Usage: python3 quantize_static.py MODEL LIST OUT [minmax|percentile]

LIST is an input list of raw float32 files for the only input. Needs onnx, onnxruntime, numpy.
"""

import sys

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, quantize_static


class RawFiles(CalibrationDataReader):
    """Feeds the files of an input list one at a time."""

    def __init__(self, model, paths):
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.input = session.get_inputs()[0]
        self.paths = iter(paths)

    def get_next(self):
        path = next(self.paths, None)
        if path is None:
            return None
        return {self.input.name: np.fromfile(path, np.float32).reshape(self.input.shape)}


model, list_path, out = sys.argv[1:4]
method = CalibrationMethod.Percentile if sys.argv[4:] == ["percentile"] else CalibrationMethod.MinMax
paths = [line.strip() for line in open(list_path) if line.strip()]
quantize_static(model, out, RawFiles(model, paths), quant_format=QuantFormat.QDQ, calibrate_method=method)
