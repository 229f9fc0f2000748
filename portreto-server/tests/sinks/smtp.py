"""A server of mail that keeps what it is sent: smtp.py MAILDIR. Says its port, and ends with its standard input."""

import sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


class AnyPort(Controller):
    # Its own look whether it has started goes to the port that was asked for, which is 0.
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


controller = AnyPort(Mailbox(sys.argv[1]), hostname="127.0.0.1", port=0)
controller.start()
print(controller.server.sockets[0].getsockname()[1], flush=True)
sys.stdin.read()
controller.stop()
