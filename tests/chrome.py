"""Pages whose chrome is changed and whose article is not: ads, related links, counters, comments, banners, templates.

Everything is chosen by a seed. Nothing here is taken from any outlet: the forms are those that pages have in common.
"""

from __future__ import annotations

import random
import re

_HEADLINES = (
    "Council votes on the new bridge", "Ten ways to cook a pumpkin", "Storm warning for the coast", "Team wins again",
    "Markets close higher", "The best films of the year", "Minister visits the north", "Schools open late on Monday",
)  # fmt: skip
_NAMES = ("Alex", "Sam", "Kim", "Robin", "Toni", "Maxi", "Jule", "Chris")
_REMARKS = (
    "I do not believe a word of this, and neither does my neighbour.",
    "Finally somebody says it. Thank you for this report!",
    "Has nobody asked the people who live there what they think of it?",
)
_BODY_OPENS = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_BODY_ENDS = re.compile(r"</body\s*>", re.IGNORECASE)
_HEAD_ENDS = re.compile(r"</head\s*>", re.IGNORECASE)


class Chrome:
    """One state of what surrounds an article: another seed, another state."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(f"chrome {seed}")

    def _links(self, count: int) -> str:
        pick = self._random
        return "".join(
            f'<li><a href="/story/{pick.randrange(10**6)}"><h4>{pick.choice(_HEADLINES)}</h4></a>'
            f'<time datetime="2026-07-{pick.randrange(1, 29):02}T10:00:00Z">{pick.randrange(1, 23)} hours ago</time></li>'
            for _ in range(count)
        )

    def head(self) -> str:
        """Scripts and styles of the day."""
        number = self._random.randrange(10**9)
        return (
            f'<link rel="stylesheet" href="/assets/site.{number:x}.css"><meta name="csrf-token" content="{number:x}">'
            f'<script>window.__config={{"build":"{number:x}","ab":{number % 7},"user":null}};</script>'
        )

    def top(self) -> str:
        """What comes before everything: a banner, a ticker, a menu that changed."""
        pick = self._random
        return (
            f'<div class="ad ad-leaderboard" id="div-gpt-ad-{pick.randrange(99)}"><span>Advertisement</span></div>'
            f'<div class="breaking-news-ticker"><a href="/b/{pick.randrange(999)}">{pick.choice(_HEADLINES)}</a></div>'
            f'<nav class="menu"><ul>{self._links(pick.randrange(3, 6))}</ul></nav>'
        )

    def inside(self) -> str:
        """What stands between two paragraphs."""
        pick = self._random
        return pick.choice(
            (
                f'<div class="ad-slot advertisement" data-slot="{pick.randrange(99)}"><p>Advertisement</p></div>',
                f'<aside class="related-articles"><h3>Read more</h3><ul>{self._links(3)}</ul></aside>',
                (f'<div class="share-bar social-share"><span>{pick.randrange(9_999)} shares</span>'
                '<button>Share</button><button>Tweet</button></div>'),
                ('<div class="newsletter-signup"><h3>Our newsletter</h3><p>Get the news every morning.</p>'
                '<form><input type="email" name="mail"><button>Sign up</button></form></div>'),
            )
        )  # fmt: skip

    def bottom(self) -> str:
        """What comes after the article: counters, related links, comments, a footer, a cookie banner."""
        pick = self._random
        comments = "".join(
            f'<li class="comment"><b>{pick.choice(_NAMES)}</b> <time>{pick.randrange(1, 59)} minutes ago</time>'
            f"<p>{pick.choice(_REMARKS)}</p></li>"
            for _ in range(pick.randrange(0, 9))
        )
        return (
            f'<div class="counters"><span class="views">{pick.randrange(99_999)} views</span></div>'
            f'<section class="related most-read"><h3>Most read</h3><ol>{self._links(pick.randrange(4, 9))}</ol></section>'
            f'<section id="comments" class="comments"><h3>{pick.randrange(99)} comments</h3><ul>{comments}</ul></section>'
            f'<footer class="site-footer"><p>© {pick.randrange(2020, 2027)} All rights reserved.</p></footer>'
            f'<div id="cookie-banner" class="consent-banner"><p>We use cookies.</p><button>OK</button></div>'
        )


def with_chrome(page: str, seed: object) -> str:
    """A page with the chrome of one moment around and within its article."""
    chrome = Chrome(seed)
    page = _HEAD_ENDS.sub(lambda found: chrome.head() + found[0], page, count=1)
    page = _BODY_OPENS.sub(lambda found: found[0] + chrome.top(), page, count=1)
    last = [found.start() for found in _BODY_ENDS.finditer(page)][-1:] or [len(page)]
    return page[: last[0]] + chrome.bottom() + page[last[0] :]


def with_chrome_inside(page: str, seed: object, after: str) -> str:
    """The same, with more of it behind the element that ends with `after`, in the midst of the text."""
    chrome = Chrome(f"inside {seed}")
    place = page.find(after)
    if place < 0:
        return with_chrome(page, seed)
    end = page.find("</p>", place)
    middle = end + len("</p>") if 0 <= end < place + 5_000 else place
    return with_chrome(page[:middle] + (chrome.inside() if middle != place else "") + page[middle:], seed)
