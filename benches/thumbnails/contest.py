"""Runs whole commands in turns and prints Markdown tables: python contest.py PORTRETO MODULES PHOTOS WORK ROUNDS

WORK holds what prepare.py made.
"""

import json
import os
import shutil
import statistics
import sys
from pathlib import Path

from measure import run

HERE = Path(__file__).parent
portreto, modules, photos, work, rounds = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5])
n_cores = len(os.sched_getaffinity(0))


def halves(files, n):
    return [files[at::n] for at in range(n) if files[at::n]]


def contestants(files, size, suffix, threads):
    """Each rival in every way that may be its best with so many threads."""
    width, height = size
    out = str(work / "out")
    quality = "" if suffix == ".png" else "[Q=80]"
    listed = [str(file) for file in files]

    def vips(n, each):
        command = ["vipsthumbnail", "--size", f"{width}x{height}", "-o", f"{out}/%s{suffix}{quality}"]
        return [command + part for part in halves(listed, n)], {"VIPS_CONCURRENCY": str(each)}

    def sharp(tasks, each):
        command = ["node", str(HERE / "sharp.mjs"), modules, str(tasks), str(each), str(width), str(height), suffix, out]
        return [command + listed], {"UV_THREADPOOL_SIZE": str(max(tasks, 1))}

    def pillow(n):
        command = [sys.executable, str(HERE / "pillow.py"), str(n), str(width), str(height), suffix, out]
        return [command + listed], {}

    ours = [portreto, "transform", *listed, "-o", out + "/", "--resize", f"{width}x{height}", "--format", suffix[1:]]
    if suffix != ".png":
        ours += ["--quality", "80"]
    yield "portreto", (([ours]), {"PORTRETO_THREADS": str(threads)})
    yield "vipsthumbnail, one process", vips(1, threads)
    if threads > 1 and len(listed) > 1:
        yield f"vipsthumbnail, {threads} processes", vips(threads, 1)
    yield f"sharp, {threads} at a time", sharp(threads, 1)
    if threads > 1:
        yield f"sharp, {threads} at a time, {threads} threads each", sharp(threads, threads)
        yield f"sharp, {2 * threads} at a time", sharp(2 * threads, 1)
    yield f"Pillow, {threads} processes", pillow(threads if len(listed) > 1 else 1)


def contest(title, files, size, suffix, threads):
    all_of_them = list(contestants(files, size, suffix, threads))
    found = {name: [] for name, _ in all_of_them}
    for _ in range(rounds):
        for name, (commands, env) in all_of_them:
            shutil.rmtree(work / "out", ignore_errors=True)
            (work / "out").mkdir()
            found[name].append(run(commands, env))
            made = len(list((work / "out").iterdir()))
            if made != len(files):
                raise SystemExit(f"{name} made {made} of {len(files)} files")
    medians = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in found.items()}
    ours = medians["portreto"]
    print(f"\n| {title} | wall ms | CPU ms | peak MB | wall, times ours | memory, times ours |\n|---|---|---|---|---|---|")
    for name, (wall, cpu, memory) in medians.items():
        print(f"| {name} | {wall:.0f} | {cpu:.0f} | {memory:.0f} | {wall / ours[0]:.2f} | {memory / ours[2]:.2f} |")
    sys.stdout.flush()


prepared = json.loads((work / "prepared.json").read_text())
files = [Path(file) for file in prepared["files"]]
near_12 = Path(prepared["near_12"])
half = tuple(side // 2 for side in prepared["near_12_size"])
progressive = sorted((work / "progressive").iterdir())
png = work / "photo.png"

print(f"{len(files)} photos, {prepared['megapixels']:.0f} megapixels, {sum(file.stat().st_size for file in files) / 1e6:.0f} MB; "
      f"{n_cores} cores; medians of {rounds} rounds in turns; the memory of commands that run together is added up.")
box = (320, 320)
contest("all → 320-pixel JPEG", files, box, ".jpg", n_cores)
contest("all → 320-pixel JPEG, one thread", files, box, ".jpg", 1)
contest("all → 320-pixel WebP", files, box, ".webp", n_cores)
contest("all, progressive → 320-pixel JPEG", progressive, box, ".jpg", n_cores)
contest("one of 12 MP, progressive → 320-pixel JPEG", [work / "progressive" / near_12.name], box, ".jpg", n_cores)
contest("PNG of 12 MP → 320-pixel JPEG", [png], box, ".jpg", n_cores)
contest("JPEG of 12 MP → half the size, JPEG", [near_12], half, ".jpg", n_cores)
