"""The one MetaData that all tables hang on, and the column types they share."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, MetaData, Text, types

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: A 64-bit key that SQLite can also number by itself (there only INTEGER PRIMARY KEY does that).
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class Utc(types.TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970 so that both databases sort and compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime to microseconds. Raises ValueError for a naive one."""
        return _to_microseconds(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """The same, called for each value without a call between: whole rows are made of moments."""
        return _to_microseconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Microseconds to aware UTC."""
        return _from_microseconds(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The same, as `bind_processor`."""
        return _from_microseconds


class Words(types.TypeDecorator[str]):
    """Text from outside: what no database can keep (NUL, half a surrogate pair) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it can be kept."""
        if value is None or (value.isascii() and "\x00" not in value):
            return value
        return storable(value)


class Structure(types.TypeDecorator[Any]):
    """JSON whose strings come from outside, cleaned as `Words` are: an engine writes it by `storable_json`."""

    impl = JSON
    cache_ok = True


def storable_json(value: Any) -> str:
    """The structure as JSON that can be kept; nearly all need no change, which one look at their JSON tells."""
    told = json.dumps(value)
    return json.dumps(storable_structure(value)) if _NOT_STORABLE_JSON.search(told) else told


def _to_microseconds(value: datetime | None) -> int | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"a datetime without a zone cannot be stored: {value!r}")
    delta = value - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def storable_structure(value: Any) -> Any:
    """The structure with all its strings as they can be kept."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_structure(name): storable_structure(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_structure(part) for part in value]
    return value


def stored_json(value: Any) -> str:
    """The structure as JSON, names in order: the same for what is about to be stored and for what is read again."""
    told = json.dumps(value, sort_keys=True)
    return json.dumps(storable_structure(value), sort_keys=True) if _NOT_STORABLE_JSON.search(told) else told


def storable(text: str) -> str:
    """The text without what UTF-8 and PostgreSQL cannot keep."""
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
#: The same as JSON's ASCII form writes it; a whole pair of surrogates is found too, and then left as it is.
_NOT_STORABLE_JSON = re.compile(r"\\u(?:0000|d[89a-f][0-9a-f]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
