"""The lead above the text and what closes a page: what is taken up, what goes, what must stay."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from crawler.extract.bare_text import wrap_bare_text
from crawler.extract.fallback import is_clearer
from crawler.extract.page import parse
from crawler.extract.trimming import trim

LEAD = "The council of Harbour Town decides on Monday whether the old ferry may go on, and who is to pay for it."
TEXT = (
    "The ferry has crossed the bay since 1921, and for most of these years nobody asked what the crossing cost.",
    "That changed when the boilers had to be replaced, for a sum that the town had not set aside in its budget.",
    "The captain, who has steered her for thirty years, says that he will leave if the engine room stays cold.",
)
BODY = "".join(f"<p>{p}</p>" for p in TEXT)


def body_of(header: str, *, head: str = "") -> list[str]:
    html = (
        f"<html lang='en'><head><title>Ferry in doubt</title>{head}</head><body><article><header>"
        f"<h1>Ferry in doubt</h1>{header}</header><div class='article-body'>{BODY}</div></article></body></html>"
    )
    return extract_article(html.encode(), url="https://example.org/ferry").body.split("\n\n")


LEADS = {
    "a paragraph named lead": f"<div class='articleLead'><p>{LEAD}</p></div>",
    "a German Vorspann": f"<div class='dig-vorspann'>{LEAD}</div>",
    "a French chapô": f"<p class='article-chapo'>{LEAD}</p>",
    "microdata's description": f"<p itemprop='description'>{LEAD}</p>",
}


@pytest.mark.parametrize("name", LEADS)
def test_a_lead_above_the_text_opens_it(name):
    assert body_of(LEADS[name]) == [LEAD, *TEXT]


def test_an_unnamed_paragraph_that_says_what_the_description_says_is_the_lead():
    head = f'<meta name="description" content="{LEAD[:70]}…">'
    assert body_of(f"<div class='mb-6'>{LEAD}</div>", head=head) == [LEAD, *TEXT]
    assert body_of(f"<div class='mb-6'>{LEAD}</div>") == list(TEXT)


def test_a_second_headline_and_the_leads_of_other_stories_are_not_taken_up():
    head = f'<meta name="description" content="{LEAD}">'
    assert body_of(f"<h2 class='subtitle'>{LEAD}</h2>", head=head) == list(TEXT)
    assert body_of(f"<aside><p class='teaser-text'>{LEAD}</p></aside>") == list(TEXT)
    assert body_of(f"<div class='related'><p class='teaser-text'>{LEAD}</p></div>") == list(TEXT)


def test_a_second_headline_as_long_as_a_paragraph_is_one():
    longer = f"{LEAD} The mayor has said that she will not stand in the way of either."
    head = f'<meta name="description" content="{longer}">'
    assert body_of(f"<div class='post-excerpt'>{longer}</div>", head=head) == [longer, *TEXT]


def test_without_a_headline_of_its_own_level_the_description_tells_the_lead():
    html = (
        f"<html><head><title>Ferry in doubt</title><meta name='description' content='<p>{LEAD}</p>'></head><body>"
        f"<div class='news'><h2>Ferry in doubt</h2><div class='teaser-text'><p>{LEAD}</p></div>"
        f"<div class='news-text'>{BODY}</div></div></body></html>"
    )
    assert extract_article(html.encode(), url="https://example.org/ferry").body.split("\n\n") == [LEAD, *TEXT]


def page_of(*parts: str) -> list[str]:
    html = f"<html><body><article><h1>Ferry in doubt</h1>{''.join(parts)}</article></body></html>"
    return extract_article(html.encode(), url="https://example.org/ferry").body.split("\n\n")


def test_what_opens_over_a_name_and_widgets_are_no_text():
    pop_up = "<span class='rollover-block'>Joe Roe More stories of Roe MORE</span>"
    widget = "<div class='widget_text'><p>This blog has links to other places, for which nobody can be held to account.</p></div>"
    assert page_of(f"<p>{TEXT[0]}{pop_up}</p>", BODY.replace(f"<p>{TEXT[0]}</p>", ""), widget) == list(TEXT)


def test_an_element_named_for_the_text_is_kept_whatever_else_it_is_named():
    menus = "".join(f"<a href='/{n}'>Another story of the bay, the {n}th of this year</a>" for n in range(60))
    whole = f"<div class='entry-content entry-content-read-more'>{BODY}</div>"
    assert list(TEXT) == page_of(whole, f"<div>{menus}</div>")


def test_an_address_that_is_shown_is_text():
    line = "<p><a href='https://ferry.example/petition'>https://ferry.example/petition</a></p>"
    assert page_of(BODY, line, f"<p>{LEAD}</p>") == [*TEXT, "https://ferry.example/petition", LEAD]


def test_text_between_paragraphs_without_an_element_of_its_own_becomes_one():
    tree = parse(f"<div>{TEXT[0]} <b>So it is.</b><p>{TEXT[1]}</p>{TEXT[2]}<ul><li>Boilers</li></ul>Paint</div>")
    wrap_bare_text(tree)
    assert [" ".join(p.text_content().split()) for p in tree.iter("p")] == [f"{TEXT[0]} So it is.", TEXT[1], TEXT[2]]
    lines = parse(f"<div>{TEXT[0]}<br>{TEXT[1]}<p>{TEXT[2]}</p></div>")
    wrap_bare_text(lines)
    assert len(list(lines.iter("p"))) == 1  # lines that end with breaks are read without it
    assert page_of(f"<div><p>{TEXT[0]}</p>{TEXT[1]}<p>{TEXT[2]}</p><p>{LEAD}</p></div>") == [*TEXT, LEAD]


def test_a_legal_notice_is_no_clearer_reading():
    menu = [f"Ferry, section {n}" for n in range(40)]
    notice = ["© Bay News 2012. " + "Whoever prints what the ferry brings must name where it was first. " * 4] * 3
    assert is_clearer(["The ferry of the bay. " * 20] * 3, [*menu, *TEXT], "The ferry in doubt")
    assert not is_clearer(notice, [*menu, *TEXT], "The ferry in doubt")


def test_a_list_of_links_in_the_text_goes_and_a_list_with_some_links_stays():
    links = "<ul><li>Ferries: <a href='/1'>What the crossing to the island costs</a></li><li><a href='/2'>More</a></li></ul>"
    own = "<ul><li>Boilers, from <a href='/3'>Leeds</a>, for two hundred thousand</li><li>Paint, for five</li></ul>"
    html = f"<html><body><article><h1>Ferry in doubt</h1>{BODY}{links}{BODY.replace('ferry', 'boat')}{own}</article></body></html>"
    text = extract_article(html.encode(), url="https://example.org/ferry").body
    assert "What the crossing" not in text
    assert "- Boilers, from Leeds, for two hundred thousand\n- Paint, for five" in text


def trimmed(
    *lines: str, authors: tuple[str, ...] = (), links: tuple[str, ...] = (), titles: tuple[str, ...] = ()
) -> tuple[str, ...]:
    return trim(
        lines, titles=titles, authors=authors, outlet_names=(), captions=frozenset(), links=frozenset(links)
    ).paragraphs


CLOSING = {
    "a heading of related stories and their headlines": ("Related stories", "Ferry sold for a song", "A bridge at last?"),
    "a Russian one, with dates": ("Ссылки по теме:", "// В мире // 3 января 2012 г.", "// Культура // 2 июня 2009 г."),
    "a Chinese one and its list": ("相关新闻", "- 渡轮停航\n- 桥梁开工"),
    "comments, to the end": ("Comments are now closed for this story", "Joe", "I have always said so, and at length."),
    "an appeal under its heading": ("Good journalism costs", "Please support our journalism with a small monthly sum."),
    "a paywall": ("Il vous reste 57.09% de cet article à lire. La suite est réservée aux abonnés.",),
    "who helped": ("Associated Press writers Ann Miller and Joe Roe contributed to this report.",),
    "a wire's hands": ("(Reporting by Ann Miller; Editing by Joe Roe)",),
    "a sign": ("(dmk)",),
    "a Chinese copyright notice": ("版权声明：", "凡注明来源的所有作品，未经本网授权不得转载。"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSING)
def test_what_closes_a_page_is_cut(name):
    assert trimmed(*TEXT, *CLOSING[name]) == TEXT


def test_the_authors_name_under_the_text_is_cut():
    assert trimmed(*TEXT, "Ann Miller", authors=("Ann Miller",)) == TEXT


def test_text_goes_on_after_the_headlines_of_related_stories():
    assert trimmed(*TEXT, "Related", "Ferry sold for a song", TEXT[0].replace("ferry", "boat")) == (
        *TEXT,
        TEXT[0].replace("ferry", "boat"),
    )


STAYS = {
    "an appeal that the text tells of": (
        "“Support independent journalism”, said the sign in the captain's window.",
        *TEXT,
    ),
    "a last line in quotes": (*TEXT, "“Never again.”"),
    "a list at the end": (*TEXT, "- Boilers\n- Paint"),
    "a heading of other stories above the text": ("Related", "Joe Roe, captain: “Never.”", *TEXT),
}
MORE = tuple(f"{TEXT[1]} That was said {n} times." for n in range(9))


@pytest.mark.parametrize("name", STAYS)
def test_what_looks_alike_stays(name):
    lines = STAYS[name] if STAYS[name][-1] != TEXT[-1] else (*STAYS[name], *MORE)
    assert trimmed(*lines) == lines


KICKERS = {
    "the section's name": ("World",),
    "a label of the day": ("Updated",),
    "the headline and the outlet's name": ("The ferry of the bay is in doubt | bay news",),
}


@pytest.mark.parametrize("name", KICKERS)
def test_a_label_above_the_first_paragraph_is_cut(name):
    assert trimmed(*KICKERS[name], *TEXT, titles=("The ferry of the bay is in doubt",)) == TEXT


def test_a_dateline_a_salutation_and_a_heading_of_a_list_stay():
    for first in ("DÜBENDORF -", "Dear readers,"):
        assert trimmed(first, *TEXT) == (first, *TEXT)
    assert trimmed("Results", "Leeds 2, York 1", *TEXT) == ("Results", "Leeds 2, York 1", *TEXT)
