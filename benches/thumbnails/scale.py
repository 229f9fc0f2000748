"""Whether the cost of a megapixel stays as pictures grow, and whether all cores work: python scale.py PORTRETO WORK ROUNDS

WORK holds what prepare.py made.
"""

import os
import shutil
import statistics
import sys
from pathlib import Path

from measure import run

portreto, work, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
n_cores = len(os.sched_getaffinity(0))
sizes = sorted((work / "sizes").iterdir(), key=lambda file: int(file.stem))
jobs = {
    "→ 320-pixel JPEG": ["--resize", "320x320", "--format", "jpg"],
    "→ half the size, JPEG": ["--resize", "{half}x", "--format", "jpg"],
    "→ Floyd–Steinberg, 4 levels, PNG": ["--dither", "floyd-steinberg", "--levels", "4", "--format", "png"],
}


def ours(inputs, out, flags, threads):
    shutil.rmtree(work / "out", ignore_errors=True)
    command = [portreto, "transform", *inputs, "-o", str(work / out) + "/", *flags]
    return run([command], {"PORTRETO_THREADS": str(threads)})


found = {}
for _ in range(rounds):
    for file in sizes:
        megapixels = int(file.stem)
        half = round((megapixels * 1e6 * 1.5) ** 0.5 / 2)
        for name, flags in jobs.items():
            flags = [flag.format(half=half) for flag in flags]
            _, cpu, memory = ours([str(file)], "out", flags, 1)
            found.setdefault((name, megapixels), []).append((cpu / megapixels, memory))

print("\nCPU milliseconds of a whole command for each megapixel, on one thread, and peak megabytes:\n")
print("| | " + " | ".join(f"{file.stem} MP" for file in sizes) + " |\n|---|" + "---|" * len(sizes))
for name in jobs:
    cells = []
    for file in sizes:
        cpu, memory = (statistics.median(column) for column in zip(*found[name, int(file.stem)]))
        cells.append(f"{cpu:.1f} ms, {memory:.0f} MB")
    print(f"| {name} | " + " | ".join(cells) + " |")
    sys.stdout.flush()

many = [str(file) for file in sorted((work / "many").iterdir())]
walls = {1: [], n_cores: []}
memories = {1: [], n_cores: []}
for _ in range(rounds):
    for threads in walls:
        wall, _, memory = ours(many, "out", jobs["→ 320-pixel JPEG"], threads)
        walls[threads].append(wall)
        memories[threads].append(memory)
one, all_of_them = (statistics.median(walls[threads]) for threads in (1, n_cores))
print(f"\n{len(many)} photos → 320-pixel JPEG: {one:.0f} ms on one thread, {all_of_them:.0f} ms on {n_cores}: "
      f"{one / all_of_them:.2f} times as fast; {statistics.median(memories[1]):.0f} and {statistics.median(memories[n_cores]):.0f} MB.")
