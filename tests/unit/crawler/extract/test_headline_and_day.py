"""Which headline and which day are the article's own."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from crawler.extract.language import code_of

TEXT = "<p>The council met on Tuesday and decided, after a long debate, to rebuild the bridge over the river.</p>" * 3


def read(head, body=f"<h1>A bridge</h1>{TEXT}", url="https://www.example.org/bridge"):
    return extract_article(f"<html><head>{head}</head><body>{body}</body></html>".encode(), url=url)


def meta(name, value):
    return f'<meta property="{name}" content="{value}">'


def json_ld(published):
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{published}"}}</script>'


def published(found):
    return next(e.value for e in found.evidence if e.field == "published")


def test_a_kicker_glued_to_the_headline_is_set_apart_as_the_metadata_does():
    page = f"<h1><span>River</span><span>A bridge is rebuilt</span></h1>{TEXT}"
    assert read(meta("og:title", "River: A bridge is rebuilt"), page).title == "River: A bridge is rebuilt"


def test_a_headline_loses_its_soft_hyphens():
    assert read("", f"<h1>Verfas\u00adsungs\u00adbeschwerde abge\u00adwiesen</h1>{TEXT}").title == (
        "Verfassungsbeschwerde abgewiesen"
    )


def test_another_headline_of_the_metadata_does_not_replace_the_one_shown():
    page = f"<h1>Swedish police look into reports of information leaks</h1>{TEXT}"
    found = read(meta("og:title", "Swedish police look into leaks"), page)
    assert found.title == "Swedish police look into reports of information leaks"


def test_a_local_time_without_zone_tells_the_zone_of_a_time_in_utc():
    found = read(json_ld("2023-11-09T06:35:29+00:00") + meta("sailthru.date", "2023-11-08T22:35:29"))
    assert published(found) == "2023-11-08T22:35:29-08:00"


OTHER_TIMES = {
    "other seconds": "2023-11-08T22:35:30",
    "no half hours between": "2023-11-08T22:20:29",
    "more than any zone": "2023-11-08T10:35:29",
}


@pytest.mark.parametrize("case", OTHER_TIMES)
def test_another_time_tells_no_zone(case):
    found = read(json_ld("2023-11-09T06:35:29+00:00") + meta("sailthru.date", OTHER_TIMES[case]))
    assert published(found) == "2023-11-09T06:35:29+00:00"


def test_a_url_months_older_tells_when_a_moved_page_was_first_published():
    found = read(json_ld("2019-06-17T18:28:01+02:00"), url="https://www.example.org/2017/07/12/bridge")
    assert published(found) == "2017-07-12"


def test_a_url_some_days_off_does_not():
    found = read(json_ld("2019-06-17T18:28:01+02:00"), url="https://www.example.org/2019/06/12/bridge")
    assert published(found) == "2019-06-17T18:28:01+02:00"


def test_a_text_may_begin_with_its_day():
    long = "Bei der Erinnerung an die Opfer sprach gestern die Bürgermeisterin vor vielen Menschen der Stadt."
    assert published(read("", f"<h1>Erinnerung</h1><p>27.1.2022 - {long}</p>{TEXT}")) == "2022-01-27"


def test_cantonese_is_written_chinese():
    assert code_of("yue") == "zh"
