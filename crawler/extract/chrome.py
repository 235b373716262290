"""Parts of a page that its own names show to be no article: promos, sign-ups, related links, bios."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.etree import strip_elements
from lxml.html import HtmlElement

from crawler.extract.elements import Elements, text_of, words_of

# In small letters, as names are made before: a pattern that ignores case is tried at each letter, five times as slow.
_NAMES = re.compile(
    r"related|newsletter|promo|sign-?up|recirc|outbrain|taboola|recommend|most-?(?:read|popular)|read-?(?:more|also)|"
    r"see-?also|also-(?:read|like)|author-?(?:bio|box|info)|about-?author|social-?share|share-?buttons|"
    r"caption|feedback|rating(?<!\wrating)|skip-link|sr-only|visually-hidden|screen-reader|image-?(?:desc|widget|credit|info)|"
    r"rollover|tooltip|popover|sharedaddy|sd-social|saboxplugin|reading-?time|read-?time|editorial-disclosure|"
    r"kommentar-?(?:modul|form|content|bereich)|(?:^|\s)(?:comments|comments?-?list|disqus_thread)(?:\s|$)|comments?-?(?:area|form|section|wrapper)|latest-(?:news|box|posts)|"
    r"author-?(?:position|description|meta|card)|tags?-links|post-tags|"
    r"widget[-_](?:text|rss|area|recent\w*|archives?|meta)|sidebar-?(?:box|container|widget)|audio-?player|"
    r"next-?(?:story|post|article)|fb-post|"
    r"fact-?box|info-?box|notific|writer-?profile|respond\b(?<!\wrespond)|whatsapp|disclaimer"
)
_TEXT_NAMES = re.compile(r"\b(?:entry-content|(?:article|story|post)[-_]?(?:body|content))(?:\s|$)", re.IGNORECASE)
_TAGS = ("div", "section", "ul", "ol", "p", "span", "figure", "article", "li", "table", "h2", "h3", "h4")
_MAX_SHARE = 0.15  # of the page's text: a larger part is named for something else


def prune(tree: HtmlElement, elements: Elements) -> None:
    """Deletes such parts from a tree, each only while it holds little of the text and no headline. `elements` are
    those that the tree had when it was whole.
    """
    named = elements.of_names(elements.named(_is_named), *_TAGS)
    if not named:
        return
    limit = _MAX_SHARE * len(text_of(tree))
    for element in named:
        if element.getparent() is None or element.find(".//h1") is not None or len(text_of(element)) > limit:
            continue
        element.tag = _DROPPED
    strip_elements(tree, _DROPPED, with_tail=False)


def prune_link_lists(tree: HtmlElement) -> None:
    """Deletes lists that are mostly links: menus, and the lists of other articles that stand in the text."""
    for element in list(tree.iter("ul", "ol")):
        if element.getparent() is None or element.find("li") is None:
            continue
        size = len(text_of(element).strip())
        linked = sum(len(text_of(a).strip()) for a in element.iter("a"))
        if linked >= _LINK_LIST_SHARE * size:
            element.tag = _DROPPED
    strip_elements(tree, _DROPPED, with_tail=False)


_LINK_LIST_SHARE = 0.6
_DROPPED = "dropped"  # all at once: one after the other takes the square of a page that is made of such parts


@lru_cache(maxsize=50_000)
def _is_named(class_names: str, identifier: str) -> bool:
    """Cached, since the pages of an outlet repeat the same few hundred names."""
    is_named = _NAMES.search(f"{class_names}\n{identifier}".lower())
    return bool(is_named and not _TEXT_NAMES.search(class_names))


def link_texts(elements: Elements) -> frozenset[str]:
    """Texts of all links of some length, white space collapsed: a line that is one of them is a pointer elsewhere.

    An address that is shown is what the text gives, no pointer.
    """
    found = (words_of(a) for a in elements.of("a"))
    return frozenset(text for text in found if len(text) >= _MIN_LINK_CHARS and not _ADDRESS.search(text))


_MIN_LINK_CHARS = 12
_ADDRESS = re.compile(r"^(?:https?://\S+|\S+@\S+\.\w+)$")
