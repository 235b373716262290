"""Names of outlets and agencies, evened out, so that what a page writes finds whom it means."""

# ruff: noqa: RUF001
# words of many scripts

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from storage.folding import fold as folded_words
from storage.records import Agency, Outlet, Party

_MARKS = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"^\W*(?:the|die|der|das|le|la|el|il)\s+", re.IGNORECASE)
_STAFF = re.compile(
    r"[\s,\-–—|/]*\b(?:(?:web|news|online|digital|foreign|world|international)\s+)?"
    r"(?:staff(?:\s+(?:writers?|reporters?))?|newsroom|news\s*desk|desk|editors?|editorial(?:\s+(?:board|staff|team))?|"
    r"team|correspondents?|reporters?|contributors?|writers?|news\s+service|newswire|wire|redaktion|redazione|"
    r"redacci[oó]n|r[ée]daction|redactie|redakcja|muhabiri)\W*$",
    re.IGNORECASE,
)
_STAFF_BEFORE = re.compile(
    r"^\W*(?:redaktion|redazione|redacci[oó]n|la\s+r[ée]daction(?:\s+(?:de|du|avec))?|r[ée]daction|agenc(?:e|ia|ja|y)|"
    r"agenzia|nachrichtenagentur|news\s+agency|wire|خبرنگار|خبرگزاری|پایگاه\s+خبری|روزنامه|وكالة(?:\s+أنباء)?|وکالة|صحيفة|موقع|"
    r"מערכת|סוכנות(?:\s+הידיעות)?|агентство|информагентство|редакция)\s+",
    re.IGNORECASE,
)


def fold(text: str) -> str:
    """The letters and digits of a name alone: case, accents, vowel points, letter variants, blanks and dots evened out.

    So "A.P." is "AP", "أ ف ب" is "أ.ف.ب", and "بی‌بی‌سی" is "بی بی سی".
    """
    return folded_words(text).replace(" ", "")


def _as_signed(text: str) -> str:
    """The same with Latin capitals left as they are: "APP" signs, and "app" is a word."""
    return _MARKS.sub("", text) if text.isascii() else fold(text)


def name_key(name: str) -> str:
    """What two spellings of a name have in common: `fold` without an article before it."""
    return fold(_ARTICLE.sub("", name)) or fold(name)


class Namebook:
    """Whom names, signs and addresses mean.

    A name that two outlets share means the one whose own name it is, then the first by key. `domain_of` gives the
    registrable domain of a URL.
    """

    def __init__(self, outlets: Iterable[Outlet], agencies: Iterable[Agency], domain_of: Callable[[str], str]) -> None:
        self._domain_of = domain_of
        self._names: dict[str, Party] = {}
        self._signs: dict[str, Party] = {}
        self.small_names: set[str] = set()  # that are written in small letters: "taz", "dpa"
        self._agencies: dict[str, Party] = {}  # by registrable domain
        self._homes: dict[str, list[tuple[str, str, Party]]] = {}  # by registrable domain: host, path, whose
        self._outlets: dict[str, Party] = {}
        in_order = sorted(outlets, key=lambda outlet: outlet.key)
        for agency in sorted(agencies, key=lambda agency: agency.key):
            self._add_agency(agency)
        for outlet in in_order:
            self._add_outlet(outlet)
        for outlet in in_order:
            self._learn(self._outlets[outlet.key], outlet.aliases)

    def named(self, text: str) -> Party | None:
        """Whom a whole name means: "The Jerusalem Post", "JPost Staff", "Agence France-Presse", "jpost.com"."""
        for spelling in _spellings(text):
            if party := self._names.get(fold(spelling)):
                return party
        return self._at_host(text.strip().lower())

    def exactly(self, text: str) -> Party | None:
        """Whom a name means just as it stands, an address included."""
        return self._names.get(fold(text)) or self._at_host(text.strip().lower())

    def by_sign(self, text: str) -> Party | None:
        """The agency that a short sign means, capitals as written."""
        return self._signs.get(_as_signed(text))

    def signed(self, text: str) -> Party | None:
        """Whom a name means where only an agency signs, or an outlet its own work: short signs count too."""
        return self.by_sign(text) or self.named(text)

    def at(self, url: str) -> Party | None:
        """Whose an address is; a site that nobody is known at is a party by its domain. None where there is none.

        Of outlets that share a domain the one is meant whose host, and then whose home page's path, the address has.
        """
        try:
            domain, parts = self._domain_of(url), urlsplit(url)
        except ValueError:
            return None
        if not domain:
            return None
        if agency := self._agencies.get(domain):
            return agency
        if homes := self._homes.get(domain):
            host, path = _host(parts.hostname), f"{parts.path.rstrip('/')}/"
            return max(homes, key=lambda home: (host == home[0], path.startswith(home[1]), len(home[1])))[2]
        return Party(key=f"site:{domain}", name=domain, url=f"https://{domain}/")

    def outlet(self, key: str) -> Party:
        """The party that an outlet is."""
        return self._outlets.get(key) or Party(key=f"outlet:{key}", name=key)

    def _add_agency(self, agency: Agency) -> None:
        party = Party(key=f"agency:{agency.key}", name=agency.name, url=agency.home_url)
        self._learn(party, (agency.name, *agency.aliases))
        for sign in agency.signs:
            self._signs.setdefault(_as_signed(sign), party)
        for domain in agency.domains:
            self._agencies.setdefault(domain, party)

    def _add_outlet(self, outlet: Outlet) -> None:
        addresses = (outlet.home_url, *(f"https://{host}/" for host in outlet.hosts))
        domains = [domain for address in addresses if (domain := self._domain_of(address))]
        known = next((agency for domain in domains if (agency := self._agencies.get(domain))), None)
        party = known or Party(key=f"outlet:{outlet.key}", name=outlet.name, url=outlet.home_url)
        self._outlets[outlet.key] = party
        self._learn(party, (outlet.name,))
        for domain, address in zip(domains, addresses, strict=False):
            parts = urlsplit(address)
            home = (_host(parts.hostname), f"{parts.path.rstrip('/')}/", party)
            self._homes.setdefault(domain, []).append(home)

    def _learn(self, party: Party, names: Iterable[str]) -> None:
        for name in names:
            if name.islower():
                self.small_names.add(name)
            for spelling in {fold(name), name_key(name)} - {""}:
                self._names.setdefault(spelling, party)

    def _at_host(self, text: str) -> Party | None:
        """Whom a name means that is an address: "www.jpost.com"."""
        party = self.at(f"https://{text}/") if _HOST.fullmatch(text) else None
        return party if party is not None and party.is_known else None


_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")


def _host(name: str | None) -> str:
    return (name or "").lower().removeprefix("www.")


def _spellings(text: str) -> Iterable[str]:
    """A name as it stands, without its article, without "Staff" and its like behind or before it."""
    text = text.replace("-", " ")
    yield text
    yield _ARTICLE.sub("", text)
    bare = _STAFF.sub("", text)
    if bare != text:
        yield bare
        yield _ARTICLE.sub("", bare)
    bare = _STAFF_BEFORE.sub("", text)
    if bare != text:
        yield bare
