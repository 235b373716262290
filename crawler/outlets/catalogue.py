"""Outlet files: TOML in, outlets out, and back.

One file an outlet; the file's stem is the outlet's key. Reading is strict, and tells all that is wrong
with a file at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import tomlkit
from tomlkit.items import Table

from crawler.outlets.errors import CatalogueError, Problem
from crawler.outlets.fields import Fields
from crawler.outlets.lines import Place, line_of
from crawler.outlets.pacing import PACE_KEYS, pace_values, read_pace
from crawler.outlets.revisiting import REVISIT_KEYS, read_revisits, revisit_values
from crawler.outlets.rules import RULE_KEYS, read_rules
from crawler.outlets.values import same_address
from storage.records import Outlet, OutletRule, OutletSource

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_KEYS = (
    *("name", "home", "country", "languages", "timezone", "hosts", "aliases"),
    *("delay_s", "interval_s", *PACE_KEYS, "any_certificate", "include", "exclude"),
    *("keep_parameters", "drop_parameters", *REVISIT_KEYS, "keep_pages_days", "keep_texts_days"),
    *("note", "source", "rule"),
)
_SOURCE_KEYS = ("kind", "url", "verified", "interval_s", *PACE_KEYS)


def read_outlet(text: str, file_name: str) -> Outlet:
    """Reads one outlet file; `file_name` gives the key (its stem) and stands in error texts.

    Raises CatalogueError with all that is wrong.
    """
    outlet, problems = _read(text, file_name)
    if outlet is None or problems:
        raise CatalogueError(problems)
    return outlet


def read_catalogue(files: Iterable[tuple[str, str]]) -> list[Outlet]:
    """Reads outlet files given as (name, text); returns the outlets in the order of the files.

    Raises CatalogueError with all that is wrong in all files, a key or a source's address that two files
    share included.
    """
    outlets: list[Outlet] = []
    problems: list[Problem] = []
    key_from: dict[str, str] = {}
    url_from: dict[str, str] = {}
    for file_name, text in files:
        outlet, found = _read(text, file_name)
        problems += found
        if outlet is None:
            continue
        first = key_from.setdefault(outlet.key, file_name)
        if first != file_name or outlet.key in {other.key for other in outlets}:
            remedy = "rename or remove one of the two files"
            what = f'the key "{outlet.key}" is already that of {first}'
            problems.append(Problem(file_name=file_name, line=1, key="", what=what, remedy=remedy))
        problems += _shared_sources(outlet, text, file_name, url_from)
        outlets.append(outlet)
    if problems:
        raise CatalogueError(problems)
    return outlets


def write_outlet(outlet: Outlet) -> str:
    """An outlet as the text of an outlet file, which `read_outlet` reads back to an equal outlet."""
    document = tomlkit.document()
    document["name"] = outlet.name
    document["home"] = outlet.home_url
    single = {"country": outlet.country, "timezone": outlet.timezone}
    numbers = {name: getattr(outlet, name) for name in ("delay_s", "interval_s", "keep_pages_days", "keep_texts_days")}
    lists = {"languages": outlet.languages, "hosts": outlet.hosts, "aliases": outlet.aliases}
    patterns = {"include": outlet.include, "exclude": outlet.exclude}
    parameters = {"keep_parameters": outlet.keep_parameters, "drop_parameters": outlet.drop_parameters}
    flags = {"any_certificate": outlet.any_certificate or None}
    values = single | numbers | pace_values(outlet.pace) | flags | lists | patterns | parameters
    values |= revisit_values(outlet) | {"note": outlet.note}
    for key in _KEYS:
        value = values.get(key)
        if value is None or value == ():
            continue
        document[key] = _array(value) if isinstance(value, tuple) else value
    sources = tomlkit.aot()
    for source in outlet.sources:
        sources.append(_source_table(source))
    document["source"] = sources
    if outlet.rules:
        rules = tomlkit.aot()
        for rule in outlet.rules:
            rules.append(_rule_table(rule))
        document["rule"] = rules
    return tomlkit.dumps(document)


def _read(text: str, file_name: str) -> tuple[Outlet | None, list[Problem]]:
    """The outlet, or None where the file does not even hold a name, a home page and a source."""
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax_problem(error, text, file_name)]
    except RecursionError:
        remedy = "an outlet file needs no nesting; remove it"
        return None, [Problem(file_name=file_name, line=1, key="", what="nested too deeply", remedy=remedy)]
    fields = Fields(table)
    outlet = _outlet(fields, _key(file_name, fields))
    problems = [
        Problem(
            file_name=file_name, line=line_of(text, fault.place), key=fault.key, what=fault.what, remedy=fault.remedy
        )
        for fault in fields.faults
    ]
    return outlet, sorted(problems, key=lambda problem: problem.line)


def _outlet(fields: Fields, key: str) -> Outlet | None:
    fields.refuse_unknown(_KEYS)
    name = fields.words("name", required=True)
    home = fields.address("home", required=True)
    sources = _sources(fields)
    revisit_ages_s, revisits_a_day = read_revisits(fields)
    outlet = Outlet(
        key=key,
        name=name or "",
        home_url=home or "",
        country=fields.country("country"),
        languages=fields.languages("languages"),
        timezone=fields.timezone("timezone"),
        hosts=fields.hosts("hosts"),
        aliases=fields.list_of_words("aliases"),
        sources=sources,
        delay_s=fields.delay("delay_s"),
        interval_s=fields.interval("interval_s"),
        pace=read_pace(fields),
        any_certificate=bool(fields.flag("any_certificate")),
        include=fields.patterns("include"),
        exclude=fields.patterns("exclude"),
        keep_parameters=fields.parameters("keep_parameters"),
        drop_parameters=fields.parameters("drop_parameters"),
        revisit_ages_s=revisit_ages_s,
        revisits_a_day=revisits_a_day,
        keep_pages_days=fields.days("keep_pages_days"),
        keep_texts_days=fields.days("keep_texts_days"),
        note=fields.words("note", lines=True),
        rules=read_rules(fields),
    )
    return outlet if name and home and key else None


def _key(file_name: str, fields: Fields) -> str:
    key = PurePath(file_name).stem
    if _KEY.fullmatch(key):
        return key
    remedy = "name the file with a-z, 0-9 and hyphens, at most 64, such as jpost.toml"
    fields.fault("", f'"{key}" cannot be an outlet\'s key', remedy)
    return ""


def _sources(fields: Fields) -> tuple[OutletSource, ...]:
    remedy = 'add a table [[source]] with kind = "feed" and url = "https://..."'
    tables: Any = fields.table.get("source")
    if tables is None or tables == []:
        fields.fault("source", "the outlet has no source, so it would never be visited", remedy)
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        fields.fault("source", "must be a list of tables", remedy)
        return ()
    found: dict[str, OutletSource] = {}
    for index, table in enumerate(tables):
        inner = Fields(table, Place(table="source", index=index), fields.faults)
        source = _source(inner)
        if source is None:
            continue
        if found.setdefault(same_address(source.url), source) is not source:
            inner.fault("url", "this source is named twice", "remove one of the two")
    return tuple(found.values())


def _source(fields: Fields) -> OutletSource | None:
    fields.refuse_unknown(_SOURCE_KEYS)
    kind, url, verified = fields.kind("kind"), fields.address("url", required=True), fields.day("verified")
    pace = read_pace(fields, every_s=fields.interval("interval_s"))
    return OutletSource(kind=kind, url=url, verified=verified, pace=pace) if kind and url else None


def _shared_sources(outlet: Outlet, text: str, file_name: str, url_from: dict[str, str]) -> list[Problem]:
    problems = []
    for index, source in enumerate(outlet.sources):
        first = url_from.setdefault(same_address(source.url), file_name)
        if first != file_name:
            line = line_of(text, Place(table="source", index=index, key="url"))
            what = f"{source.url} is already a source of {first}"
            remedy = "leave it with one outlet only"
            problems.append(Problem(file_name=file_name, line=line, key="url", what=what, remedy=remedy))
    return problems


def _syntax_problem(error: tomllib.TOMLDecodeError, text: str, file_name: str) -> Problem:
    place = re.search(r"\(at line (\d+)", str(error))
    line = int(place[1]) if place else text.count("\n") + 1
    what = f"not valid TOML: {str(error).partition(' (at ')[0]}"
    remedy = 'write key = "value" on lines of its own, and each key once'
    return Problem(file_name=file_name, line=line, key="", what=what, remedy=remedy)


def _array(values: tuple[str, ...]) -> tomlkit.items.Array:
    array = tomlkit.array()
    for value in values:
        # A literal string spares a regular expression its doubled backslashes.
        is_plain = "\\" in value and "'" not in value and value.isprintable()
        array.append(tomlkit.string(value, literal=is_plain))
    return array.multiline(sum(map(len, values)) > 80)  # noqa: PLR2004 - a line's width


def _rule_table(rule: OutletRule) -> Table:
    table = tomlkit.table()
    for key in RULE_KEYS:
        if (value := getattr(rule, key)) is not None:
            table[key] = str(value)
    return table


def _source_table(source: OutletSource) -> Table:
    table = tomlkit.table()
    table["kind"] = source.kind.value
    table["url"] = source.url
    if source.verified is not None:
        table["verified"] = source.verified
    if source.pace.every_s is not None:
        table["interval_s"] = source.pace.every_s
    for key, value in pace_values(source.pace).items():
        if value is not None:
            table[key] = _array(value) if isinstance(value, tuple) else value
    return table
