"""Makes the files that the photos lack: python prepare.py PHOTOS WORK"""

import json
import sys
from pathlib import Path

from PIL import Image

photos, work = Path(sys.argv[1]), Path(sys.argv[2])
files = sorted(file for file in photos.iterdir() if file.suffix.lower() in (".jpg", ".jpeg"))
sizes = {file: Image.open(file).size for file in files}
near_12 = min(files, key=lambda file: abs(sizes[file][0] * sizes[file][1] - 12.2e6))
(work / "progressive").mkdir()
for file in files:
    image = Image.open(file)
    image.save(work / "progressive" / file.name, quality=90, progressive=True, exif=image.getexif())
Image.open(near_12).save(work / "photo.png")
# The same photo at other sizes, with as much to see in each megapixel: its middle, or several of it.
largest = max(files, key=lambda file: sizes[file][0] * sizes[file][1])
photo = Image.open(largest).convert("RGB")
(work / "sizes").mkdir()
for megapixels in (1, 4, 12, 25, 50, 100):
    width = round((megapixels * 1e6 * photo.width / photo.height) ** 0.5)
    height = round(megapixels * 1e6 / width)
    sized = Image.new("RGB", (width, height))
    left, top = max(0, photo.width - width) // 2, max(0, photo.height - height) // 2
    for x in range(0, width, photo.width):
        for y in range(0, height, photo.height):
            sized.paste(photo.crop((left, top, photo.width, photo.height)), (x, y))
    sized.save(work / "sizes" / f"{megapixels}.jpg", quality=90)
# Many files.
(work / "many").mkdir()
for copy in range(10):
    for file in files:
        (work / "many" / f"{copy}-{file.name}").symlink_to(file.resolve())
prepared = {
    "files": [str(file) for file in files],
    "megapixels": sum(width * height for width, height in sizes.values()) / 1e6,
    "near_12": str(near_12),
    "near_12_size": sizes[near_12],
}
(work / "prepared.json").write_text(json.dumps(prepared))
