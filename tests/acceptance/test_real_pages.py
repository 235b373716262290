"""Real pages of hundreds of sites, served unmodified as outlets: of each fourth site, and in `make soak` of all."""

from __future__ import annotations

import statistics
from collections import Counter

import pytest

from tests.acceptance.words import tokens, word_f1
from tests.newsweb.catalogue import RSS, write_catalogue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

NO_ARTICLE = "not-an-article"
# What must at least be reached over all labelled pages of a collection; a little under what trafilatura alone reaches.
FLOORS = {
    ("fundus", "body"): 0.94,
    ("fundus", "title"): 0.65,
    ("fundus", "authors"): 0.75,
    ("fundus", "date"): 0.92,
    ("fundus-eval", "body"): 0.93,
    ("aeb", "body"): 0.92,
}


#: A mean of a quarter of the pages may lie so far from that of all.
SAMPLE_SLACK = 0.05


@pytest.fixture(
    scope="module", params=[pytest.param(1, id="all", marks=pytest.mark.soak), pytest.param(4, id="a fourth")]
)
def crawled(request, newsweb, presswatch, shared, tmp_path_factory):
    if not any((shared / "pages").glob("*.jsonl")):
        pytest.skip(
            f"{shared / 'pages'} holds no CORPUS.jsonl; set PRESSWATCH_SHARED to the folder of shared test data"
        )
    web = newsweb("--real-pages", str(shared / "pages"), "--every", str(request.param))
    service = presswatch(write_catalogue(tmp_path_factory.mktemp("catalogue"), web.outlets, mixes=[RSS]))
    done = service.run("crawl", timeout_s=360)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return web, service


def test_every_page_ends_in_one_reason_as_an_article_or_not(crawled):
    web, service = crawled
    ends = {candidate.found_url: candidate for candidate in service.stored.candidates()}
    truth = web.truth()
    assert {record["url"] for record in truth.values()} <= set(ends)
    assert all(candidate.state == "done" for candidate in ends.values())
    reasons = Counter(candidate.reason for candidate in ends.values())
    assert set(reasons) <= {"stored", NO_ARTICLE, "unreadable", "challenge", "gone", "seen", "unchanged"}, reasons
    assert reasons["stored"] >= 0.9 * len(truth), reasons


def test_no_page_is_stored_twice(crawled):
    _, service = crawled
    urls = Counter(article.url for article in service.stored.articles())
    assert [url for url, times in urls.items() if times > 1] == []


def test_every_page_is_fetched_once(crawled):
    web, _ = crawled
    fetched = Counter(line["article"] for line in web.log() if line["article"] and line["status"] == 200)
    assert {key: times for key, times in fetched.items() if times > 1} == {}


def test_titles_authors_days_and_texts_are_as_labelled(crawled, request):
    web, service = crawled
    slack = SAMPLE_SLACK if request.node.callspec.params["crawled"] > 1 else 0.0
    stored = {article.url: article for article in service.stored.articles()}
    scores: dict[tuple[str, str], list[float]] = {floor: [] for floor in FLOORS}
    for record in web.truth().values():
        article = stored.get(record["url"])
        for (corpus, field), values in scores.items():
            if corpus == record["corpus"] and record[field] is not None:
                values.append(_score(field, article, record) if article else 0.0)
    reached = {floor: round(statistics.mean(values), 3) for floor, values in scores.items() if values}
    assert reached, "none of the collections with floors is there"
    print(reached)
    assert {floor: value for floor, value in reached.items() if value < FLOORS[floor] - slack} == {}


def _score(field, article, record) -> float:
    if field == "body":
        return word_f1(article.body, record["body"], record["body_optional"])
    if field == "title":
        return tokens(article.title) == tokens(record["title"])
    if field == "authors":
        return {tuple(tokens(name)) for name in article.authors} == {tuple(tokens(name)) for name in record["authors"]}
    # A label is the day in the outlet's own zone, a stored moment is UTC: near midnight they differ by one.
    if article.published_at is None:
        return 0.0
    days = abs(
        (article.published_at.date() - type(article.published_at.date()).fromisoformat(record["date"][:10])).days
    )
    return days <= (article.published_precision != "day")
