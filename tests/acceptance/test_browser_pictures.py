"""Pictures out of the archive in a browser: dots are shown, and nothing that only calls itself a picture acts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from storage.records import Answer, AnswerKind, Capture, Provenance, ReplayedPage
from storage.sql.answers import answer_row, write_answers
from storage.sql.engine import writing
from tests.acceptance.test_browser_attacks import ARGS, WATCHED
from tests.integration.test_archived_pages import archive_page
from tests.pressroom import NOW, pressroom
from tests.replaying import replayer_of
from tests.unit.crawler.replay.test_pictures_shown import HOSTILE, PNG
from tests.webserver import serving

ADDRESS = "https://cdn.example/{}.png"


@pytest.mark.timeout(180)
def test_dots_are_shown_and_what_calls_itself_a_picture_does_nothing(chromium: str, tmp_path: Path):
    files = {ADDRESS.format("dots"): PNG} | {ADDRESS.format(at): data for at, data in enumerate(HOSTILE.values())}
    images = "".join(f'<img src="{url}" alt="picture" onerror="window.ran=1">' for url in files)
    objects = "".join(f'<object data="{url}"></object><iframe src="{url}"></iframe>' for url in files)
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        body = f"<html><link rel=stylesheet href={ADDRESS.format('dots')}><body>{images}{objects}".encode()
        article = archive_page(room, "pictures", body, ("Content-Type", "text/html; charset=utf-8"))
        (capture,) = room.library.article(article).captures
        rows = []
        for url, data in files.items():
            found = Capture(
                url=url, final_url=url, fetched_at=NOW, status=200, headers=(("Content-Type", "image/png"),), body=data,
                digest=hashlib.sha256(data).hexdigest(),
            )  # fmt: skip
            kind = AnswerKind.PICTURE
            record = room.segments.put_answer(found, Provenance(outlet_key="boker", kept_as=kind.value), is_whole=True)
            answer = Answer(kind=kind, capture=found, record=record)
            rows.append(answer_row(answer, "boker", capture_id=capture.id))
        with writing(room.engine) as connection:
            write_answers(connection, rows)
        with serving(room, replayer=replayer_of(room)) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
            page = browser.new_page()
            page.add_init_script(WATCHED)
            asked: list[str] = []
            page.on("request", lambda one: asked.append(one.url))
            page.goto(f"{site.url}/captures/{capture.id}/page")
            shown = page.evaluate("[...document.images].map((i) => [i.src.slice(0, 15), i.naturalWidth])")
            assert shown == [["data:image/png;", 1]]
            assert page.evaluate(
                "[window.ran, window.violations, document.querySelectorAll('object, iframe').length]"
            ) == [
                None,
                None,
                0,
            ]
            assert page.locator("text=[picture: picture]").count() == len(HOSTILE)
            page.goto(f"{site.url}/captures/{capture.id}")
            frame = page.frames[1]
            frame.wait_for_load_state()
            assert frame.evaluate("document.images[0].naturalWidth") == 1
            foreign = [url for url in asked if not url.startswith((site.url, "data:"))]
            assert foreign == []
            browser.close()
        replayer = replayer_of(room)
        words_alone = replayer.page(replayer.capture(capture.id))  # as the API has it
        assert isinstance(words_alone, ReplayedPage)
        assert "<img" not in words_alone.html
