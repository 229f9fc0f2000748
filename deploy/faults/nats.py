"""As much of the NATS protocol as it takes to ask JetStream something and to read a stream."""

import base64
import json
import socket


class Nats:
    """A connection to one server, for requests one after the other."""

    def __init__(self, port, timeout=5):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()  # INFO
        options = {"verbose": False, "pedantic": False, "lang": "python", "version": "1", "headers": True, "no_responders": True}
        self.socket.sendall(f"CONNECT {json.dumps(options)}\r\nSUB answers.* 1\r\n".encode())
        self.asked = 0

    def ask(self, subject, question=None):
        """The JSON that is answered; none when nobody does."""
        self.asked += 1
        body = json.dumps(question).encode() if question is not None else b""
        self.socket.sendall(b"PUB %s answers.%d %d\r\n%s\r\n" % (subject.encode(), self.asked, len(body), body))
        while True:
            line = self.lines.readline()
            if not line:
                raise ConnectionError("the server has gone")
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")
            elif line.startswith((b"MSG", b"HMSG")):
                fields = line.split()
                payload = self.lines.read(int(fields[-1]) + 2)[:-2]
                if line.startswith(b"HMSG"):
                    payload = payload[int(fields[-2]) :]
                if fields[1] == b"answers.%d" % self.asked:
                    return json.loads(payload) if payload else None

    def leader(self, stream):
        """The name of the server that leads the stream; none while there is none."""
        answer = self.ask(f"$JS.API.STREAM.INFO.{stream}") or {}
        return answer.get("cluster", {}).get("leader")

    def messages(self, stream):
        """Each message of the stream, in its order: its headers as text, and its body."""
        state = self.ask(f"$JS.API.STREAM.INFO.{stream}")["state"]
        at = state["first_seq"]
        while at <= state["last_seq"]:
            found = self.ask(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": at, "next_by_subj": ">"}).get("message")
            if found is None:
                return
            yield base64.b64decode(found.get("hdrs", "")).decode(), base64.b64decode(found.get("data", ""))
            at = found["seq"] + 1
