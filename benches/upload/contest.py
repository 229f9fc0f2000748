"""Runs whole commands in turns and prints Markdown tables: python contest.py PORTRETO SCRATCH_S3 PHOTOS WORK ROUNDS"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
portreto, scratch_s3, photos, work, rounds = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5])
s5cmd = str(Path(sys.executable).parent / "s5cmd")
KEY, SECRET = "portreto", "portreto-secret"
# A rival's best: more at once did not help any of them here.
AT_ONCE = "16"


def run(command, env=None):
    """Wall seconds, CPU seconds and peak megabytes of a command, which must succeed."""
    env = {**os.environ, **(env or {})}
    # rclone cannot have both this and its own transport.
    env.pop("AWS_CA_BUNDLE", None)
    start = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command} failed: {said.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def all_of(*steps):
    """Several commands in a row, as one."""
    runs = [run(*step) for step in steps]
    return sum(r[0] for r in runs), sum(r[1] for r in runs), max(r[2] for r in runs)


def contest(title, contestants, n_rounds=None, again=None):
    """Each contestant is called with a directory of its own; `again` is called first and is not timed."""
    found = {name: [] for name in contestants}
    place = work / "run"
    for round in range(n_rounds or rounds):
        for number, (name, contestant) in enumerate(contestants.items()):
            fresh = place / f"{round}-{number}"
            fresh.mkdir(parents=True)
            if again:
                again(fresh)
            os.sync()
            found[name].append(contestant(fresh))
    medians = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in found.items()}
    spread = {name: [run[0] for run in runs] for name, runs in found.items()}
    ours = next(iter(medians.values()))
    print(f"\n| {title} | seconds | (least – most) | CPU s | peak MB | times ours |\n|---|---|---|---|---|---|")
    for name, (wall, cpu, memory) in medians.items():
        least, most = min(spread[name]), max(spread[name])
        print(f"| {name} | {wall:.2f} | {least:.2f} – {most:.2f} | {cpu:.2f} | {memory:.0f} | {wall / ours[0]:.2f} |")
    sys.stdout.flush()
    shutil.rmtree(place)
    os.sync()


def upload(source, fresh, *options, stores=None, env=None, looks=False):
    """No rival decodes pictures, to see what they show: neither does this, unless it `looks`."""
    stores = stores or f"{fresh}/a,{fresh}/b"
    options = options if looks else ("--no-look", *options)
    return run([portreto, "--home", fresh / "home", "--set", f"stores={stores}", "upload", "-q", *options, source], env)


def local(source, title, n_rounds=None):
    rclone = lambda fresh, to: ["rclone", "copy", "--transfers", AT_ONCE, source, fresh / to]
    contest(
        title,
        {
            "Portreto: two copies, synced, checked, catalogued": lambda fresh: upload(source, fresh),
            "the same, each picture looked at": lambda fresh: upload(source, fresh, looks=True),
            "rclone: one copy, not synced": lambda fresh: run(["rclone", "copy", source, fresh / "a"]),
            f"rclone, {AT_ONCE} at once: one copy, not synced": lambda fresh: run(rclone(fresh, "a")),
            "rclone, once for each of two copies": lambda fresh: all_of([rclone(fresh, "a")], [rclone(fresh, "b")]),
            "cp -r: one copy, not synced": lambda fresh: run(["cp", "-r", source, fresh / "a"]),
        },
        n_rounds,
    )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """An S3 server on this machine; or one that many milliseconds away, whose work is as little as can be: no disk."""

    def __init__(self, milliseconds=0):
        self.root = work / "s3"
        self.root.mkdir(exist_ok=True)
        directory = "memory:" if milliseconds else str(self.root)
        port = free_port()
        self.process = subprocess.Popen(
            [scratch_s3, f"127.0.0.1:{port}", directory, str(milliseconds)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
        )
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        self.env = {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "RCLONE_CONFIG_IT_TYPE": "s3",
            "RCLONE_CONFIG_IT_PROVIDER": "Other",
            "RCLONE_CONFIG_IT_ENDPOINT": self.url,
            "RCLONE_CONFIG_IT_ACCESS_KEY_ID": KEY,
            "RCLONE_CONFIG_IT_SECRET_ACCESS_KEY": SECRET,
        }

    def buckets(self, fresh):
        """Two new ones."""
        names = [f"{fresh.name}-{letter}-{time.monotonic_ns()}" for letter in "ab"]
        for name in names:
            (self.root / name).mkdir()
        return names

    def ours(self, source, fresh):
        a, b = self.buckets(fresh)
        return upload(source, fresh, stores=f"s3://{a},s3://{b}", env=self.env)

    def ours_once(self, source, fresh):
        a, _ = self.buckets(fresh)
        return upload(source, fresh, stores=f"s3://{a},{fresh}/b", env=self.env)

    def rclone(self, source, fresh):
        copy = lambda to: (["rclone", "copy", "--transfers", AT_ONCE, "--s3-no-check-bucket", source, f"it:{to}"], self.env)
        return all_of(*map(copy, self.buckets(fresh)))

    def s5cmd(self, source, fresh):
        copy = lambda to: ([s5cmd, "--endpoint-url", self.url, "cp", f"{source}/", f"s3://{to}/"], self.env)
        return all_of(*map(copy, self.buckets(fresh)))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.root)


def cut(out, *bounds):
    """In a process of its own: the peak memory of a child begins with its parent's."""
    subprocess.run([sys.executable, HERE / "pictures.py", photos, out, *map(str, bounds)], check=True)


small, large = work / "small", work / "large"
cut(small, 2000, 50_000, 200_000)
cut(large, 200, 3_000_000, 5_000_000)

local(small, "2,000 JPEGs of 50–200 KB into directories")
local(large, "200 JPEGs of 3–5 MB into directories", 3)

server = Server()
for source, title in [(small, "2,000 JPEGs of 50–200 KB"), (large, "200 JPEGs of 3–5 MB")]:
    contest(
        f"{title} into two buckets of an S3 server on this machine",
        {
            "Portreto: both at once, checked, catalogued": lambda fresh: server.ours(source, fresh),
            f"rclone, {AT_ONCE} at once, once for each": lambda fresh: server.rclone(source, fresh),
            "s5cmd, once for each": lambda fresh: server.s5cmd(source, fresh),
        },
        3,
    )
server.stop()

server = Server(20)
contest(
    "2,000 JPEGs of 50–200 KB to an S3 server 20 ms away",
    {
        "Portreto: two buckets": lambda fresh: server.ours(small, fresh),
        "Portreto: one bucket and a directory": lambda fresh: server.ours_once(small, fresh),
    },
    3,
)
server.stop()

kept = {}


def keep(fresh):
    """All rivals have it already; ours for longer than the two seconds within which nothing is remembered."""
    if not kept:
        home = work / "kept"
        home.mkdir()
        time.sleep(3)
        upload(small, home, looks=True)
        run(["rclone", "copy", small, home / "rclone"])
        env = {"RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(home / "restic")}
        run(["restic", "init"], env)
        run(["restic", "backup", small], env)
        kept.update(home=home, env=env)


def ours(command, *options):
    return lambda fresh: run([portreto, "--home", kept["home"] / "home", command, "-q", *options, small])


contest(
    "2,000 files again, nothing new",
    {
        "Portreto": ours("upload"),
        "Portreto, --checksum": ours("upload", "--checksum"),
        "rclone": lambda fresh: run(["rclone", "copy", small, kept["home"] / "rclone"]),
        "rclone, --checksum": lambda fresh: run(["rclone", "copy", "--checksum", small, kept["home"] / "rclone"]),
        "restic backup": lambda fresh: run(["restic", "backup", small], kept["env"]),
    },
    again=keep,
)
contest(
    "is all of it there? 2,000 files, every byte read",
    {
        "Portreto check --bytes: both copies": ours("check", "--bytes"),
        "Portreto check --bytes --checksum: both copies and the files": ours("check", "--bytes", "--checksum"),
        "restic check --read-data: one copy": lambda fresh: run(["restic", "check", "--read-data"], kept["env"]),
        "rclone check --download: one copy and the files": lambda fresh: run(
            ["rclone", "check", "--download", small, kept["home"] / "rclone"]
        ),
    },
    again=keep,
)
