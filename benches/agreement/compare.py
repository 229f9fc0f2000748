"""Compares pixels on photos: python compare.py PORTRETO PHOTOS WORK"""

import io
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageCms, ImageOps

portreto, photos, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
LANCZOS = Image.Resampling.LANCZOS
# Two results of 8 bits that round twice each (columns, then rows), or a conversion of colors that rounds on the way, differ by
# noise of at most 4/12 squared levels (and more where an overshoot is cut off between columns and rows, which come in either order). Where the picture is flat, SSIM then is C2 / (C2 + 4/12) with C2 = (0.03 · 255)²: a DSSIM of 0.0028.
ROUNDING = 0.0028
# An inverse cosine transform and a color conversion may be off by one each (ITU-T T.83), and colors at half the resolution are
# brought to full in two ways that the standard leaves open.
DECODERS = 0.004
SAME = 0.0


def ours(file, text):
    out = work / "ours.png"
    subprocess.run([portreto, "transform", file, "-o", out, "--force", "--quiet", "-t", text + ",png" if text else "png"], check=True)
    return numpy.asarray(Image.open(out))


def vips(file, *command):
    out = work / "vips.png"
    operation, *rest = command
    subprocess.run(["vips", operation, file, out, *rest], check=True)
    return numpy.asarray(Image.open(out))


def dssim(a, b):
    """(1 - SSIM) / 2 of the worst channel, in windows of 8 x 8 (Wang et al., 2004)."""
    if a.ndim == 2:
        a, b = a[..., None], b[..., None]

    def mean(plane):
        total = numpy.pad(plane.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        return (total[8:, 8:] - total[:-8, 8:] - total[8:, :-8] + total[:-8, :-8]) / 64

    worst = 0
    for channel in range(a.shape[2]):
        x, y = a[..., channel].astype(float), b[..., channel].astype(float)
        mx, my = mean(x), mean(y)
        vx, vy, cov = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        ssim = ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
        worst = max(worst, (1 - ssim.mean()) / 2)
    return worst


def middle(pixels):
    """What is enough to look at, of large pictures."""
    top, left = (max(0, side - 1024) // 2 for side in pixels.shape[:2])
    return pixels[top : top + 1024, left : left + 1024]


def to_srgb(image):
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb)


def gray(image):
    """Rec. ITU-R BT.709-6 on sRGB values."""
    return (numpy.asarray(image, float) @ [0.2126, 0.7152, 0.0722]).round().astype(numpy.uint8)


def cover(image, width, height):
    scale = max(width / image.width, height / image.height)
    w, h = width / scale, height / scale
    left, top = (image.width - w) / 2, (image.height - h) / 2
    return image.resize((width, height), LANCZOS, box=(left, top, left + w, top + h))


def contain(image, width, height):
    small = ImageOps.contain(image, (width, height), LANCZOS)
    canvas = Image.new("RGB", (width, height), "#102030")
    canvas.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
    return canvas


T = Image.Transpose
# What is done, with whom it is compared, how they do it, and the most DSSIM.
CASES = [
    ("resize:400x300:fill", "Pillow", lambda image, file: image.resize((400, 300), LANCZOS), ROUNDING),
    ("resize:400x300:fill:filter=catmull-rom", "Pillow", lambda image, file: image.resize((400, 300), Image.Resampling.BICUBIC), ROUNDING),
    ("resize:400x300:fill:filter=bilinear", "Pillow", lambda image, file: image.resize((400, 300), Image.Resampling.BILINEAR), ROUNDING),
    ("resize:1000x700:cover", "Pillow", lambda image, file: cover(image, 1000, 700), ROUNDING),
    ("resize:500x500:contain:background=102030", "Pillow", lambda image, file: contain(image, 500, 500), ROUNDING),
    ("crop:400x300@40x20,resize:900x:filter=lanczos3", "Pillow", lambda image, file: image.crop((40, 20, 440, 320)).resize((900, 675), LANCZOS), ROUNDING),
    ("crop:301x203@40x21", "Pillow", lambda image, file: image.crop((40, 21, 341, 224)), SAME),
    ("rotate:90", "Pillow", lambda image, file: image.transpose(T.ROTATE_270), SAME),
    ("rotate:180", "Pillow", lambda image, file: image.transpose(T.ROTATE_180), SAME),
    ("rotate:270", "Pillow", lambda image, file: image.transpose(T.ROTATE_90), SAME),
    ("flip:horizontal", "Pillow", lambda image, file: image.transpose(T.FLIP_LEFT_RIGHT), SAME),
    ("flip:vertical", "Pillow", lambda image, file: image.transpose(T.FLIP_TOP_BOTTOM), SAME),
    ("pad:7:background=102030", "Pillow", lambda image, file: ImageOps.expand(image, 7, "#102030"), SAME),
    ("grayscale", "the formula", lambda image, file: gray(image), ROUNDING),
    ("blur:3", "libvips", lambda image, file: vips(file, "gaussblur", "3", "--min-ampl", "0.01", "--precision", "float"), ROUNDING),
    ("rotate:90", "libvips", lambda image, file: vips(file, "rot", "d90"), SAME),
    ("flip:horizontal", "libvips", lambda image, file: vips(file, "flip", "horizontal"), SAME),
]


def row(name, rival, pairs, most):
    pairs = [(numpy.asarray(a), numpy.asarray(b)) for a, b in pairs]
    for a, b in pairs:
        if a.shape != b.shape:
            raise SystemExit(f"{name}: {a.shape} and {b.shape}")
    found = max(0 if (a == b).all() else dssim(middle(a), middle(b)) for a, b in pairs)
    apart = max(int(numpy.abs(a.astype(int) - b).max()) for a, b in pairs)
    print(f"| `{name}` | {rival} | {found:.5f} | {most} | {apart} |")
    sys.stdout.flush()
    # One level is rounding, whatever it does to SSIM where a picture is flat.
    return found <= most or 0 < apart <= 1 and most > SAME


files = sorted(file for file in photos.iterdir() if file.suffix.lower() in (".jpg", ".jpeg"))
print(f"{len(files)} photos; the most of all that were compared.\n")
print("| what | beside | DSSIM | may be, if samples are more than 1 apart | samples apart, of 255 |\n|---|---|---|---|---|")
is_fine = True
opened = [ImageOps.exif_transpose(to_srgb(Image.open(file)).convert("RGB")) for file in files]
plain = [at for at, file in enumerate(files) if "icc_profile" not in Image.open(file).info]
tagged = [at for at in range(len(files)) if at not in plain]
for name, places in (("jpg → png", plain), ("jpg with a profile → png", tagged)):
    if places:
        is_fine &= row(name, "Pillow", ((ours(files[at], ""), opened[at]) for at in places), DECODERS)
# From here on the same pixels go in, of a size at which all of it is quick.
inputs = []
for image in opened:
    image.thumbnail((1800, 1800), LANCZOS)
for at, image in enumerate(opened):
    file = work / f"{at}.png"
    image.save(file, compress_level=1)
    inputs.append((image, file))
for name, rival, make, most in CASES:
    is_fine &= row(name, rival, ((ours(file, name), make(image, file)) for image, file in inputs), most)
if not is_fine:
    raise SystemExit("a difference is above what it may be")
