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
prepared = {
    "files": [str(file) for file in files],
    "megapixels": sum(width * height for width, height in sizes.values()) / 1e6,
    "near_12": str(near_12),
    "near_12_size": sizes[near_12],
}
(work / "prepared.json").write_text(json.dumps(prepared))
