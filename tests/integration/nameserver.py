"""A DNS server on loopback whose answers a test chooses, and changes from question to question."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from twisted.names import dns

#: The addresses of one answer.
Answer = Sequence[str]


@dataclass(kw_only=True)
class Nameserver:
    """`answers` says what a name's first, second, ... question is answered with; the last answer holds from then on."""

    port: int
    answers: dict[str, Sequence[Answer]]
    otherwise: Answer
    asked: list[str] = field(default_factory=list)
    silent: Callable[[str], bool] = lambda _: False  # names that are never answered

    def answer(self, name: str) -> Answer:
        """The answer to one more question for a name."""
        before = self.asked.count(name)
        self.asked.append(name)
        told = self.answers.get(name, [self.otherwise])
        return told[min(before, len(told) - 1)]


@contextmanager
def nameserver(answers: dict[str, Sequence[Answer]], otherwise: Answer) -> Iterator[Nameserver]:
    """Serves A records over UDP; a name that is not in `answers` has the addresses of `otherwise`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        server = Nameserver(port=listener.getsockname()[1], answers=answers, otherwise=otherwise)
        thread = threading.Thread(target=_serve, args=(listener, server), daemon=True)
        thread.start()
        yield server
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener: socket.socket, server: Nameserver) -> None:
    while True:
        try:
            sent, sender = listener.recvfrom(4096)
        except OSError:
            return
        if not sent:
            return
        question = dns.Message()
        question.fromStr(sent)
        name = question.queries[0].name
        if server.silent(str(name).lower()):
            continue
        told = dns.Message(question.id, answer=1)
        told.queries = question.queries
        told.answers = [
            dns.RRHeader(name.name, dns.A, ttl=0, payload=dns.Record_A(address))
            for address in server.answer(str(name).lower().rstrip("."))
        ]
        listener.sendto(told.toStr(), sender)


def asking(port: int, within_s: float = 5.0) -> Callable[[str], list[str]]:
    """A function that asks the server at this port for a name's addresses, each time anew. It raises TimeoutError."""

    def ask(name: str) -> list[str]:
        question = dns.Message(4711, recDes=1)
        question.addQuery(name.encode("idna") if name.isascii() else name.encode(), dns.A)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(within_s)
            asker.sendto(question.toStr(), ("127.0.0.1", port))
            told = dns.Message()
            told.fromStr(asker.recv(4096))
        return [record.payload.dottedQuad() for record in told.answers]

    return ask
