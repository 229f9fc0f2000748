"""Whole commands on so many tiny pictures: python memory.py PORTRETO WORK FILES…"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

portreto, work, counts = sys.argv[1], Path(sys.argv[2]), [int(n) for n in sys.argv[3:]]
# So many files in one directory.
TOGETHER = 1000


def draw(directory, n):
    """Pictures of 4 × 4 pixels, no two alike."""
    rng = random.Random(n)
    for number in range(n):
        folder = directory / f"{number // TOGETHER:04}"
        if number % TOGETHER == 0:
            folder.mkdir(parents=True)
        (folder / f"{number:07}.ppm").write_bytes(b"P6 4 4 255\n" + rng.randbytes(48))


def run(home, *arguments, kill_after=None):
    """Seconds and peak megabytes of a command, which must succeed unless it is killed."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [portreto, "--home", str(home), "--quiet", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if kill_after is not None:
        time.sleep(kill_after)
        child.send_signal(signal.SIGKILL)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != (0 if kill_after is None else -signal.SIGKILL):
        raise SystemExit(f"{arguments} ended with {child.returncode}: {said.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


print("| files | upload, s | MB | again, nothing new, s | MB | scrub, s | MB | killed after, s | then, s | lost of the time before |")
print("|---|---|---|---|---|---|---|---|---|---|")
for n in counts:
    # What is removed is removed in the end: file systems that discard blocks at once are slow for a while after that.
    pictures, home, other = work / f"in-{n}", work / f"home-{n}", work / f"other-{n}"
    draw(pictures, n)
    os.sync()
    whole = run(home, "upload", pictures)
    again = run(home, "upload", pictures)
    scrub = run(home, "scrub")
    os.sync()
    killed, _ = run(other, "upload", pictures, kill_after=whole[0] / 2)
    rest, _ = run(other, "upload", pictures)
    lost = (killed + rest - whole[0]) / killed
    cells = [f"{value:.1f}" for pair in (whole, again, scrub) for value in pair]
    print(f"| {n:,} | {' | '.join(cells)} | {killed:.1f} | {rest:.1f} | {100 * lost:.0f} % |", flush=True)
