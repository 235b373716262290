"""Outlet rules: where single fields of an outlet's pages stand, and what is dropped, where the core fails.

A rule's value wins over the core's when it passes the core's own checks; a rule's body must hold at least 60% of the
characters that the core finds, since rules rot: pages change, and a rule that finds half of a text tells of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from crawler.extract.body import Body
from crawler.extract.moments import read_date
from crawler.extract.page import plain
from crawler.extract.persons import key, persons_in, proper_case
from storage.records import Evidence, Moment, OutletRule, RuleField

_MIN_SHARE = 0.6
_MAX_MATCHES = 500
_MAX_TITLE_CHARS = 400
_BLOCKS = ("p", "h2", "h3", "h4", "h5", "li", "blockquote", "pre", "td")


class BadSelector(ValueError):
    """A CSS selector or XPath expression that cannot be read; its message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What the rules of an outlet found on a page: by field, the rule in words and the values."""

    found: Mapping[RuleField, tuple[str, tuple[str, ...]]]
    dropped: int = 0  # parts

    def title(self, core: str, evidence: Sequence[Evidence]) -> tuple[str, tuple[Evidence, ...]]:
        """The headline of a rule, else the core's."""
        rule, values = self.found.get(RuleField.TITLE, ("", ()))
        value = next(iter(values), "")
        if not value or len(value) > _MAX_TITLE_CHARS:
            return core, tuple(evidence)
        return value, (_evidence("title", rule, value, core, evidence),)

    def authors(
        self, core: tuple[str, ...], evidence: Sequence[Evidence], names: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
        """The persons that a rule's texts name, else the core's."""
        rule, values = self.found.get(RuleField.AUTHORS, ("", ()))
        persons = {key(p): proper_case(p) for value in values for p in persons_in(value, names, is_marked=True)}
        if not persons:
            return core, tuple(evidence)
        authors = tuple(persons.values())
        others = [e for e in evidence if e.field != "authors"]
        return authors, (_evidence("authors", rule, ", ".join(authors), ", ".join(core), evidence), *others)

    def moment(
        self, field: RuleField, core: Moment | None, zone: tzinfo | None, now: datetime | None
    ) -> tuple[Moment | None, tuple[Evidence, ...]]:
        """The date in a rule's text when it is none of the future, else the core's (whose evidence stands)."""
        rule, values = self.found.get(field, ("", ()))
        reading = next((r for value in values if (r := read_date(value))), None)
        if reading is None or (now is not None and reading.day > (now + timedelta(days=1)).date()):
            return core, ()
        lost = ((core.rule, core.at.isoformat()),) if core else ()
        told = Evidence(field=field.value, rule=rule, value=reading.shown(), lost=lost)
        return reading.moment(rule, zone), (told,)

    def section(self, core: str | None, evidence: Sequence[Evidence]) -> tuple[str | None, tuple[Evidence, ...]]:
        """A rule's section, else the core's."""
        rule, values = self.found.get(RuleField.SECTION, ("", ()))
        value = next(iter(values), "")
        return (value, (_evidence("section", rule, value, core or "", evidence),)) if value else (core, tuple(evidence))

    def body(self, core: Body) -> Body:
        """A rule's text when it holds at least 60% of the core's characters, else the core's."""
        rule, values = self.found.get(RuleField.BODY, ("", ()))
        size, least = sum(map(len, values)), _MIN_SHARE * sum(map(len, core.paragraphs))
        if not size or size < least:
            lost = ((rule, f"{size} characters, under 60% of the text"),) if rule else ()
            return replace(core, lost=(*core.lost, *lost))
        told = (core.rule, f"{sum(map(len, core.paragraphs))} characters")
        return Body(paragraphs=values, rule=rule, lost=(told,))


def apply_rules(tree: HtmlElement, rules: Sequence[OutletRule], day: date | None) -> Ruled:
    """Drops from the tree what rules say is to be dropped, and reads what others find; those in force on a day count.

    Of several rules for a field, the first that finds something wins. A selector that cannot be read or used on
    this page finds nothing: outlet files with one are refused before.
    """
    mine = [rule for rule in rules if _in_force(rule, day)]
    dropped = 0
    for rule in mine:
        if rule.field == RuleField.DROP:
            dropped += sum(_drop(element) for element in _matches(tree, rule) if isinstance(element, HtmlElement))
    found: dict[RuleField, tuple[str, tuple[str, ...]]] = {}
    for rule in mine:
        field = RuleField(rule.field)
        if field is not RuleField.DROP and not found.get(field, ("", ()))[1]:
            found[field] = named(rule), tuple(_values(tree, rule))
    return Ruled(found=found, dropped=dropped)


def named(rule: OutletRule) -> str:
    """A rule in words, for evidence."""
    where = f"css {rule.css}" if rule.css is not None else f"xpath {rule.xpath}"
    return f"outlet rule {where}" + (f" @{rule.attribute}" if rule.attribute else "")


@lru_cache(maxsize=2000)
def selector(css: str | None, xpath: str | None) -> etree.XPath:
    """A compiled selector. Raises BadSelector."""
    try:
        return CSSSelector(css, translator="html") if css is not None else etree.XPath(xpath or "")
    except (etree.XPathError, SyntaxError, ValueError) as error:
        raise BadSelector(str(error)) from error


def _in_force(rule: OutletRule, day: date | None) -> bool:
    """ISO days compare as text."""
    if day is None:
        return True
    return (rule.valid_from or "") <= day.isoformat() <= (rule.valid_until or "9999")


def _matches(tree: HtmlElement, rule: OutletRule) -> list[HtmlElement | str]:
    try:
        found = selector(rule.css, rule.xpath)(tree)
    except (BadSelector, etree.XPathError):
        return []
    return list(found[:_MAX_MATCHES]) if isinstance(found, list) else [str(found)]


def _values(tree: HtmlElement, rule: OutletRule) -> Iterator[str]:
    for match in _matches(tree, rule):
        if isinstance(match, str):
            texts = [" ".join(match.split())]
        elif rule.attribute:
            texts = [" ".join((match.get(rule.attribute) or "").split())]
        elif rule.field == RuleField.BODY:
            texts = list(_paragraphs(match))
        else:
            texts = [plain(match)]
        yield from filter(None, texts)


def _paragraphs(element: HtmlElement) -> Iterator[str]:
    """Blocks of an element, none inside another; its whole text where it has none."""
    blocks = [e for e in element.iter(*_BLOCKS) if next(e.iterdescendants(*_BLOCKS), None) is None]
    return (plain(e) for e in blocks) if blocks else iter([plain(element)])


def _drop(element: HtmlElement) -> bool:
    if element.getparent() is None:
        return False
    element.drop_tree()
    return True


def _evidence(field: str, rule: str, value: str, core: str, evidence: Sequence[Evidence]) -> Evidence:
    """The rule's evidence, with what it won over."""
    before = next((e for e in evidence if e.field == field), None)
    lost = ((before.rule, core), *before.lost) if before and core != value else ()
    return Evidence(field=field, rule=rule, value=value, lost=lost)
