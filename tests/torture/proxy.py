"""A proxy between a worker and PostgreSQL that loses the replies of chosen statements.

It stands in a folder as a Unix socket and reads both directions by message, so that it can tell a
commit of the journal from anything else.
"""

import os
import socket
import struct
import threading

COMMITS = ("commit_one", "commit_full")
SETTLES = "burn_number"


def receive(source, count):
    data = b""
    while len(data) < count:
        part = source.recv(count - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def message_of(source):
    """One message: its type and all its bytes."""
    head = receive(source, 5)
    return head[:1], head + receive(source, struct.unpack("!I", head[1:])[0] - 4)


def statement_of(message):
    """The prepared statement that a Bind names."""
    return message[5:].split(b"\0")[1].decode()


class Proxy:
    """Loses the reply of the `nth` commit:

    swallow  it happens, its reply is dropped and the connection cut
    cut      it never reaches the server
    late     it reaches the server only after the sender has asked what became of it
    """

    def __init__(self, folder, upstream, how, nth):
        self.how, self.nth = how, nth
        self.upstream = upstream
        self.commits = 0
        self.lost = threading.Event()     # The reply has been lost.
        self.settled = threading.Event()  # The sender has asked what became of it.
        self.over = threading.Event()     # The late statement has had its answer.
        self.lock = threading.Lock()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(os.path.join(folder, os.path.basename(upstream)))
        self.server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        postgres = socket.socket(socket.AF_UNIX)
        try:
            postgres.connect(self.upstream)
            # The first message has no type.
            length = receive(client, 4)
            postgres.sendall(length + receive(client, struct.unpack("!I", length)[0] - 4))
        except OSError:
            client.close()
            postgres.close()
            return
        link = Link(client, postgres)
        threading.Thread(target=self._replies, args=(link,), daemon=True).start()
        self._requests(link)

    def _requests(self, link):
        try:
            while True:
                kind, message = message_of(link.client)
                if kind == b"B" and statement_of(message) in COMMITS and self._is_the_one():
                    return self._lose(link, message)
                if kind == b"B" and statement_of(message) == SETTLES:
                    link.settles = True
                link.postgres.sendall(message)
        except OSError:
            link.close()

    def _is_the_one(self):
        with self.lock:
            self.commits += 1
            return self.commits == self.nth

    def _lose(self, link, message):
        while message[-5:-4] != b"S":  # Up to its Sync.
            message += message_of(link.client)[1]
        link.swallows = True
        if self.how == "swallow":
            link.postgres.sendall(message)
            link.ready.wait()
        link.client.close()
        if self.how == "late":
            self.lost.set()
            self.settled.wait()
            link.postgres.sendall(message)
            link.ready.wait()
            self.over.set()
        link.close()
        self.lost.set()

    def _replies(self, link):
        try:
            while True:
                kind, message = message_of(link.postgres)
                if not link.swallows:
                    link.client.sendall(message)
                elif kind == b"Z":
                    link.ready.set()
                if kind == b"Z" and link.settles:
                    self.settled.set()
        except OSError:
            link.ready.set()
            link.close()


class Link:
    def __init__(self, client, postgres):
        self.client, self.postgres = client, postgres
        self.swallows = self.settles = False
        self.ready = threading.Event()

    def close(self):
        for end in (self.client, self.postgres):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
