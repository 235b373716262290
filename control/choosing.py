"""The store opened for a command, and the outlets that its words name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from control.opening import load_catalogue, open_from, upgrade_store
from control.refusal import WrongWords
from control.settings import Settings
from crawler.outlets.values import nearest
from storage.records import Outlet
from storage.store import Store


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store, created or brought up to date if need be, with the outlets that the files name now."""
    upgrade_store(settings)
    store = open_from(settings)
    try:
        load_catalogue(settings, store)
        yield store
    finally:
        store.close()


def named(words: Sequence[str], outlets: Iterable[Outlet]) -> list[Outlet]:
    """The outlets that words name, by key, or by name or alias in any case, each once. Raises Refusal."""
    known = list(outlets)
    by_key = {outlet.key: outlet for outlet in known}
    by_name = {name.casefold(): outlet for outlet in reversed(known) for name in (*outlet.aliases, outlet.name)}
    chosen: dict[str, Outlet] = {}
    for word in words:
        outlet = by_key.get(word.lower()) or by_name.get(word.casefold())
        if outlet is None:
            near = nearest(word, by_key)
            remedy = f"did you mean {near}?" if near else "`presswatch outlets list` shows those there are"
            raise WrongWords(f"no outlet is called {word!r}; {remedy}")
        chosen[outlet.key] = outlet
    return list(chosen.values())
