"""Thumbnails by Pillow: python pillow.py PROCESSES WIDTH HEIGHT SUFFIX OUT FILE..."""

import sys
from multiprocessing import Pool
from pathlib import Path

from PIL import Image, ImageOps

processes, width, height = map(int, sys.argv[1:4])
suffix, out, files = sys.argv[4], Path(sys.argv[5]), sys.argv[6:]


def one(file):
    image = Image.open(file)
    # The box of the picture as it is stored.
    turned = image.getexif().get(0x0112, 1) >= 5
    box = (height, width) if turned else (width, height)
    # Pillow's own choice for `thumbnail`: the scaled decode stays at twice the size.
    image.draft(None, (box[0] * 2, box[1] * 2))
    image.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = ImageOps.exif_transpose(image)
    options = {} if suffix == ".png" else {"quality": 80}
    image.save(out / (Path(file).stem + suffix), **options)


if processes == 1:
    for file in files:
        one(file)
else:
    with Pool(processes) as pool:
        pool.map(one, files, chunksize=1)
