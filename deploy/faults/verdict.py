"""Whether a cluster kept its promises: reads the history that drive.py wrote, and asks the cluster what it has now.

It knows nothing of how the history was made but its lines. Exits with 1, and says why, when a promise was broken.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from pathlib import Path

from nats import Nats

PORT = int(os.environ.get("PORTRETO_CLUSTER_PORT", "18080"))
FRONT = f"http://127.0.0.1:{PORT}"
NATS, DATABASE = [PORT + 7 + n for n in range(3)], PORT + 13
DATABASE_DOWN = "the-database-is-restarted"
# What a server may take to find a database that is back, seconds.
BACK = 3.0
FAULTS = {
    "a-server-is-killed",
    "a-worker-is-killed",
    "the-leader-of-the-stream-is-killed",
    "a-store-is-killed",
    "the-database-is-restarted",
    "a-server-is-cut-off-from-a-store",
    "a-server-hears-nothing-from-a-store",
    "all-servers-are-restarted-in-turn",
}


def get(path):
    """Status and body."""
    try:
        with urllib.request.urlopen(FRONT + path, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def get_json(path):
    status, body = get(path)
    if status != 200:
        raise SystemExit(f"GET {path}: {status} {body[:300]}")
    return json.loads(body)


def query(text):
    """Rows of the database, as lists of text."""
    command = ["psql", "-h", "127.0.0.1", "-p", str(DATABASE), "-U", "portreto", "-d", "postgres", "-AtF", "\t", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


class Verdict:
    """What was broken."""

    def __init__(self):
        self.promises, self.broken = {}, defaultdict(list)

    def promise(self, what, checked):
        """Begins a promise that was looked at so many times."""
        self.promises[what] = checked

    def breach(self, what, how):
        self.broken[what].append(how)

    def tell(self):
        for what, checked in self.promises.items():
            breaches = self.broken.get(what, [])
            print(f"{'BROKEN' if breaches else 'kept':6}  {what}: {len(breaches)} of {checked}")
            for how in breaches[:10]:
                print(f"        {how}")
        return not self.broken


def overlap(tries, windows):
    """Whether all tries that failed were in one of these windows."""
    failed = [one for one in tries if one["status"] not in (200, 201, 202, 204)]
    return all(any(one["end"] >= start and one["start"] <= end + BACK for start, end in windows) for one in failed)


def clients(lines, verdict):
    """What the clients saw while it went on."""
    windows = [(line["start"], line["end"]) for line in lines if line.get("fault") == DATABASE_DOWN]
    sums = {line["id"]: line["sha256"] for line in lines if line.get("op") == "upload" and line["ok"]}

    reads = [line for line in lines if line.get("op") == "read"]
    what = "wrong bytes read"
    verdict.promise(what, len(reads))
    for line in reads:
        if line["ok"] and line["sha256"] != sums[line["id"]]:
            verdict.breach(what, line)

    signed = [line for line in lines if line.get("op") == "read-signed"]
    what = "signed URLs that gave other bytes than before"
    verdict.promise(what, len(signed))
    seen = {}
    for line in signed:
        if line["ok"] and seen.setdefault((line["digest"], line["transform"]), line["sha256"]) != line["sha256"]:
            verdict.breach(what, line)

    what = "signed URLs that failed twice, whatever was down"
    verdict.promise(what, len(signed))
    for line in signed:
        if not line["ok"]:
            verdict.breach(what, line)

    others = [line for line in lines if line.get("op") in ("read", "list", "job", "look-for-deleted")]
    what = "reads that failed twice while the database was up"
    verdict.promise(what, len(others))
    for line in others:
        if not line["ok"] and not overlap(line["tries"], windows):
            verdict.breach(what, line)

    writes = [line for line in lines if line.get("op") in ("upload", "transform", "delete")]
    what = "writes that failed twice while the database was up"
    verdict.promise(what, len(writes))
    for line in writes:
        failed = line["tries"] if not line["ok"] else line["tries"][:-1]
        if len(failed) >= 2 and not overlap(failed, windows):
            verdict.breach(what, line)

    what = "answers that tell a client nothing (neither a success nor 503)"
    tries = [one for line in lines if "tries" in line for one in line["tries"]]
    verdict.promise(what, len(tries))
    for one in tries:
        # 502 and 504 are the load balancer's, 0 is a connection that broke; 404 is what a deletion leaves.
        if one["status"] not in (0, 200, 201, 202, 204, 404, 502, 503, 504):
            verdict.breach(what, one)


def images(lines, verdict):
    """What was acknowledged is there, once and whole; what was deleted is not."""
    uploads = {line["id"]: line for line in lines if line.get("op") == "upload" and line["ok"]}
    deleted = {line["id"] for line in lines if line.get("op") == "delete" and line["ok"]}
    unsure = {line["id"] for line in lines if line.get("op") == "delete" and not line["ok"]}
    listed, after = [], ""
    while True:
        page = get_json(f"/images?limit=100{after}")
        listed += page["images"]
        if not page.get("next"):
            break
        after = f"&after={page['next']}"
    times = Counter(image["id"] for image in listed)
    digests = Counter(image["digest"] for image in listed)

    what = "acknowledged uploads that are lost or not whole"
    verdict.promise(what, len(uploads))
    for number, line in uploads.items():
        if number in deleted or number in unsure:
            continue
        status, body = get(f"/images/{number}/content")
        if status != 200 or hashlib.sha256(body).hexdigest() != line["sha256"] or times[number] != 1:
            verdict.breach(what, f"{line['name']} {number}: {status}, {len(body)} bytes, listed {times[number]} times")

    what = "pictures that are there twice"
    verdict.promise(what, len(listed))
    for digest, n in digests.items():
        if n > 1:
            verdict.breach(what, f"{digest}: {n} times")

    what = "deleted images that are there"
    verdict.promise(what, len(deleted))
    for number in deleted:
        if number in times or get(f"/images/{number}")[0] != 404:
            verdict.breach(what, number)


def jobs(lines, patience, verdict):
    """Every job that was taken has come to its end, and has done its work once."""
    taken = {line["job"]: line for line in lines if line.get("op") == "transform" and line.get("job")}
    end = time.monotonic() + patience
    left = set(taken)

    def is_under_way(job):
        status, body = get(f"/jobs/{job}")
        return status != 200 or json.loads(body)["state"] in ("queued", "running")

    while left and time.monotonic() < end:
        left = {job for job in left if is_under_way(job)}
        time.sleep(0.5 if left else 0)
    what = "jobs that were lost or came to nothing"
    verdict.promise(what, len(taken))
    made = {}
    for job, line in taken.items():
        status, body = get(f"/jobs/{job}")
        told = json.loads(body) if status == 200 else {"state": status, "job": job}
        if told["state"] != "done" or "variant" not in told:
            verdict.breach(what, told)
            continue
        status, body = get(told["variant"]["links"]["content"])
        if status != 200 or not body.startswith(b"\x89PNG"):
            verdict.breach(what, f"{told}: {status}")
        made[line["digest"], line["transform"]] = hashlib.sha256(body).hexdigest()

    created = Counter(subject for (subject,) in query("SELECT subject FROM events WHERE kind = 'portreto.variant.created'"))
    what = "jobs that were done twice in effect"
    verdict.promise(what, len(created))
    for subject, n in created.items():
        if n > 1:
            verdict.breach(what, f"{subject}: {n} events")
    if len(created) < len(made):
        verdict.breach(what, f"{len(made)} variants, {len(created)} events")


def events(activity, lines, patience, without_stream, verdict):
    """Every event has come to every sink, in the order of its image."""
    rows = query("SELECT id, kind, subject FROM events ORDER BY tx, position")
    ids = {row[0] for row in rows}
    happened = Counter((kind, subject) for _, kind, subject in rows)
    what = "acknowledged uploads and deletions without exactly one event"
    expected = [("portreto.image.uploaded", line["id"]) for line in lines if line.get("op") == "upload" and line["ok"]]
    expected += [("portreto.image.deleted", line["id"]) for line in lines if line.get("op") == "delete" and line["ok"]]
    verdict.promise(what, len(expected))
    for event in expected:
        if happened[event] != 1:
            verdict.breach(what, f"{event}: {happened[event]}")

    def in_file():
        return [json.loads(line) for line in activity.read_text().splitlines()]

    def in_stream():
        for port in NATS:
            try:
                return [json.loads(body) for _, body in Nats(port).messages("PORTRETO")]
            except OSError:
                continue
        raise SystemExit("no NATS server answers")

    for name, read in [("the file", in_file), ("the stream", in_stream)][: 1 if without_stream else 2]:
        end = time.monotonic() + patience
        told = read()
        while ids - {event["id"] for event in told} and time.monotonic() < end:
            time.sleep(1)
            told = read()
        what = f"events that are not in {name}"
        verdict.promise(what, len(ids))
        for lost in sorted(ids - {event["id"] for event in told})[:10]:
            verdict.breach(what, lost)
        what = f"events in {name} that are out of order, or differ under one id"
        verdict.promise(what, len(told))
        first, last = {}, {}
        for event in told:
            same = first.setdefault(event["id"], event)
            if same is not event:
                if same != event:
                    verdict.breach(what, f"{same} and {event}")
                continue
            if last.get(event["subject"], "") > event["sequence"]:
                verdict.breach(what, event)
            last[event["subject"]] = event["sequence"]


def copies(directory, lines, verdict):
    """Two good copies, in the servers' own files, of everything that was acknowledged."""
    gone = {line["id"] for line in lines if line.get("op") == "delete"}
    uploads = [line for line in lines if line.get("op") == "upload" and line["ok"] and line["id"] not in gone]
    what = "acknowledged uploads without two good copies in two stores"
    verdict.promise(what, len(uploads))
    # The servers keep a file for each object beside their buckets: they are listed once.
    buckets = list(directory.glob("s3-*/photos-*"))
    for line in uploads:
        files = [bucket / "home" / "blobs" / line["digest"][:2] / line["digest"] for bucket in buckets]
        good = sum(hashlib.sha256(file.read_bytes()).hexdigest() == line["sha256"] for file in files if file.exists())
        if good < 2:
            verdict.breach(what, f"{line['name']} {line['digest']}: {good}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, help="where deploy/cluster runs")
    parser.add_argument("--history", type=Path, help="instead of DIRECTORY/history.jsonl")
    parser.add_argument("--activity", type=Path, help="instead of DIRECTORY/activity.jsonl")
    # A lease of 30 s, and pauses.
    parser.add_argument("--patience", type=float, default=180, help="seconds for what is left to do when the clients have gone")
    parser.add_argument("--without-stream", action="store_true", help="reads no messages from NATS, which takes a while")
    told = parser.parse_args()
    directory = told.directory.resolve()
    lines = [json.loads(line) for line in (told.history or directory / "history.jsonl").read_text().splitlines()]
    verdict = Verdict()
    what = "kinds of faults that did not happen"
    verdict.promise(what, len(FAULTS))
    for kind in sorted(FAULTS - {line.get("fault") for line in lines}):
        verdict.breach(what, kind)
    if not lines or "done" not in lines[-1]:
        verdict.breach(what, "the history has no end")
    counts = Counter(line.get("op") or line.get("fault") for line in lines if "done" not in line)
    print(", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())))
    clients(lines, verdict)
    images(lines, verdict)
    jobs(lines, told.patience, verdict)
    events(told.activity or directory / "activity.jsonl", lines, told.patience, told.without_stream, verdict)
    copies(directory, lines, verdict)
    sys.exit(0 if verdict.tell() else 1)


main()
