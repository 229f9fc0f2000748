"""How near thumbnails are to a full decode and Lanczos: python fidelity.py PORTRETO MODULES PHOTOS WORK"""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageOps

HERE = Path(__file__).parent
portreto, modules, photos, work = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
out = work / "fidelity"


def made_by(name, files):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    listed = [str(file) for file in files]
    commands = {
        "portreto": [portreto, "transform", *listed, "-o", f"{out}/", "--resize", "320x320", "--format", "png"],
        "vipsthumbnail": ["vipsthumbnail", "--size", "320x320", "-o", f"{out}/%s.png", *listed],
        "sharp": ["node", HERE / "sharp.mjs", modules, "2", "1", "320", "320", ".png", out, *listed],
        "Pillow, draft": [sys.executable, HERE / "pillow.py", "1", "320", "320", ".png", out, *listed],
    }
    subprocess.run(commands[name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {file: numpy.asarray(Image.open(out / (file.stem + ".png")).convert("RGB"), float) for file in files}


def reference(file, size):
    image = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    return numpy.asarray(image.resize(size, Image.Resampling.LANCZOS), float)


def psnr(a, b):
    return 10 * numpy.log10(255**2 / max(((a - b) ** 2).mean(), 1e-9))


def ssim(a, b):
    """Mean structural similarity of luma in windows of 8 x 8 (Wang et al., 2004)."""
    weights = numpy.array([0.299, 0.587, 0.114])
    x, y = a @ weights, b @ weights

    def mean(plane):
        total = numpy.pad(plane.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        return (total[8:, 8:] - total[:-8, 8:] - total[8:, :-8] + total[:-8, :-8]) / 64

    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return (((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean()


# Tools differ in what they do with profiles, which is not the question here.
files = sorted(file for file in Path(photos).iterdir() if file.suffix.lower() in (".jpg", ".jpeg"))
files = [file for file in files if "icc_profile" not in Image.open(file).info]
print(f"\n320-pixel PNG of {len(files)} photos beside a full decode and Lanczos of three lobes by Pillow, of the same size:\n")
print("| who | PSNR dB median | 5th percentile | least | SSIM median | least | DSSIM = (1 - SSIM) / 2, most |\n|---|---|---|---|---|---|---|")
for name in ["portreto", "vipsthumbnail", "sharp", "Pillow, draft"]:
    pairs = [(image, reference(file, image.shape[1::-1])) for file, image in made_by(name, files).items()]
    noise = numpy.array([psnr(*pair) for pair in pairs])
    alike = numpy.array([ssim(*pair) for pair in pairs])
    row = [numpy.median(noise), numpy.percentile(noise, 5), noise.min()]
    print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in row) + f" | {numpy.median(alike):.4f} | {alike.min():.4f} | {(1 - alike.min()) / 2:.5f} |")
