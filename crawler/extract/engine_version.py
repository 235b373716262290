"""The version of trafilatura whose insides are known here."""

from __future__ import annotations

from trafilatura import __version__

#: Its steps and its selectors were compared with the whole of it.
KNOWN_VERSION = "2.3.1"


def is_known(version: str = __version__) -> bool:
    """Whether trafilatura's insides may be used: of any other version only what it offers."""
    return version == KNOWN_VERSION
