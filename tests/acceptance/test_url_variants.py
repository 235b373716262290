"""The same article under many addresses, in a feed, a section page and two sitemaps: one article."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.acceptance.comparing import keys_by_url, not_stored_once
from tests.newsweb.catalogue import ATOM, FRONT_PAGE, NEWS_SITEMAP, RSS, SITEMAP_INDEX, write_catalogue

EVERY_LIST = [[*RSS, *ATOM, *FRONT_PAGE, *NEWS_SITEMAP, *SITEMAP_INDEX]]
DEFAULT_PORT = 80


@pytest.mark.timeout(180)
def test_an_article_under_five_url_variants_is_one_article(newsweb, presswatch, tmp_path):
    options = ["--outlets", "4", "--articles", "16", "--history", "1", "--start=-2h", "--crawl-delay", "0"]
    options += ["--feed-items", "50", "--page-size", "50", "--edits", "0", "--removals", "0", "--list-variants"]
    try:  # on the default port, that port is one more variant
        web = newsweb(*options, port=DEFAULT_PORT)
    except RuntimeError:
        web = newsweb(*options)
    service = presswatch(write_catalogue(tmp_path / "catalogue", web.outlets, mixes=EVERY_LIST))
    done = service.run("crawl")
    assert done.returncode == 0, done.stdout + done.stderr

    truth, stored = web.truth(), service.stored
    assert not_stored_once(web, truth, stored.articles(), web.status()["now"]) == {}
    assert {article.url for article in stored.articles()} == {record["url"] for record in truth.values()}
    assert all(candidate.state == "done" and candidate.reason for candidate in stored.candidates())
    assert all(article.revisions == 1 for article in stored.articles())

    keys, forms = keys_by_url(truth), defaultdict(set)
    for line in web.log():
        if line["article"]:
            forms[line["article"]].add(line["variant"])
    assert set(forms) == set(keys.values())
    assert all("tracking" not in variants for variants in forms.values())
