"""Clients that use a cluster while its programs are killed, one at a time; what they saw is written down.

    drive.py DIR SECONDS SEED

DIR is where deploy/cluster runs, with PORTRETO_CLUSTER_LINES. DIR/history.jsonl gets one line for each thing that a client did, or
that was done to the cluster, in the order in which they ended; whether it was right is for verdict.py to say.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import zlib
from pathlib import Path

from nats import Nats

CLIENTS = 8
HERE = Path(__file__).parent
PORT = int(os.environ.get("PORTRETO_CLUSTER_PORT", "18080"))
SERVERS = [PORT + 4 + n for n in range(3)]
STORES = [PORT + 1 + n for n in range(3)]
NATS = [PORT + 7 + n for n in range(3)]
DATABASE = PORT + 13
# A client that is told to wait longer comes back sooner all the same.
PATIENCE = 5.0
TRANSFORMS = ["resize:48x,png", "resize:32x32:cover,png", "resize:40x,dither:floyd-steinberg,png", "grayscale,resize:x24,png"]
DIRECT = ["resize:20x20.png", "resize:64x.jpg"]


def png(width, height, noise):
    """A picture of these bytes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + noise[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def lives(pid):
    """Whether a process has not ended; it may wait for somebody to hear of its end."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


class History:
    """What happened, a line each."""

    def __init__(self, path):
        self.file, self.lock, self.begun = open(path, "w"), threading.Lock(), time.monotonic()

    def now(self):
        return round(time.monotonic() - self.begun, 4)

    def write(self, **line):
        with self.lock:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()


class Shared:
    """Images that every client may read: nobody deletes them."""

    def __init__(self):
        self.images, self.lock = [], threading.Lock()

    def add(self, image):
        with self.lock:
            self.images.append(image)

    def any(self, chance):
        with self.lock:
            return chance.choice(self.images) if self.images else None


class Client(threading.Thread):
    """One who uploads, transforms and reads."""

    def __init__(self, number, seed, history, shared, key, stop):
        super().__init__()
        self.number, self.history, self.shared, self.key, self.stop = number, history, shared, key, stop
        self.seed, self.chance = seed, random.Random(f"{seed}-{number}")
        self.connection, self.uploads, self.jobs = None, 0, []

    def once(self, method, path, body, headers):
        """Status, headers and body of the answer, or what went wrong instead."""
        begun = self.history.now()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            self.connection.request(method, path, body=body, headers=headers)
            answer = self.connection.getresponse()
            content = answer.read()
            tried = {"status": answer.status, "start": begun, "end": self.history.now()}
            if answer.status >= 500:
                # What comes next goes by a new connection: this one may be about to be closed.
                self.connection.close()
            return tried, dict(answer.headers), content
        except (OSError, http.client.HTTPException) as error:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return {"status": 0, "error": repr(error), "start": begun, "end": self.history.now()}, {}, b""

    def ask(self, method, path, good, tries, body=None, headers=None):
        """Asks until the answer is a good one, so many times at most. Gives the answer and all tries."""
        tried = []
        while True:
            one, heads, content = self.once(method, path, body, headers or {})
            tried.append(one)
            if one["status"] in good or len(tried) == tries:
                return one["status"] in good, heads, content, tried
            if one["status"] >= 400:
                one["answer"] = content[:300].decode(errors="replace")
            pause = heads.get("Retry-After") or heads.get("retry-after") or "0.5"
            time.sleep(min(float(pause), PATIENCE))

    def tell(self, op, ok, tries, **facts):
        self.history.write(client=self.number, op=op, ok=ok, tries=tries, **facts)

    def upload(self):
        self.uploads += 1
        name = f"{self.number}-{self.uploads}"
        chance = random.Random(f"{self.seed}-picture-{name}")
        width, height = chance.randint(40, 160), chance.randint(40, 160)
        picture = png(width, height, chance.randbytes(width * height * 3))
        sha256 = hashlib.sha256(picture).hexdigest()
        headers = {"Content-Type": "image/png", "Idempotency-Key": f"{self.seed}-{name}"}
        ok, _, content, tries = self.ask("POST", f"/images?name={name}.png", {200, 201}, 12, picture, headers)
        facts = {"name": name, "sha256": sha256, "bytes": len(picture)}
        if ok:
            image = json.loads(content)
            facts |= {"id": image["id"], "digest": image["digest"]}
        self.tell("upload", ok, tries, **facts)
        if not ok:
            return
        if self.uploads % 10 == 0:
            self.delete(facts)
        else:
            self.shared.add(facts)

    def delete(self, image):
        path = f"/images/{image['id']}"
        # What was deleted by a try whose answer was lost is not found by the next.
        ok, _, _, tries = self.ask("DELETE", path, {204, 404}, 12)
        self.tell("delete", ok, tries, id=image["id"], digest=image["digest"])
        if ok:
            ok, _, _, tries = self.ask("GET", path, {404}, 2)
            self.tell("look-for-deleted", ok, tries, id=image["id"])

    def read(self, image):
        ok, _, content, tries = self.ask("GET", f"/images/{image['id']}/content", {200}, 2)
        self.tell("read", ok, tries, id=image["id"], sha256=hashlib.sha256(content).hexdigest() if ok else None)

    def read_signed(self, image):
        name = self.chance.choice(DIRECT)
        signed = f"portreto-url-1\n{image['digest']}\n{name}\n".encode()
        secret = base64.urlsafe_b64decode(self.key["secret"] + "==")
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed, "sha256")).decode().rstrip("=")
        path = f"/i/{image['digest']}/{urllib.parse.quote(name, safe=':.')}?s={self.key['id']}.{signature}"
        ok, _, content, tries = self.ask("GET", path, {200}, 2)
        sha256 = hashlib.sha256(content).hexdigest() if ok else None
        self.tell("read-signed", ok, tries, id=image["id"], digest=image["digest"], transform=name, sha256=sha256)

    def transform(self, image):
        transform = self.chance.choice(TRANSFORMS)
        headers = {"Content-Type": "text/plain"}
        path = f"/images/{image['id']}/variants"
        ok, _, content, tries = self.ask("POST", path, {200, 202}, 12, transform.encode(), headers)
        facts = {"id": image["id"], "digest": image["digest"], "transform": transform}
        if ok and tries[-1]["status"] == 202:
            facts["job"] = json.loads(content)["id"]
            self.jobs.append(facts["job"])
        self.tell("transform", ok, tries, **facts)

    def look_at_job(self):
        job = self.jobs.pop(0)
        ok, _, content, tries = self.ask("GET", f"/jobs/{job}", {200}, 2)
        state = json.loads(content)["state"] if ok else None
        self.tell("job", ok, tries, job=job, state=state)
        if state in (None, "queued", "running"):
            self.jobs.append(job)

    def list(self):
        ok, _, content, tries = self.ask("GET", "/images?limit=20", {200}, 2)
        self.tell("list", ok, tries, n=len(json.loads(content)["images"]) if ok else None)

    def run(self):
        while not self.stop.is_set():
            image = self.shared.any(self.chance)
            dice = self.chance.random()
            if image is None or dice < 0.25:
                self.upload()
            elif dice < 0.4:
                self.transform(image)
            elif dice < 0.5 and self.jobs:
                self.look_at_job()
            elif dice < 0.53:
                self.list()
            elif dice < 0.75:
                self.read(image)
            else:
                self.read_signed(image)
            # A person is slower, and the machine has others to serve.
            self.stop.wait(self.chance.uniform(0, 0.1))


class Cluster:
    """What is done to it."""

    def __init__(self, directory, history, chance):
        self.directory, self.history, self.chance = directory, history, chance
        self.script = HERE.parent / "cluster"

    def pid(self, name):
        return int((self.directory / "pids" / name).read_text())

    def kill(self, name, how=signal.SIGKILL, group=True):
        """Ends a program, and waits for its end."""
        pid = self.pid(name)
        (os.killpg if group else os.kill)(pid, how)
        while lives(pid):
            time.sleep(0.01)

    def start(self, name):
        subprocess.run([self.script, self.directory, "start", name], check=True, stdin=subprocess.DEVNULL)

    def nap(self):
        time.sleep(self.chance.uniform(0.5, 3))

    def until(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
                pass
            if time.monotonic() > end:
                raise SystemExit(f"{what}: not within {seconds} s; see {self.directory}/logs")
            time.sleep(0.05)

    def is_ready(self, n):
        connection = http.client.HTTPConnection("127.0.0.1", SERVERS[n], timeout=5)
        try:
            connection.request("GET", "/ready")
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
        finally:
            connection.close()

    def listens(self, port):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True

    def restart_server(self, n, how):
        self.kill(f"server-{n}", how)
        if how == signal.SIGKILL:
            self.nap()
        self.start(f"server-{n}")
        self.until(f"server-{n} is ready", lambda: self.is_ready(n))

    def leader(self):
        for port in NATS:
            try:
                leader = Nats(port).leader("PORTRETO")
            except (OSError, ValueError):
                continue
            if leader:
                return leader
        return None

    def a_server_is_killed(self):
        n = self.chance.randrange(3)
        yield f"server-{n}"
        self.restart_server(n, signal.SIGKILL)

    def a_worker_is_killed(self):
        n = self.chance.randrange(4)
        yield f"worker-{n}"
        self.kill(f"worker-{n}")
        self.nap()
        self.start(f"worker-{n}")

    def the_leader_of_the_stream_is_killed(self):
        self.until("the stream has a leader", self.leader)
        leader = self.leader()
        yield leader
        self.kill(leader)
        self.nap()
        self.start(leader)
        self.until("the stream has a leader again", self.leader)

    def a_store_is_killed(self):
        n = self.chance.randrange(3)
        yield f"s3-{n}"
        self.kill(f"s3-{n}")
        self.nap()
        self.start(f"s3-{n}")
        self.until(f"s3-{n} listens", lambda: self.listens(STORES[n]))

    def the_database_is_restarted(self):
        name, how, group = self.chance.choice(
            [("fast", signal.SIGINT, False), ("immediate", signal.SIGQUIT, False), ("kill", signal.SIGKILL, True)]
        )
        yield name
        self.kill("postgres", how, group)
        self.until("the database has ended", self.database_has_ended)
        # Of one that was killed it stays, and keeps the next one away for as long as nobody has heard of the end of that process.
        (self.directory / "database" / "postmaster.pid").unlink(missing_ok=True)
        self.nap()
        self.start("postgres")
        self.until("the database answers", self.database_answers)

    def database_has_ended(self):
        """Whether no process works in its directory: those that served clients end a moment after the one that was killed."""
        database = str(self.directory / "database")
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "cwd") == database:
                    return False
            except OSError:
                continue
        return True

    def database_answers(self):
        command = ["psql", "-h", "127.0.0.1", "-p", str(DATABASE), "-U", "portreto", "-d", "postgres", "-Atc", "SELECT 1"]
        return subprocess.run(command, capture_output=True, timeout=10).stdout == b"1\n"

    def a_server_is_cut_off_from_a_store(self):
        line = f"line-{self.chance.randrange(3)}-{self.chance.randrange(3)}"
        yield line
        self.kill(line)
        self.nap()
        self.start(line)

    def a_server_hears_nothing_from_a_store(self):
        line = f"line-{self.chance.randrange(3)}-{self.chance.randrange(3)}"
        yield line
        os.killpg(self.pid(line), signal.SIGSTOP)
        self.nap()
        os.killpg(self.pid(line), signal.SIGCONT)

    def all_servers_are_restarted_in_turn(self):
        yield "servers"
        for n in range(3):
            self.restart_server(n, signal.SIGTERM)

    def faults(self):
        return [
            self.a_server_is_killed,
            self.a_worker_is_killed,
            self.the_leader_of_the_stream_is_killed,
            self.a_store_is_killed,
            self.the_database_is_restarted,
            self.a_server_is_cut_off_from_a_store,
            self.a_server_hears_nothing_from_a_store,
            self.all_servers_are_restarted_in_turn,
        ]

    def suffer(self, until):
        """Every kind of fault, in another order each time, until that time has come and each was there once."""
        done = 0
        while done == 0 or time.monotonic() < until:
            faults = self.faults()
            self.chance.shuffle(faults)
            for fault in faults:
                if done and time.monotonic() > until:
                    return
                steps = fault()
                target = next(steps)
                start = self.history.now()
                for _ in steps:
                    pass
                kind = fault.__name__.replace("_", "-")
                self.history.write(fault=kind, target=target, start=start, end=self.history.now())
                print(f"{start:8.1f} s  {kind}: {target}, {self.history.now() - start:.1f} s", flush=True)
                for n in range(3):
                    self.until(f"server-{n} is ready", lambda n=n: self.is_ready(n))
                # Each fault by itself.
                time.sleep(1)
            done += 1


def main():
    directory, seconds, seed = Path(sys.argv[1]).resolve(), float(sys.argv[2]), sys.argv[3]
    print(f"seed {seed}: {CLIENTS} clients, {seconds:.0f} s", flush=True)
    history, shared, stop = History(directory / "history.jsonl"), Shared(), threading.Event()
    key = json.loads((directory / "keys.json").read_text())["url"][0]
    clients = [Client(n, seed, history, shared, key, stop) for n in range(CLIENTS)]
    cluster = Cluster(directory, history, random.Random(f"{seed}-faults"))
    for client in clients:
        client.start()
    try:
        time.sleep(2)
        cluster.suffer(time.monotonic() + seconds - 2)
    finally:
        stop.set()
        for client in clients:
            client.join()
    history.write(done=True, clients=CLIENTS, seed=seed)


main()
