"""The child process that sends one message to a chat: `python -m control.chatting`, with JSON on its standard input.

In: `url` (apprise's address of the chat), `networks` that may be connected to although they are not public, `title` and
`body`; without a body the address is only read. Out: `problem`, null where it was taken.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import redirect_stdout
from typing import Any

from crawler.fetch.policy import AddressPolicy
from delivery.channels.confinement import Confinement

_MISSING = "apprise is not installed: pip install 'presswatch[chat]'"
_UNREADABLE = "that is no address of a chat that apprise knows; it looks like slack://… or tgram://…"


def main() -> None:
    """Sends, and tells what came of it."""
    asked = json.load(sys.stdin)
    try:
        # What a library prints must not stand in the answer: what was taken would be sent again.
        with redirect_stdout(sys.stderr):
            problem = _problem(asked)
    except Exception as error:  # noqa: BLE001 (a library that knows hundreds of services may raise anything)
        problem = f"apprise failed: {type(error).__name__}"
    json.dump({"problem": problem}, sys.stdout)


def _problem(asked: dict[str, Any]) -> str | None:
    try:
        import apprise  # noqa: PLC0415 (an extra)
    except ImportError:
        return _MISSING
    asset = apprise.AppriseAsset(app_id="Presswatch", storage_mode=apprise.PersistentStoreMode.MEMORY)
    chat = apprise.Apprise.instantiate(asked["url"], asset=asset, suppress_exceptions=True)
    if chat is None:
        return _UNREADABLE
    if "body" not in asked:
        return None
    chat.overflow_mode = apprise.OverflowMode.SPLIT  # else a long digest is refused, or cut
    confinement = Confinement(AddressPolicy(asked["networks"]).allows)
    confinement.begin()
    capture: Any = apprise.LogCapture  # it has no types
    with capture(level=logging.WARNING, fmt="%(message)s") as told:
        is_taken = chat.notify(body=asked["body"], title=asked["title"], notify_type=apprise.NotifyType.INFO)
        if is_taken and not confinement.refusals:
            return None
        why = confinement.refusals or told.getvalue().strip().splitlines()
    return str(why[0]) if why else "the chat did not take it"


if __name__ == "__main__":
    main()
