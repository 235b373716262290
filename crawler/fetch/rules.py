"""The rules of one robots.txt for one agent: RFC 9309 where Protego reads more, or less, than the RFC.

Protego does the matching of paths. What is given to it is only what concerns the agent, rewritten where it

- takes a User-agent line by its beginning: "press" would bind "presswatch", and "Foo Bar" would not bind "foo".
  A line names a product token, letters with - and _ (2.2.1), and the whole token counts;
- lets a record that it does not know end a group: other records must not interfere (2.2.4).

A file with rules for hundreds of crawlers then costs what its rules for us cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

#: Records that Protego knows, with the misspellings that it takes. Others are passed over.
_RECORD = re.compile(
    r"(?P<name>user[- ]?agent|allow|dis{1,2}al{1,2}ow|diasllow|disallaw|crawl[- ]delay|content-signal|content-usage)"
    r"(?:\s*:\s*|\s+|$)(?P<value>.*)",
    re.IGNORECASE,
)
_OTHER_KNOWN = re.compile(r"(?:request[- ]rate|visit[- ]time)(?:\s*:|\s|$)", re.IGNORECASE)
#: RFC 9309 2.2.1 has ASCII letters; letters of other scripts are found in the wild, and harm nobody.
_TOKEN = re.compile(r"(?:[^\W\d]|-)+")
_IN_HEADER = re.compile(r"((?:[^\W\d]|-)+)/")
#: What our agent is called in the text that Protego gets.
_US = "us"
_SIGNALS = frozenset({"content-signal", "content-usage"})


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What a robots.txt says to one agent: by the group that names it, else by the group of all."""

    crawl_delay_s: float  # 0: none
    signals: tuple[tuple[str, str], ...]  # Content-Signal and Content-Usage: what may be done with pages
    _protego: Protego

    def allows(self, url: str) -> bool:
        """Whether a URL may be fetched. robots.txt itself always may (RFC 9309 2.2.2)."""
        return self._protego.can_fetch(url, _US)


def read_rules(body: bytes, agent: str) -> RobotsRules:
    """Reads the first 500 KiB of a robots.txt, decoded from its content coding, for a product token or a whole
    User-Agent header. Raises nothing: what cannot be read says nothing.
    """
    group = _Groups(agent).read(body.decode("utf-8-sig", "replace"))
    protego = Protego.parse("\n".join(group.lines))
    signals = group.signals[_US] if _US in group.seen else group.signals["*"]
    return RobotsRules(float(protego.crawl_delay(_US) or 0.0), tuple(dict.fromkeys(signals)), protego)


class _Groups:
    """Keeps of a robots.txt the groups that name an agent or all."""

    def __init__(self, agent: str) -> None:
        named = _IN_HEADER.findall(agent) if "/" in agent else [agent]
        self._names = {name.lower() for name in named if " " not in name}  # a name with a blank is nobody's
        self._now: set[str] = set()  # whom the present group binds, of "us" and "*"
        self._is_naming = False  # whether the last record was a User-agent line
        self.seen: set[str] = set()
        self.lines: list[str] = []
        self.signals: dict[str, list[tuple[str, str]]] = {_US: [], "*": []}

    def read(self, text: str) -> _Groups:
        """Takes a whole text."""
        for line in text.splitlines():
            bare = line.partition("#")[0].strip()
            record = _RECORD.match(bare)
            if record:
                self._take(record["name"].lower(), record["value"].strip(), bare)
            elif _OTHER_KNOWN.match(bare):
                self._is_naming = False
        return self

    def _take(self, name: str, value: str, bare: str) -> None:
        if name.startswith("user"):
            self._name(value)
        elif name in _SIGNALS:
            for bound in self._now:
                self.signals[bound].append((name, value))
        else:
            self._is_naming = False
            if self._now:
                self.lines.append(bare)

    def _name(self, value: str) -> None:
        """A User-agent line: the first after a rule begins a new group."""
        if not self._is_naming:
            self._now.clear()
        self._is_naming = True
        token = _TOKEN.match(value)
        if value == "*" or re.match(r"\*\s", value):
            bound = "*"
        elif value.lower() in self._names or (token and token[0].lower() in self._names):
            bound = _US
        else:
            return
        self._now.add(bound)
        self.seen.add(bound)
        self.lines.append(f"User-agent: {bound}")
