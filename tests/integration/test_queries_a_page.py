"""How many statements a page costs: as many beside few rows as beside many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from tests.pressroom import DOZEN, Pressroom
from tests.readingroom import PAGES, ReadingRoom, reading_room

#: Pages of readers, which are looked at all day, and how many statements they may cost.
MOST = {
    "/": 12,
    "/articles/{article_id}": 22,
    "/articles/{article_id}/revisions/{number}": 9,
    "/authors": 12,
    "/outlets/{key}/articles": 12,
    "/stories": 13,
    "/stories/{story_id}": 10,
}


def more(room: Pressroom) -> None:
    for number in range(30):
        url = f"https://gazette.example/more/{number}"
        room.publish(replace(DOZEN[1], url=url, title=f"Grain {number}", body=f"{number} tonnes.", minutes_ago=60))


@pytest.fixture(scope="module", params=["few", "many"])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    folder: Path = tmp_path_factory.mktemp("queries")
    with reading_room(folder, publish=more if request.param == "many" else lambda room: None) as room:
        yield room


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    run: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            run.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("route", MOST)
def test_a_readers_page_costs_few_statements_however_much_is_stored(room: ReadingRoom, route: str):
    target = room.address(PAGES[route]).removeprefix(room.site.url)
    room.site.ask(target)  # names of outlets are read once
    with statements(room.room.engine) as run:
        assert room.site.ask(target).status == 200
    assert len(run) <= MOST[route], "\n".join(statement[:150] for statement in run)
