"""More than servers can do: python overload.py PORTRETO_SERVER PORTRETO MODULES PHOTOS WORK SECTION SECONDS"""

import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from running import HERE, Portreto, clear, get, wrk
from contestants import pictures, sharp, thumbor

program, command, modules, photos, work = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], Path(sys.argv[5])
section, seconds = sys.argv[6], int(sys.argv[7])
heights = itertools.count(400)


class Probe(threading.Thread):
    """Asks for a path twenty times a second, on a connection that stays open."""

    def __init__(self, server, path):
        super().__init__(daemon=True)
        self.server, self.path, self.times, self.wrong, self.ended = server, path, [], 0, threading.Event()
        self.began = time.perf_counter()
        self.start()

    def run(self):
        connection = None
        while not self.ended.wait(0.05):
            self.began = time.perf_counter()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
                self.wrong += answer.status != 200
            except OSError:
                connection, self.wrong = None, self.wrong + 1
            self.times.append((time.perf_counter() - self.began) * 1e3)

    def end(self):
        """The 99th percentile in milliseconds; an answer that has not come is one that took until now."""
        self.ended.set()
        self.join(2)
        if self.is_alive():
            self.times.append((time.perf_counter() - self.began) * 1e3)
        return sorted(self.times)[int(len(self.times) * 0.99)]


def start_wrk(server, script, args, duration, connections):
    line = ["wrk", "-t1", f"-c{connections}", f"-d{duration}s", "--timeout", "120s", "-s", HERE / script, server.url, "--", *args]
    return subprocess.Popen([str(part) for part in line], stdout=subprocess.PIPE, text=True)


def said(process):
    out, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"wrk failed: {out}")
    return json.loads(out.strip().splitlines()[-1])


def listed(name, lines):
    file = work / name
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def unique(path, n_pictures, n):
    """So many paths, no two the same."""
    for _ in range(n // n_pictures + 1):
        height = next(heights)
        yield from (path(picture, height) for picture in range(n_pictures))


def at_best(server, path, n_pictures, duration=8):
    found = wrk(server, "paths.lua", unique(path, n_pictures, 400 * duration), work, duration, 8)
    return found["rate"]


def flood():
    """Thumbnails of unique pictures of 12 megapixels, twenty times as many as can be made."""
    directory = pictures(photos, work, 12)
    files = sorted(directory.iterdir())

    def portreto():
        server = Portreto(program, work / "home")
        digests = [server.upload(file) for file in files]
        small = server.path(digests[0], "resize:64x64.jpg")
        get(server.url + small)
        return server, lambda n, h: server.path(digests[n], f"resize:320x{h}.jpg"), "/health", small

    def by_sharp():
        server = sharp(modules, 2, directory, files[0], threads=1)
        return server, lambda n, h: f"/{files[n].name}?w=320&h={h}", "/cached", "/cached"

    def by_thumbor():
        server = thumbor(work, directory)
        return server, lambda n, h: f"/unsafe/fit-in/320x{h}/{files[n].name}", "/healthcheck", "/healthcheck"

    print("| 20 times too much | useful/s at best | useful/s then | of the best | p50 s | p99 s | health p99 ms | cached p99 ms | peak MB | answers |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, start in {"Portreto": portreto, "sharp + fastify, 2 processes": by_sharp, "thumbor, 2 processes": by_thumbor}.items():
        server, path, health, small = start()
        best = at_best(server, path, len(files))
        connections = 1000
        pause = 1e3 * connections / (20 * best)
        paths = listed("flood", unique(path, len(files), round(25 * best * seconds)))
        probes = [Probe(server, health), Probe(server, small)]
        found = said(start_wrk(server, "flood.lua", [paths, round(pause)], seconds, connections))
        light = [probe.end() for probe in probes]
        useful = found["statuses"].get("200", 0) / found["seconds"]
        kind = "" if found["timed"] else "all_"
        p50, p99 = found[kind + "p50"] / 1e3, found[kind + "p99"] / 1e3
        answers = ", ".join(f"{n} × {status}" for status, n in sorted(found["statuses"].items()))
        broken = found["broken"] + found["timeouts"] + sum(probe.wrong for probe in probes)
        print(
            f"| {name} | {best:.0f} | {useful:.0f} | {useful / best:.2f} | {p50:.2f} | {p99:.2f} | {light[0]:.0f} | {light[1]:.0f} "
            f"| {server.memory('VmHWM'):.0f} | {answers}{f', {broken} broken' if broken else ''} |"
        )
        sys.stdout.flush()
        server.stop()
    clear(work / "home")


def soak():
    """Everything at once, twice as much as can be done."""
    files = sorted(pictures(photos, work, 12).iterdir())
    small = work / "small"
    if not small.exists():
        subprocess.run([sys.executable, HERE.parent / "upload" / "pictures.py", photos, small, "200", "15000", "30000"], check=True)
    uploads = listed("uploads", sorted(small.rglob("*.jpg")))
    server = Portreto(program, work / "home")
    digests = [server.upload(file) for file in files]
    path = lambda n, h: server.path(digests[n], f"resize:320x{h}.jpg")
    thumbnail = server.path(digests[0], "resize:64x64.jpg")
    get(server.url + thumbnail)
    best = at_best(server, path, len(files))
    at_first = said(start_wrk(server, "kept.lua", [uploads, 0, work / "acknowledged-0"], 6, 16))
    best_uploads = at_first["statuses"].get("201", 0) / at_first["seconds"]

    probes = {"health": Probe(server, "/health"), "cached picture": Probe(server, thumbnail), "list": Probe(server, "/images?limit=20")}
    paths = listed("soak", unique(path, len(files), round(3 * best * seconds)))
    streams = [
        start_wrk(server, "flood.lua", [paths, round(1e3 * 400 / best)], seconds, 400),
        start_wrk(server, "kept.lua", [uploads, round(1e3 * 64 / best_uploads), work / "acknowledged-1"], seconds, 64),
    ]
    memory = []
    while any(stream.poll() is None for stream in streams):
        memory.append(server.memory())
        time.sleep(1)
    found = [said(stream) for stream in streams]
    light = {name: probe.end() for name, probe in probes.items()}
    ended = time.perf_counter()
    time.sleep(3)
    again = at_best(server, path, len(files), 6)
    took = time.perf_counter() - ended
    server.stop()

    acknowledged = [line for n in range(2) for line in (work / f"acknowledged-{n}").read_text().split()]
    catalogued = subprocess.run([command, "--home", work / "home", "ls", "--json"], check=True, capture_output=True, text=True).stdout
    there = {json.loads(line)["digest"] for line in catalogued.splitlines()}
    lost = [digest for digest in acknowledged if digest not in there]
    scrub = subprocess.run([command, "--home", work / "home", "scrub", "-q"], capture_output=True, text=True)

    renders, posts = found
    good = {"200", "201", "202", "429", "503"}
    odd = sum(n for stream in found for status, n in stream["statuses"].items() if status not in good)
    odd += sum(stream["broken"] + stream["timeouts"] for stream in found)
    quarter = len(memory) // 4 or 1
    kept = sum(posts["statuses"].get(status, 0) for status in ("201", "202"))
    tell = lambda what, value: print(f"| {what} | {value} |")
    print(f"\n| {seconds} s of mixed load, twice what can be done | |\n|---|---|")
    tell("thumbnails of 12 MP a second: alone; offered; made meanwhile",
         f"{best:.0f}; {best:.0f}; {renders['statuses'].get('200', 0) / renders['seconds']:.0f}")
    tell("uploads of 22 KB a second: alone; offered; kept meanwhile", f"{best_uploads:.0f}; {best_uploads:.0f}; {kept / posts['seconds']:.0f}")
    tell("p99 of thumbnails that were made", f"{renders['p99'] / 1e3:.2f} s")
    tell("answers: thumbnails; uploads", "; ".join(json.dumps(stream["statuses"]).strip("{}").replace('"', "") for stream in found))
    tell("neither a success nor 429 or 503, or broken", odd)
    for name, p99 in light.items():
        tell(f"p99 of {name}; not 200", f"{p99:.0f} ms; {probes[name].wrong} of {len(probes[name].times)}")
    tell("memory in each quarter, at most", ", ".join(f"{max(memory[n * quarter:(n + 1) * quarter] or [0]):.0f}" for n in range(4)) + " MB")
    tell("speed of thumbnails 3 to 9 s after, beside before", f"{again / best:.2f}")
    tell("acknowledged images; not there afterwards", f"{len(acknowledged)}; {len(lost)}")
    tell("scrub of every byte afterwards", "clean" if scrub.returncode == 0 else scrub.stdout[-300:] + scrub.stderr[-300:])
    sys.stdout.flush()
    clear(work / "home")


{"flood": flood, "soak": soak}[section]()
