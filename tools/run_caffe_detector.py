"""Runs a Caffe detector in OpenCV (Debian: python3-opencv) for the acceptance checks.

Usage: python3 tools/run_caffe_detector.py FOLDER

The folder holds `net.prototxt`, `net.caffemodel` and `inputs.json`: shape, name of the output, and
for each sample a raw file of float32. What the output gives for each goes to `outputs.json`.
"""

import json
import pathlib
import sys

import cv2
import numpy as np

folder = pathlib.Path(sys.argv[1])
inputs = json.loads((folder / "inputs.json").read_text())
net = cv2.dnn.readNetFromCaffe(str(folder / "net.prototxt"), str(folder / "net.caffemodel"))
net.enableFusion(False)
outputs = []
for file in inputs["files"]:
    sample = np.fromfile(folder / file, "<f4").reshape(inputs["shape"])
    net.setInput(sample)
    outputs.append([float(value) for value in net.forward(inputs["output"]).ravel()])
(folder / "outputs.json").write_text(json.dumps(outputs))
