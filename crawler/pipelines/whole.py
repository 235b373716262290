"""An article of several pages: the others are read one after the other, and joined.

`read` fetches a page and reads it; what it returns is the page, or a sentence on why it could not be had.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from crawler.extract.pagination import MAX_PAGES, adds_words, join
from storage.records import Extraction

Reader = Callable[[str], Awaitable[Extraction | str]]


async def whole_article(first: Extraction, read: Reader) -> tuple[Extraction, str | None]:
    """The article whose page 1 is `first`, joined, and why it is not whole, if so.

    A page that shows all in one piece is preferred; else pages are read in order, each found by the links of those
    before, at most 20. A page that adds nothing ends the article: it repeats what was read.
    """
    place = first.pagination
    if place is None or place.number != 1:
        return first, None
    if place.whole and (full := await _in_one_piece(first, place.whole, read)):
        return full, None
    pages, problem, links = [first], None, dict(place.others)
    while url := links.get(len(pages) + 1):
        number = len(pages) + 1
        if number > MAX_PAGES:
            problem = f"page {number} and what follows were left: at most {MAX_PAGES} pages are read"
            break
        page = await read(url)
        if isinstance(page, str) or page.rejected:
            problem = f"page {number}: {page if isinstance(page, str) else page.rejected}"
            break
        if not adds_words(pages, page):
            break
        pages.append(page)
        links |= dict(page.pagination.others) if page.pagination else {}
    return (join(pages, problem), problem) if len(pages) > 1 or problem else (first, None)


async def _in_one_piece(first: Extraction, url: str, read: Reader) -> Extraction | None:
    """The article as the page that shows all of it has it, with what else page 1 told."""
    full = await read(url)
    if isinstance(full, str) or full.rejected or len(full.body) <= len(first.body):
        return None
    return join([replace(first, body=full.body, compared=full.compared, lines=full.lines)])
