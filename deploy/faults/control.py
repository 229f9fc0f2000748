"""A test of verdict.py: it must find what was never kept.

    control.py DIR

Each history here differs from DIR/history.jsonl, which verdict.py has found to be right, in one thing.
"""

import json
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

HERE = Path(__file__).parent
# Lines of the history that each lie is told in.
SHORT = 400


def first(lines, op, **facts):
    """The first line of this kind that is so."""
    for line in lines:
        if line.get("op") == op and line["ok"] and all(line.get(name) == value for name, value in facts.items()):
            return line
    raise SystemExit(f"the history has no {op}")


def kept(lines):
    deleted = {line["id"] for line in lines if line.get("op") == "delete"}
    read = {line["id"] for line in lines if line.get("op") == "read" and line["ok"]}
    return next(line for line in lines if line.get("op") == "upload" and line["ok"] and line["id"] in read - deleted)


def other_bytes(lines):
    kept(lines)["sha256"] = "0" * 64


def never_uploaded(lines):
    lines.insert(0, dict(kept(lines), id=str(uuid.uuid4())))


def never_deleted(lines):
    lines.insert(0, dict(first(lines, "delete"), id=kept(lines)["id"]))


def no_such_job(lines):
    taken = next(line for line in lines if line.get("job") and line["op"] == "transform")
    lines.insert(0, dict(taken, job=str(uuid.uuid4())))


def another_thumbnail(lines):
    seen = first(lines, "read-signed")
    lines.append(dict(seen, sha256="0" * 64))


def read_that_failed(lines):
    lines.insert(0, dict(first(lines, "read"), ok=False, tries=[{"status": 500, "start": -9.0, "end": -8.0}] * 2))


def no_fault(lines):
    lines[:] = [line for line in lines if line.get("fault") != "a-store-is-killed"]


LIES = [
    (other_bytes, "acknowledged uploads that are lost or not whole"),
    (other_bytes, "acknowledged uploads without two good copies in two stores"),
    (other_bytes, "wrong bytes read"),
    (never_uploaded, "acknowledged uploads that are lost or not whole"),
    (never_uploaded, "acknowledged uploads and deletions without exactly one event"),
    (never_deleted, "deleted images that are there"),
    (no_such_job, "jobs that were lost or came to nothing"),
    (another_thumbnail, "signed URLs that gave other bytes than before"),
    (read_that_failed, "reads that failed twice while the database was up"),
    (no_fault, "kinds of faults that did not happen"),
]


def shortened(history):
    """The beginning, which is judged in seconds, and what happened to it later."""
    later = [line for line in history[SHORT:-1] if (told := json.loads(line)).get("fault") or told.get("op") == "delete"]
    return [*history[:SHORT], *later, history[-1]]


def verdict(directory, *more):
    command = [sys.executable, HERE / "verdict.py", directory, "--patience", "0", "--without-stream", *more]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("BROKEN")]


def main():
    directory, found = Path(sys.argv[1]), 0
    history = shortened((directory / "history.jsonl").read_text().splitlines())
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "file.jsonl"
        cases = []
        for lie, promise in LIES:
            lines = [json.loads(line) for line in history]
            end = lines.pop()
            lie(lines)
            cases.append((lie.__name__, "\n".join(json.dumps(line) for line in [*lines, end]), "--history", promise))
        events = (directory / "activity.jsonl").read_text().splitlines()
        cases.append(("lost_event", "\n".join(events[:-1]), "--activity", "events that are not in the file"))
        swapped = [events[0].replace('"sequence":"0', '"sequence":"9'), *events]
        cases.append(("changed_event", "\n".join(swapped), "--activity", "events in the file that are out of order"))
        for name, text, option, promise in cases:
            file.write_text(text)
            code, broken = verdict(directory, option, file)
            seen = code == 1 and any(promise in line for line in broken)
            found += seen
            if not seen:
                print(f"not found: {name}: {promise}: exit {code}, {broken}")
    print(f"control: {found} of {len(cases)} lies found")
    sys.exit(0 if found == len(cases) else 1)


main()
