"""One signed request to a receiver, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from delivery.channels.guard import GuardedResolver, refused
from delivery.channels.target import BadTarget, host_of, literal_address, webhook_target
from delivery.channels.trouble import answer_told, error_told, printable
from delivery.channels.webhook import Message, signed_headers
from storage.records import Channel

#: Of a receiver's answer only this much is read, for a person to see why it refused.
_ANSWER_BYTES = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one request."""

    status: int | None = None  # HTTP; None: no answer came
    problem: str | None = None  # why it does not count as delivered, None when it does
    text: str = ""  # the beginning of the answer's body, printable

    @property
    def is_taken(self) -> bool:
        """Whether the receiver said that it has it (2xx)."""
        return self.problem is None


class Poster:
    """Sends messages; an async context manager. `is_allowed` tells which IP addresses may be connected to."""

    def __init__(
        self, *, is_allowed: Callable[[str], bool], user_agent: str, timeout_s: float, clock: Callable[[], datetime]
    ) -> None:
        self._is_allowed = is_allowed
        self._user_agent = user_agent
        self._timeout_s = timeout_s
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._is_allowed),
            limit=0,  # each channel has one request at a time; a shared limit would let slow receivers delay others
            keepalive_timeout=2.0,  # only for bursts: a receiver that closes idle connections costs no failed try
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            trust_env=False,  # a proxy would connect to addresses that nobody has judged
            auto_decompress=False,  # a small answer must not become a large one
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, channel: Channel, message: Message) -> Answer:
        """Sends a message once. Redirects are not followed; whatever goes wrong is told in the answer."""
        if self._session is None:
            raise RuntimeError("a Poster sends only inside its `async with`")
        try:
            target = webhook_target(channel.url)
        except BadTarget as error:
            return Answer(problem=str(error))
        address = literal_address(target)  # aiohttp asks no resolver for these
        if address is not None and not self._is_allowed(address):
            return Answer(problem=str(refused(address, address)))
        try:
            headers = signed_headers(message, channel.secret, self._clock(), self._user_agent)
            async with self._session.post(
                target, data=message.body, headers=headers, allow_redirects=False
            ) as response:
                return await self._read(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Answer(problem=error_told(error, host_of(target)))

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        """The status decides; a body that fails to come changes nothing."""
        try:
            text = printable((await response.content.read(_ANSWER_BYTES)).decode("utf-8", "replace"))
        except (aiohttp.ClientError, TimeoutError, OSError):
            text = ""
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Answer(status=response.status, text=text)
        problem = answer_told(response.status, response.reason, response.headers.get("Location"), text)
        return Answer(status=response.status, problem=problem, text=text)
