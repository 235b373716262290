"""Messages to chats (Slack, Telegram and the rest) through apprise, which is an extra.

apprise knows hundreds of services and opens its own connections. So each message goes out from a child process of its
own, which connects to nothing but allowed addresses (`delivery.channels.confinement`), starts no program, writes no
file, and is killed when its time is over. The address of a chat is a secret: it goes in through a pipe.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from delivery.channels.mails import Footing, compose
from delivery.channels.poster import Answer
from delivery.channels.trouble import printable
from delivery.channels.webhook import Message
from storage.records import Channel

#: What a child inherits of the environment: no proxy, which would connect for it, and nothing of ours.
_INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
#: A process needs about half a second before it sends.
_STARTING_S = 5.0


class Chatter:
    """Sends to chats. `module` is run in the child; `networks` may be connected to although they are not public."""

    def __init__(self, module: str, networks: Sequence[str], timeout_s: float, home: str | None = None) -> None:
        self._module = module
        self._networks = list(networks)
        self._timeout_s = timeout_s
        self._home = home

    async def post(self, channel: Channel, message: Message) -> Answer:
        """Sends a message once; whatever goes wrong is told in the answer."""
        told = compose(json.loads(message.body), Footing(home=self._home))
        # Chats know no idempotency key: the end of the text shows it.
        return await self._ask({"url": channel.url, "title": told.subject, "body": f"{told.plain}#{message.key[:8]}"})

    async def check(self, url: str) -> Answer:
        """Whether apprise can read an address; sends nothing."""
        return await self._ask({"url": url})

    async def _ask(self, asked: dict[str, Any]) -> Answer:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )
        given = json.dumps(asked | {"networks": self._networks}).encode()
        try:
            output, _ = await asyncio.wait_for(child.communicate(given), _STARTING_S + self._timeout_s)
        except TimeoutError:
            return Answer(problem="the chat did not answer in time")
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()  # else it outlives the loop, and is left to whoever collects garbage
        try:
            problem = json.loads(output)["problem"]
        except (ValueError, KeyError, TypeError):
            return Answer(problem=f"the process that sends to chats ended with {child.returncode} and told nothing")
        return Answer(problem=printable(problem) if problem else None)
