"""The process in which one kept page is made fit to be looked at: a pickled `Asked` comes in, the answer goes out.

A page that hangs or bloats costs this process; see `crawler.replay.showing`, which starts it and kills it.
"""

from __future__ import annotations

import pickle
import resource
import sys
import warnings
from collections.abc import Mapping

from crawler.encodings.decoding import decode
from crawler.extract.decoding import binary_kind
from crawler.pipelines.body import Body, Unreadable, decoded
from crawler.replay.harmless import TooHeavy, harmless, harmless_text
from crawler.replay.pictures import as_data_uris
from storage.records import NotShown, ReplayedPage

_ADDRESS_SPACE_BYTES = 1024**3
_PLAIN = ("text/plain", "application/json", "application/xml", "text/xml", "application/rss", "application/atom")


def shown(body: Body, url: str, pictures: Mapping[str, bytes]) -> ReplayedPage | NotShown:
    """What a reader may look at of a response that was found at `url`, with what may be its `pictures` by address."""
    plain = decoded(body)
    if isinstance(plain, Unreadable):
        return NotShown(why=f"it cannot be read: {plain.detail}")
    if kind := binary_kind(plain):
        return NotShown(why=f"it is {kind}, not a page")
    text = decode(plain, body.content_type)
    is_plain = (body.content_type or "").strip().lower().startswith(_PLAIN)
    try:
        return harmless_text(text) if is_plain else harmless(text, url=url, pictures=as_data_uris(pictures))
    except TooHeavy as error:
        return NotShown(why=f"it is too heavy: {error}")


def main() -> None:
    """Answers the one question that stands on standard input."""
    warnings.simplefilter("ignore")  # of libraries, about what pages contain
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    body, url, pictures = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent)
    pickle.dump(shown(body, url, pictures), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
