"""Entities: people, places and organisations with the names by which texts call them. TOML in, terms out.

```toml
[soleimani]
name = "Qasem Soleimani"
kind = "person"
aliases = ["Soleimani", "Suleimani", "سلیمانی", "סולימאני"]
except = ["Soleimani Hospital"]
```

An alias is a word or a phrase, in any script; one that ends in * goes on as it likes. What stands as part of an
exception does not count. A later file's entity takes the place of an earlier one's of the same key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from delivery.watchlists.forms import terms_of
from delivery.watchlists.query import Term

_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_KINDS = ("person", "place", "organisation")
_FIELDS = {"name", "kind", "aliases", "except"}
#: Of aliases and exceptions of one entity.
_MOST_ALIASES = 200


class EntityError(ValueError):
    """A file of entities breaks the rules; the message tells the file, the entity and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Somebody or something under all its names."""

    key: str
    name: str
    kind: str  # one of "person", "place", "organisation"
    aliases: tuple[str, ...]
    exceptions: tuple[str, ...] = ()

    def terms(self) -> tuple[Term, ...]:
        """The terms for its aliases."""
        return _terms(self.aliases)

    def excepted(self) -> tuple[Term, ...]:
        """The terms for its exceptions."""
        return _terms(self.exceptions)


def read_entities(files: Iterable[tuple[str, str]]) -> Mapping[str, Entity]:
    """Entities by key, of files given as (name, text). Raises EntityError."""
    found: dict[str, Entity] = {}
    for file_name, text in files:
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise EntityError(f"{file_name} is no TOML: {error}") from error
        for key, table in tables.items():
            found[key] = _entity(file_name, key, table)
    return found


def _entity(file_name: str, key: str, table: object) -> Entity:
    where = f"{file_name}, [{key}]"
    if not _KEY.fullmatch(key):
        raise EntityError(f"{where}: a key has small letters and digits of ASCII, with - or _ between them")
    if not isinstance(table, dict):
        raise EntityError(f"{where}: expected a table with name, kind and aliases")
    unknown = sorted(set(table) - _FIELDS)
    if unknown:
        raise EntityError(f"{where}: {unknown[0]!r} is not known; there are name, kind, aliases and except")
    name, kind = table.get("name"), table.get("kind")
    if not isinstance(name, str) or not name.strip():
        raise EntityError(f"{where}: name is missing")
    if kind not in _KINDS:
        raise EntityError(f"{where}: kind is one of {', '.join(_KINDS)}")
    aliases = _names(where, "aliases", table.get("aliases", ()))
    if not aliases:
        raise EntityError(f"{where}: aliases are missing, such as [{name!r}]")
    return Entity(
        key=key, name=name, kind=str(kind), aliases=aliases, exceptions=_names(where, "except", table.get("except", ()))
    )


def _names(where: str, field: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
        raise EntityError(f"{where}: {field} is a list of names")
    if len(given) > _MOST_ALIASES:
        raise EntityError(f"{where}: {field} has {len(given)} names, at most {_MOST_ALIASES} are taken")
    empty = [each for each in given if not terms_of(each)]
    if empty:
        raise EntityError(f"{where}: {field} has {empty[0]!r}, which has no letters or digits")
    return tuple(given)


def _terms(names: tuple[str, ...]) -> tuple[Term, ...]:
    found = (term for name in names for term in terms_of(name.removesuffix("*"), is_prefix=name.endswith("*")))
    return tuple(dict.fromkeys(found))
