"""News agencies: the shipped file `agencies.toml`, and the operator's own of the same shape."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Any

from crawler.outlets.errors import CatalogueError, Problem
from crawler.outlets.fields import Fields
from crawler.outlets.lines import Place, line_of
from storage.records import Agency

AGENCY_KEYS = ("key", "name", "home", "domains", "aliases", "signs")
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def shipped_agencies() -> tuple[str, str]:
    """(name, text) of the shipped file."""
    file = resources.files("crawler.outlets").joinpath("agencies.toml")
    return file.name, file.read_text(encoding="utf-8")


def read_agencies(files: Iterable[tuple[str, str]]) -> tuple[Agency, ...]:
    """The agencies of files given as (name, text), by key; a later file's agency replaces an earlier one's.

    Raises CatalogueError with all that is wrong.
    """
    problems: list[Problem] = []
    agencies: dict[str, Agency] = {}
    for file_name, text in files:
        found, wrong = _read(text, file_name)
        problems += wrong
        agencies |= {agency.key: agency for agency in found}
    if problems:
        raise CatalogueError(problems)
    return tuple(agencies[key] for key in sorted(agencies))


def _read(text: str, file_name: str) -> tuple[list[Agency], list[Problem]]:
    try:
        table: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        what, remedy = f"not valid TOML: {error}", 'write key = "value" on lines of its own, and each key once'
        return [], [Problem(file_name=file_name, line=1, key="", what=what, remedy=remedy)]
    fields = Fields(table)
    fields.refuse_unknown(("agency",), "a file of agencies")
    tables = table.get("agency", [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        fields.fault("agency", "must be a list of tables", 'write [[agency]] with key = "reuters" and name = "Reuters"')
        tables = []
    found: dict[str, Agency] = {}
    for index, each in enumerate(tables):
        inner = Fields(each, Place(table="agency", index=index), fields.faults)
        agency = _agency(inner)
        if agency is not None and found.setdefault(agency.key, agency) is not agency:
            inner.fault("key", f'"{agency.key}" is named twice', "remove one of the two")
    problems = [
        Problem(
            file_name=file_name, line=line_of(text, fault.place), key=fault.key, what=fault.what, remedy=fault.remedy
        )
        for fault in fields.faults
    ]
    return list(found.values()), sorted(problems, key=lambda problem: problem.line)


def _agency(fields: Fields) -> Agency | None:
    fields.refuse_unknown(AGENCY_KEYS, "an agency")
    key, name = fields.words("key", required=True), fields.words("name", required=True)
    if key is not None and not _KEY.fullmatch(key):
        fields.fault("key", f'"{key}" cannot be a key', "write a-z, 0-9 and hyphens, at most 64, such as reuters")
        key = None
    agency = Agency(
        key=key or "",
        name=name or "",
        home_url=fields.address("home"),
        domains=fields.hosts("domains"),
        aliases=fields.list_of_words("aliases"),
        signs=fields.list_of_words("signs"),
    )
    return agency if key and name else None
