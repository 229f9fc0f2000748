"""Cuts pictures of a wanted size out of photos: python pictures.py PHOTOS OUT N MEGAPIXELS

They are written with the tables of the photo's own camera, so that there is as much to read in each megapixel as in what cameras
write. All are wider than high.
"""

import random
import sys
from pathlib import Path

from PIL import Image, JpegImagePlugin

photos, out, n, pixels = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]) * 1e6
chance = random.Random(n)
files = [file for file in sorted(photos.iterdir()) if file.suffix.lower() in (".jpg", ".jpeg")]
width, height = round((pixels * 4 / 3) ** 0.5), round((pixels * 3 / 4) ** 0.5)
sizes = {file: Image.open(file).size for file in files}
large = [file for file in files if sizes[file][0] >= width and sizes[file][1] >= height]
if not large:
    raise SystemExit(f"no photo in {photos} has {width} x {height} pixels")
out.mkdir(parents=True)
for number in range(n):
    photo = Image.open(large[number % len(large)])
    tables, sampling = photo.quantization, JpegImagePlugin.get_sampling(photo)
    left, top = chance.randint(0, photo.width - width), chance.randint(0, photo.height - height)
    part = photo.convert("RGB").crop((left, top, left + width, top + height))
    part.save(out / f"{number:03}.jpg", qtables=tables, subsampling=sampling if sampling >= 0 else 2)
