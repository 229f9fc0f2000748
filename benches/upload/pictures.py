"""Cuts pictures of wanted lengths out of photos: python pictures.py PHOTOS OUT N LEAST MOST (bytes)"""

import io
import random
import sys
from pathlib import Path

from PIL import Image


def cut(photos, out, n, least, most):
    """Writes n JPEGs of least to most bytes, a hundred in each directory; the same ones each time."""
    chance = random.Random(n)
    photos = [Image.open(file).convert("RGB") for file in sorted(Path(photos).glob("*.[jJ]*[gG]"))]
    for number in range(n):
        photo = chance.choice(photos)
        # About a third of a byte a pixel; the quality rises when all of a photo is too little.
        area, quality = 3 * chance.randint(least, most), 88
        while True:
            scale = min(1.0, (area / (photo.width * photo.height)) ** 0.5)
            width, height = int(photo.width * scale) - 1, int(photo.height * scale) - 1
            left, top = chance.randint(0, photo.width - width), chance.randint(0, photo.height - height)
            bytes = io.BytesIO()
            photo.crop((left, top, left + width, top + height)).save(bytes, "JPEG", quality=quality)
            if least <= bytes.tell() <= most:
                break
            if bytes.tell() > most:
                area = int(area * 0.8)
            elif scale < 1.0:
                area = int(area * 1.25)
            elif quality < 98:
                quality += 2
            else:
                photo = chance.choice(photos)
        directory = Path(out) / f"{number // 100:02}"
        directory.mkdir(parents=True, exist_ok=True)
        # A tail of its own: no two are the same.
        (directory / f"img_{number:05}.jpg").write_bytes(bytes.getvalue() + number.to_bytes(4, "big"))


if __name__ == "__main__":
    cut(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
