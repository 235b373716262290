"""E-mails as whoever gets them reads them: plain, HTML, and the button that ends them."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from test_watchlist_mails import DESK, DETAIL, NOW, PASSAGES, REVISION, SUMMARY, matched

from delivery.channels.leaving import channel_named, leaving_url, may_leave
from delivery.channels.mailer import Mailer
from delivery.channels.mails import Footing, Mail, compose
from delivery.channels.webhook import DigestStory, Group, digest_message, match_message, trial_message
from delivery.watchlists.passages import Part, Passage
from delivery.watchlists.query import TextField

COPY = replace(
    DETAIL,
    summary=replace(SUMMARY, id=8, url="https://second.example/1", outlet_name="Second"),
    revisions=(replace(REVISION, title="Convoy, once more"),),
)
FARSI = replace(
    DETAIL,
    summary=replace(SUMMARY, id=9, url="https://ruz.example/1", outlet_name="روز نو", language="fa"),
    revisions=(replace(REVISION, title="عقب‌نشینی کاروان", language="fa"),),
)
DAILY = replace(DESK, secret="s" * 32)
WITHDRAWAL = Group(id=4, name="withdrawal")
LEAVE = leaving_url(DAILY, "https://press.example.org")


def digest(*stories: DigestStory, more: int = 0) -> Mail:
    message = digest_message(DAILY, [WITHDRAWAL], stories, more, matched())
    return compose(json.loads(message.body), Footing(home="https://press.example.org", unsubscribe=LEAVE))


class Page(HTMLParser):
    """What a mail program makes of a mail's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def links(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def test_a_digest_tells_each_story_once_with_its_copies():
    first = DigestStory(event=matched(), detail=DETAIL, passages=tuple(PASSAGES), copies=(COPY,))
    mail = digest(first, DigestStory(event=matched(), detail=FARSI))
    assert mail.subject == "withdrawal: 2 stories"
    assert mail.plain.index("https://first.example/1") < mail.plain.index("Second: Convoy, once more")
    assert "*Hezbollah* withdrew." in mail.plain
    page = Page(mail.html)
    assert page.links() == [
        "https://first.example/1",
        "https://second.example/1",
        "https://ruz.example/1",
        "https://press.example.org/watchlists/4",
        LEAVE,
    ]
    assert [attributes["dir"] for tag, attributes in page.tags if tag == "div"] == ["ltr", "rtl"]
    assert ("mark", {}) in page.tags


def test_a_story_told_before_is_told_as_that():
    mail = digest(DigestStory(event=None, detail=DETAIL, copies=(COPY,)))
    assert "told of it before" in mail.plain
    assert mail.subject == "withdrawal: one story"


def test_what_does_not_fit_is_counted():
    mail = digest(DigestStory(event=matched(), detail=DETAIL), more=250)
    assert mail.subject == "withdrawal: 251 stories"
    assert "251 stories since the last digest, of which the first 1 are shown here." in mail.plain


def test_the_same_day_has_the_same_key_and_another_one_has_another():
    story = DigestStory(event=matched(), detail=DETAIL)
    key = digest_message(DAILY, [WITHDRAWAL], [story], 0, matched()).key
    assert digest_message(DAILY, [WITHDRAWAL], [story], 0, matched()).key == key
    assert digest_message(DAILY, [WITHDRAWAL], [story], 0, replace(matched(), seq=10)).key != key
    assert digest_message(replace(DAILY, id=2), [WITHDRAWAL], [story], 0, matched()).key != key


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</p></div></body><iframe src=//evil.example>",
    "&lt;svg onload=alert(1)&gt;",
    "\u202eevil\x00\x1b[31m",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_an_outlet_writes_is_markup_in_a_mail(words: str):
    revision = replace(REVISION, title=words, authors=(words,), body=words, language=words)
    summary = replace(SUMMARY, outlet_name=words, url="javascript:alert(1)")
    detail = replace(DETAIL, summary=summary, revisions=(revision,))
    passage = Passage(field=TextField.BODY, parts=(Part(text=words, is_marked=True),))
    story = DigestStory(event=matched(name=words), detail=detail, passages=(passage,), copies=(detail,))
    page = Page(digest(story).html)
    assert {tag for tag, _ in page.tags} <= {
        "html",
        "head",
        "meta",
        "body",
        "div",
        "h2",
        "p",
        "mark",
        "ul",
        "li",
        "a",
        "br",
    }
    assert not any(name.startswith("on") or name == "src" for _, attributes in page.tags for name in attributes)
    assert all(str(link).startswith("https://press.example.org/") for link in page.links())


def test_a_mail_can_be_ended_by_one_press_of_a_button():
    mailer = Mailer("smtp://127.0.0.1:1", "watch@example.org", 1.0, lambda: NOW, "https://press.example.org")
    mail = mailer.mail(DAILY, match_message(DAILY, matched(), DETAIL, PASSAGES))
    assert mail["List-Unsubscribe"] == f"<{LEAVE}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    nowhere = Mailer("smtp://127.0.0.1:1", "watch@example.org", 1.0, lambda: NOW)
    assert nowhere.mail(DAILY, trial_message(DAILY, NOW))["List-Unsubscribe"] is None


def test_the_address_that_ends_a_channel_is_that_channels_alone():
    told = LEAVE.rpartition("/")[2]
    assert channel_named(told) == DAILY.id
    assert may_leave(DAILY, told)
    assert not may_leave(replace(DAILY, secret="t" * 32), told)
    assert not may_leave(replace(DAILY, id=2), told)
    for wrong in ("", "1", "1.", "1." + "0" * 32, f"{told}0", "01." + told[2:]):
        assert not may_leave(DAILY, wrong)
