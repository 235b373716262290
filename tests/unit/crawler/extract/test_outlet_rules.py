"""Outlet rules in extraction."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.article import EXTRACTOR_VERSION, extract_article
from crawler.extract.proposals import Outline, outline, propose
from crawler.extract.rules import BadSelector, selector
from storage.records import Extraction, Outlet, OutletRule, RuleField, Zone

SENTENCES = [f"The {word} bridge over the river was spoken of at length by the council on Monday." for word in
             ("first", "second", "third", "fourth", "fifth", "sixth")]  # fmt: skip
PAGE = """<html lang=en><head><title>Kicker: Town speaks</title></head><body>
<h1>Kicker: Town speaks of bridges</h1><h2 class=real>Town speaks of bridges</h2>
<div class=who>By Anna Ahronheim and Ben Caspit</div><div class=when data-at="2020-05-09T10:00">yesterday</div>
<div class=text><p>{}</p></div><div class=mugs><p>Buy our mugs, they hold a pint of what you like best.</p></div>
</body></html>""".format("</p><p>".join(SENTENCES))


def read(*rules: OutletRule, now: datetime = datetime(2020, 6, 1, tzinfo=UTC)) -> Extraction:
    outlet = Outlet(key="x", name="The X", home_url="https://x.test/", timezone="Asia/Jerusalem", rules=rules)
    return extract_article(PAGE.encode(), url="https://x.test/a", outlet=outlet, now=now)


def test_rules_win_with_their_evidence():
    found = read(
        OutletRule(field=RuleField.TITLE, css="h2.real"),
        OutletRule(field=RuleField.AUTHORS, xpath="//div[@class='who']"),
        OutletRule(field=RuleField.PUBLISHED, css="div.when", attribute="data-at"),
        OutletRule(field=RuleField.SECTION, xpath="string(//h2)"),
        OutletRule(field=RuleField.BODY, css="div.text"),
    )
    assert found.title == "Town speaks of bridges"
    assert found.authors == ("Anna Ahronheim", "Ben Caspit")
    assert found.published is not None
    assert found.published.at == datetime(2020, 5, 9, 7, tzinfo=UTC)
    assert found.published.zone is Zone.OUTLET
    assert found.section == "Town speaks of bridges"
    assert found.body.split("\n\n") == SENTENCES
    rules = {e.field: e.rule for e in found.evidence}
    assert rules["title"] == "outlet rule css h2.real"
    assert rules["body"] == "outlet rule css div.text"
    assert rules["published"] == "outlet rule css div.when @data-at"


def test_what_is_dropped_is_not_text():
    assert SENTENCES[2] in read().body
    found = read(OutletRule(field=RuleField.DROP, xpath="//div[@class='text']/p[3]"))
    assert found.body == read().body.replace(f"{SENTENCES[2]}\n\n", "")


def test_a_body_under_60_per_cent_of_the_cores_falls_back_and_says_so():
    found = read(OutletRule(field=RuleField.BODY, css="div.text p:first-child"))
    assert found.body == read().body
    (body,) = [e for e in found.evidence if e.field == "body"]
    assert "under 60%" in body.lost[-1][1]


def test_a_rule_that_finds_nothing_or_nonsense_changes_nothing():
    odd = read(
        OutletRule(field=RuleField.TITLE, css="h6"),
        OutletRule(field=RuleField.AUTHORS, css="div.mugs"),
        OutletRule(field=RuleField.PUBLISHED, css="h1"),
        OutletRule(field=RuleField.BODY, xpath="count(//p)"),
    )
    assert (odd.title, odd.authors, odd.published) == (read().title, read().authors, read().published)
    assert odd.body == read().body


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [("2020-06-01", "2020-06-01", True), ("2020-06-02", None, False), (None, "2020-05-31", False), (None, None, True)],
)
def test_a_rule_holds_between_its_days(first: str | None, last: str | None, holds: bool):
    rule = OutletRule(field=RuleField.TITLE, css="h2.real", valid_from=first, valid_until=last)
    assert (read(rule).title == "Town speaks of bridges") is holds


def test_of_several_rules_the_first_that_finds_something_wins():
    found = read(OutletRule(field=RuleField.TITLE, css="h5"), OutletRule(field=RuleField.TITLE, css="h2.real"))
    assert found.title == "Town speaks of bridges"


def test_a_date_of_the_future_is_not_believed():
    rule = OutletRule(field=RuleField.PUBLISHED, css="div.when", attribute="data-at")
    assert read(rule, now=datetime(2020, 1, 1, tzinfo=UTC)).published is None


def test_a_broken_selector_finds_nothing():
    with pytest.raises(BadSelector):
        selector("div..x", None)
    assert read(OutletRule(field=RuleField.TITLE, css="div..x")).rejected is None


def outlines(count: int) -> list[Outline]:
    names = ("Anna Ahronheim", "Ben Caspit", "Jane Roe", "John Doe", "Mary Major")
    found = []
    for number in range(count):
        words = ("first", "second", "third", "fourth", "fifth")[number]
        text = "".join(
            f"<p>The {words} bridge was spoken of at length by the council on day {c}.</p>" for c in "abcdefgh"
        )
        html = f"""<html lang=en><head><title>{words} bridge</title></head><body><h1>The {words} bridge</h1>
        <div class=colophon>{names[number]}</div><div class="story css-1x2y3z">{text}</div>
        <div class=shop><p>Our mugs hold a pint of what you like best, and come by post.</p></div></body></html>"""
        made = outline(html.encode(), f"https://x.test/{number}", None, None)
        assert made is not None
        found.append(made)
    return found


def test_rules_are_proposed_from_what_differs_and_what_repeats():
    proposed = {(p.field, p.css) for p in propose(outlines(5))}
    assert (RuleField.BODY, "div.story") in proposed
    assert not any("css-1x2y3z" in css for _, css in proposed)


def test_nothing_is_proposed_from_two_pages_or_none():
    assert propose(outlines(2)) == []
    assert propose([]) == []
    assert outline(b"GIF89a", "https://x.test/", None, None) is None


def test_what_was_read_with_rules_names_them():
    one, other = OutletRule(field=RuleField.TITLE, css="h2.real"), OutletRule(field=RuleField.TITLE, css="h1")
    names = [read(*rules).extractor for rules in ((), (one,), (other,), (one, other), (one,))]
    assert names[0] == EXTRACTOR_VERSION
    assert all(name.startswith(f"{EXTRACTOR_VERSION}+rules-") for name in names[1:])
    assert (len(set(names)), names[1]) == (4, names[4])
