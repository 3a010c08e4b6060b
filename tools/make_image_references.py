"""Writes testdata/images/resize.json: pixels resized by Pillow, for tests/formats/images.

Usage: python3 tools/make_image_references.py [FOLDER]
Needs: pillow, numpy.
"""

import base64
import json
import pathlib
import sys

import numpy
from PIL import Image

WIDTH, HEIGHT = 23, 17

# Smaller, larger, one axis alone, one of each. Pillow 13 resizes columns first where the height
# loses more than twice as many pixels as the width; none of these does.
SIZES = [(12, 9), (7, 17), (23, 16), (41, 31), (1, 1), (9, 30), (22, 16), (5, 2)]


def encode(image):
    return base64.b64encode(numpy.asarray(image).tobytes()).decode()


def main():
    default = pathlib.Path(__file__).parent.parent / "testdata" / "images"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    pixels = numpy.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), numpy.uint8)
    pixels[3:6, 4:12] = 255
    pixels[9:14, 2:9] = 0
    image = Image.fromarray(pixels)
    cases = [
        {"size": size, "pixels": encode(image.resize(size, Image.Resampling.BILINEAR))}
        for size in SIZES
    ]
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"size": [WIDTH, HEIGHT], "pixels": encode(image), "resized": cases})
    (folder / "resize.json").write_text(text + "\n")


main()
