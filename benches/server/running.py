"""Servers as they are measured: started, asked by wrk, and watched from outside."""

import atexit
import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A program that listens on a port of this machine."""

    def __init__(self, command, port, env=None, cwd=None, log=None):
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        log = open(log, "wb") if log else subprocess.DEVNULL
        env = {**os.environ, **(env or {})}
        self.process = subprocess.Popen(
            [str(part) for part in command], env=env, cwd=cwd, stdout=log, stderr=log, start_new_session=True
        )
        atexit.register(self.stop)
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"{command} ended: {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{command} does not listen on port {port}")

    def processes(self):
        """Its process and all of its children."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        tree = [self.process.pid]
        for pid in tree:
            tree += [child for child, parent in parents.items() if parent == pid]
        return tree

    def cpu(self):
        """CPU seconds so far."""
        total = 0
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / TICK

    def memory(self, what="VmRSS"):
        """Megabytes in memory: VmRSS now, VmHWM at most."""
        total = 0
        for pid in self.processes():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(what + ":"))
        return total / 1024

    def stop(self):
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Portreto(Server):
    """Ours, with a home of its own in `home`."""

    def __init__(self, program, home, *options, log="warn"):
        port = free_port()
        self.home = Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        options = ["--anonymous", "--log", log, *options]
        command = [program, "--home", home, "--listen", f"127.0.0.1:{port}", *options]
        super().__init__(command, port, log=self.home / "log")
        # It listens before it opens its home.
        get(f"{self.url}/health")
        key = json.loads((self.home / "keys.json").read_text())["url"][0]
        self.key, self.secret = key["id"], base64.urlsafe_b64decode(key["secret"] + "==")

    def upload(self, file):
        """The digest of a file that it keeps now."""
        request = urllib.request.Request(
            f"{self.url}/images?name={Path(file).name}", Path(file).read_bytes(), {"Content-Type": "image/jpeg"}
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["digest"]

    def path(self, digest, name):
        """The signed path of a direct URL."""
        text = f"portreto-url-1\n{digest}\n{name}\n"
        signature = hmac.new(self.secret, text.encode(), hashlib.sha256).digest()
        return f"/i/{digest}/{name}?s={self.key}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def get(url):
    """The bytes of an answer, which must be a success."""
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def wrk(server, script, lines, work, seconds, connections, threads=1, pause=None):
    """What wrk says of some seconds, and the server's CPU milliseconds for each request."""
    listed = work / "lines"
    listed.write_text("".join(f"{line}\n" for line in lines))
    before = server.cpu()
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", HERE / script, server.url]
    command += ["--", listed] + ([str(pause)] if pause is not None else [])
    said = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    found = json.loads(said.strip().splitlines()[-1])
    if not found["requests"] or found["failed"]:
        raise SystemExit(f"{server.url}: {found['failed']} of {found['requests']} requests failed")
    found["cpu"] = (server.cpu() - before) * 1e3 / found["requests"]
    found["rate"] = found["requests"] / found["seconds"]
    return found


def clear(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.sync()
