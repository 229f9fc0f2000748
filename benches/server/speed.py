"""Asks servers in turns and prints Markdown tables: python speed.py PORTRETO_SERVER PORTRETO MODULES PHOTOS WORK ROUNDS SECTION…"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from contestants import N_PICTURES, nginx, pictures, sharp, thumbor
from running import HERE, Portreto, clear, get, wrk

program, command, modules, photos, work = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], Path(sys.argv[5])
rounds, sections = int(sys.argv[6]), sys.argv[7:]
python = sys.executable
SECONDS = 6
# The height that a thumbnail may have: more than any needs, and another one for each request, since what we made once we have.
heights = iter(range(400, 100_000))

def medians(found):
    """For each contestant the middle of what was found, and of its ratios to the first one of the same round."""
    first = next(iter(found.values()))
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        ratio = lambda key: statistics.median(run[key] / own[key] for run, own in zip(runs, first) if own[key])
        yield name, middle, ratio


def on_the_fly(megapixels, connections=8):
    """Thumbnails of 320 pixels, each asked for once."""
    directory = pictures(photos, work, megapixels)
    files = sorted(directory.iterdir())
    home = work / "home"
    ours = Portreto(program, home, "--workers", "0")
    digests = [ours.upload(file) for file in files]
    servers = {
        "Portreto": (ours, lambda n, h: ours.path(digests[n], f"resize:320x{h}.jpg")),
        "sharp + fastify, 2 processes": (sharp(modules, 2, directory, threads=1), lambda n, h: f"/{files[n].name}?w=320&h={h}"),
        "sharp + fastify, 2 threads": (sharp(modules, 1, directory), lambda n, h: f"/{files[n].name}?w=320&h={h}"),
        "thumbor, 2 processes": (thumbor(work, directory), lambda n, h: f"/unsafe/fit-in/320x{h}/{files[n].name}"),
    }

    def ask(server, path, seconds, expected):
        """Lines enough for that time."""
        lines = [path(n, h) for h in [next(heights) for _ in range(expected // N_PICTURES + 1)] for n in range(N_PICTURES)]
        found = wrk(server, "paths.lua", lines, work, seconds, connections)
        if found["requests"] > len(lines):
            raise SystemExit(f"{found['requests']} requests for {len(lines)} pictures: some were asked for twice")
        return found

    for server, path in servers.values():
        get(server.url + path(0, 399))
        ask(server, path, 1, 3000)
    found = {name: [] for name in servers}
    for _ in range(rounds):
        for name, (server, path) in servers.items():
            found[name].append(ask(server, path, SECONDS, 1200 * SECONDS // megapixels + 1200))
    print(f"\n| {megapixels} MP JPEG → 320 px, on the fly | requests/s | beside ours | CPU ms | beside ours | p50 ms | p99 ms | peak MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, middle, ratio in medians(found):
        peak = servers[name][0].memory("VmHWM")
        print(
            f"| {name} | {middle['rate']:.0f} | {ratio('rate'):.2f} | {middle['cpu']:.1f} | {ratio('cpu'):.2f} "
            f"| {middle['p50']:.0f} | {middle['p99']:.0f} | {peak:.0f} |"
        )
    sys.stdout.flush()
    for server, _ in servers.values():
        server.stop()
    clear(home)


def cached(connections=64):
    """One thumbnail of about 20 KB, that everybody looks at."""
    file = sorted(pictures(photos, work, 2).iterdir())[0]
    home, root = work / "home", work / "root"
    root.mkdir(exist_ok=True)
    ours = Portreto(program, home)
    digest = ours.upload(file)
    sized = {}
    for quality in range(40, 100, 3):
        path = ours.path(digest, f"resize:320x320,jpg:quality={quality}.jpg")
        sized[abs(len(get(ours.url + path)) - 20_000)] = path
    path = sized[min(sized)]
    (root / "20k.jpg").write_bytes(get(ours.url + path))
    kept = thumbor(work, root, keeps=True)
    logging = Portreto(program, work / "logging", log="info")
    logging_path = logging.path(logging.upload(file), path.split("/")[-1].split("?")[0])
    get(logging.url + logging_path)
    servers = {
        "Portreto": (ours, path),
        "the same, a line in its log for each request": (logging, logging_path),
        "nginx, the file": (nginx(work, root), "/20k.jpg"),
        "fastify, from memory, 2 processes": (sharp(modules, 2, root, root / "20k.jpg"), "/cached"),
        "thumbor, stored result": (kept, "/unsafe/20k.jpg"),
    }
    for server, path in servers.values():
        get(server.url + path)
        wrk(server, "paths.lua", [path], work, 1, connections)
    found = {name: [] for name in servers}
    for _ in range(rounds):
        for name, (server, path) in servers.items():
            found[name].append(wrk(server, "paths.lua", [path], work, 3, connections))
    # As many milliseconds between two requests of a connection as make half of what it can do at most.
    for name, (server, path) in servers.items():
        rate = statistics.median(run["rate"] for run in found[name])
        pause = max(1, round(2e3 * connections / rate))
        half = [wrk(server, "paths.lua", [path], work, 3, connections, pause=pause) for _ in range(3)]
        for run, half_run in zip(found[name], half * rounds):
            run["half"], run["half_p99"] = half_run["rate"], half_run["p99"]
    kib = (root / "20k.jpg").stat().st_size / 1e3
    print(f"\n| a thumbnail of {kib:.0f} KB again, {connections} connections | requests/s | beside ours | CPU µs | p99 ms | p99 ms at … requests/s |")
    print("|---|---|---|---|---|---|")
    for name, middle, ratio in medians(found):
        print(
            f"| {name} | {middle['rate']:.0f} | {ratio('rate'):.2f} | {middle['cpu'] * 1e3:.0f} | {middle['p99']:.1f} "
            f"| {middle['half_p99']:.1f} at {middle['half']:.0f} |"
        )
    sys.stdout.flush()
    for server, _ in servers.values():
        server.stop()
    clear(home)
    clear(work / "logging")


def uploads(connections=16):
    """JPEGs of about 100 KB into two directories: the command on a directory, the server one request for each."""
    directory = work / "uploads"
    cut = HERE.parent / "upload" / "pictures.py"
    if not directory.exists():
        subprocess.run([python, cut, photos, directory, "2000", "80000", "120000"], check=True)
    files = sorted(directory.rglob("*.jpg"))
    found = {"portreto upload": [], "Portreto, the server": []}
    for number in range(rounds):
        home = work / f"upload-{number}"
        clear(home)
        began = time.perf_counter()
        subprocess.run([command, "--home", home / "command", "upload", "-q", directory], check=True, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        found["portreto upload"].append({"rate": len(files) / seconds, "cpu": 0, "p50": 0, "p99": 0})
        ours = Portreto(program, home / "server")
        os_lines = [str(file) for file in files]
        found["Portreto, the server"].append(wrk(ours, "uploads.lua", os_lines, work, 4, connections))
        ours.stop()
    for number in range(rounds):
        clear(work / f"upload-{number}")
    size = sum(file.stat().st_size for file in files) / len(files) / 1e3
    print(f"\n| JPEGs of {size:.0f} KB into two directories | images/s | beside the command | CPU ms | p50 ms | p99 ms |\n|---|---|---|---|---|---|")
    for name, middle, ratio in medians(found):
        rest = f"{middle['cpu']:.2f} | {middle['p50']:.0f} | {middle['p99']:.0f}" if middle["p99"] else " | | "
        print(f"| {name} | {middle['rate']:.0f} | {ratio('rate'):.2f} | {rest} |")
    sys.stdout.flush()


SECTIONS = {"12": lambda: on_the_fly(12), "2": lambda: on_the_fly(2), "cached": cached, "uploads": uploads}
for section in sections or SECTIONS:
    SECTIONS[section]()
