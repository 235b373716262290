"""What an e-mail or a chat message says: from a message's JSON to a subject, plain text and HTML. Pure.

All words are from outside: in HTML they are escaped, and nothing is loaded from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, TypeAlias

from delivery.changes.wording import told_words
from delivery.channels.trouble import printable
from delivery.channels.webhook import AGAIN, CHANGED, CHANGES_KIND, DIGEST_KIND, TEST_KIND
from delivery.feeds.wording import direction, is_web_url, one_line
from storage.records import AbsenceKind, ChangeKind, Difference

_AS = {
    "revised": "It answers the watchlist since its revision {revision}.",
    "copy": "It is a copy of a story that you were told of before.",
    "past": "It was stored before; you asked for the past.",
    AGAIN: "You were told of it before; its text now stands elsewhere too.",
}
_DIGESTS = frozenset({DIGEST_KIND, CHANGES_KIND})
_CHANGES = {f"article.{kind.value}": kind for kind in ChangeKind}
_BEGIN = {"alert.raised": "Presswatch: ", "alert.ended": "Presswatch, well again: "}
_STYLE = {
    "body": "font-family:sans-serif;line-height:1.5;max-width:44em;margin:0 auto;padding:1em",
    "heading": "font-size:1.3em;border-bottom:1px solid #ccc;margin:1.5em 0 0.5em",
    "title": "font-size:1.1em;margin:1.5em 0 0.2em",
    "meta": "color:#595959;margin:0.2em 0",
    "foot": "color:#595959;border-top:1px solid #ccc;margin-top:2em;padding-top:0.5em",
}

#: Pieces of a passage: the words, and whether they are what answered.
Parts: TypeAlias = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is sent to somebody who reads."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """The addresses at the end of a mail; None where readers cannot reach our pages."""

    home: str | None = None  # of our pages, without a slash at its end
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One article, or one source that fails."""

    title: str
    url: str
    meta: str
    language: str | None = None
    notes: tuple[str, ...] = ()
    passages: tuple[Parts, ...] = ()
    also_at: tuple[tuple[str, str], ...] = ()  # (what it is called, URL)
    heading: str | None = None  # what begins with it
    changes: tuple[tuple[str, str], ...] = ()  # (what was changed, where it is shown)


def compose(content: Mapping[str, Any], footing: Footing) -> Mail:
    """The mail of a message; `content` is its JSON, read."""
    lead, items = _items(content, footing.home)
    foot = _foot(content, footing)
    return Mail(
        subject=_subject(content),
        plain="\n".join(_plain(lead, items, foot)) + "\n",
        html=_html(lead, items, foot),
    )


def _subject(content: Mapping[str, Any]) -> str:
    if content["kind"] in _DIGESTS:
        count = len(content["stories"]) + content["more"]
        names = ", ".join(each["name"] for each in _watchlists(content)) or "What outlets changed"
        return printable(f"{names}: {_counted(count)}")
    if "watchlist" in content:
        return printable(f"{content['watchlist']['name']}: {content['article']['title']}")
    return _BEGIN.get(content["kind"], "Presswatch: ") + printable(content.get("sentence", "a test message"))


def _items(content: Mapping[str, Any], home: str | None) -> tuple[str, list[_Item]]:
    """What stands on top, and what follows."""
    if content["kind"] in _DIGESTS:
        stories = content["stories"]
        more = f", of which the first {len(stories)} are shown here" if content["more"] else ""
        lead = f"{_counted(len(stories) + content['more'])} since the last digest{more}."
        headings = [each["watchlist"]["name"] if "watchlist" in each else None for each in stories]
        is_first = [name != before for name, before in zip(headings, [None, *headings], strict=False)]
        return lead, [
            replace(_match(each, home), heading=name if begins else None)
            for each, name, begins in zip(stories, headings, is_first, strict=True)
        ]
    if "watchlist" in content:
        return "", [_match(content, home)]
    if content["kind"] == TEST_KIND:
        return "This is a test of the channel.", []
    sources = [
        _Item(title=f"{each['outlet']}: {each['state']}", url=each["url"], meta=each["sentence"])
        for each in content.get("sources", ())
    ]
    return content.get("sentence", ""), sources


def _match(told: Mapping[str, Any], home: str | None) -> _Item:
    article = told["article"]
    published = (article["published"] or {}).get("value") or "no date told"
    how = _AS.get(told["as"])
    shown = tuple(tuple((part["text"], part["marked"]) for part in each["parts"]) for each in told["passages"])
    return _Item(
        title=article["title"],
        url=article["url"],
        meta=" · ".join(part for part in (article["outlet"]["name"], ", ".join(article["authors"]), published) if part),
        language=article["language"],
        notes=(
            *([how.format(revision=article["revision"])] if how else []),
            *(f"It answers {each['name']} too." for each in told.get("also_in", ())),
        ),
        passages=() if told["as"] == CHANGED else shown or (((article["excerpt"], False),),),
        also_at=tuple((f"{each['outlet']['name']}: {each['title']}", each["url"]) for each in told.get("also_at", ())),
        changes=tuple((_change_words(each), _change_page(each, home)) for each in told.get("changes", ())),
    )


def _change_words(change: Mapping[str, Any]) -> str:
    """Such as "Changed without notice: headline (jpost, 2026-03-01T12:00:00Z)"."""
    told = told_words(
        _CHANGES[change["kind"]],
        [Difference(each) for each in change.get("changes", ())],
        is_stealth=change.get("is_stealth", False),
        absence=AbsenceKind(change["absence"]) if change.get("absence") else None,
    )
    return f"{told} ({change['outlet']}, {change['at']})"


def _change_page(change: Mapping[str, Any], home: str | None) -> str:
    """Where it is marked; without pages of ours that can be reached, the article itself."""
    if home is None:
        return str(change["article"]["url"])
    page = f"{home}/articles/{change['article']['id']}"
    return f"{page}/revisions/{change['revision']}" if "revision" in change else page


def _foot(content: Mapping[str, Any], footing: Footing) -> list[tuple[str, str | None]]:
    """Lines at the end, each with where it leads."""
    lines: list[tuple[str, str | None]] = []
    for watchlist in _watchlists(content):
        page = f"{footing.home}/watchlists/{watchlist['id']}" if footing.home else None
        lines.append((f"Watchlist: {watchlist['name']}", page))
    if footing.unsubscribe:
        lines.append(("Unsubscribe", footing.unsubscribe))
    return [*lines, (f"At {content['at']}", None)]


def _watchlists(content: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Those that a message is told for."""
    return [content["watchlist"]] if "watchlist" in content else content.get("watchlists", [])


def _plain(lead: str, items: Sequence[_Item], foot: Sequence[tuple[str, str | None]]) -> Iterable[str]:
    if lead:
        yield one_line(lead)
    for item in items:
        if item.heading:
            yield from ("", f"== {one_line(item.heading)} ==")
        yield from ("", one_line(item.title), one_line(item.meta), one_line(item.url), *item.notes)
        for passage in item.passages:
            yield from ("", one_line("".join(f"*{text}*" if is_marked else text for text, is_marked in passage)))
        if item.changes:
            yield from ("", *(f"{one_line(words)}\n  {one_line(url)}" for words, url in item.changes))
        if item.also_at:
            yield from ("", "Also at:", *(f"  {one_line(name)}\n  {one_line(url)}" for name, url in item.also_at))
    yield from ("", *(f"{one_line(text)} {url}" if url else one_line(text) for text, url in foot))


def _html(lead: str, items: Sequence[_Item], foot: Sequence[tuple[str, str | None]]) -> str:
    parts = [f"<p>{_text(lead)}</p>" if lead else "", *map(_item_html, items)]
    ending = "<br>".join(_link(text, url) for text, url in foot)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>'
        f'<body style="{_STYLE["body"]}">{"".join(parts)}<p style="{_STYLE["foot"]}">{ending}</p></body></html>\n'
    )


def _item_html(item: _Item) -> str:
    heading = f'<h1 style="{_STYLE["heading"]}" dir="auto">{_text(item.heading)}</h1>' if item.heading else ""
    lines = [
        f'<h2 style="{_STYLE["title"]}">{_link(item.title, item.url)}</h2>',
        f'<p style="{_STYLE["meta"]}">{_text(item.meta)}</p>',
        *(f'<p style="{_STYLE["meta"]}" dir="ltr">{_text(note)}</p>' for note in item.notes),
        *(f"<p>{_passage_html(passage)}</p>" for passage in item.passages),
    ]
    if item.changes:
        changes = "".join(f"<li>{_link(words, url)}</li>" for words, url in item.changes)
        lines.append(f'<ul dir="ltr">{changes}</ul>')
    if item.also_at:
        copies = "".join(f'<li dir="auto">{_link(name, url)}</li>' for name, url in item.also_at)
        lines.append(f'<p style="{_STYLE["meta"]}" dir="ltr">Also at:</p><ul>{copies}</ul>')
    lang = f' lang="{_text(item.language)}"' if item.language else ""
    return f'{heading}<div dir="{direction(item.language)}"{lang}>{"".join(lines)}</div>'


def _passage_html(passage: Parts) -> str:
    """Blanks at the ends of parts count."""
    return "".join(f"<mark>{_text(text)}</mark>" if is_marked else _text(text) for text, is_marked in passage)


def _link(text: str, url: str | None) -> str:
    return f'<a href="{_text(one_line(url))}">{_text(text)}</a>' if url and is_web_url(url) else _text(text)


def _text(text: str) -> str:
    """Escaped, its control characters left out."""
    return escape("".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text))


def _counted(stories: int) -> str:
    return "one story" if stories == 1 else f"{stories} stories"
