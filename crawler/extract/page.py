"""A page, read once: the tree and all that its head declares, shared by every room."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import (
    HtmlComment,
    HtmlElement,
    HtmlEntity,
    HTMLParser,
    HtmlProcessingInstruction,
    document_fromstring,
)

from crawler.extract import jsonld, metatags
from crawler.extract.burden import without_attribute_floods
from crawler.extract.elements import Elements, PageElement
from crawler.extract.presence import Presence

#: lxml.html asks a Python function for the class of every element; nobody here needs those of forms and inputs.
_ONE_CLASS = etree.ElementDefaultClassLookup(
    element=PageElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)
_OVERLOADED: Callable[[HtmlElement], list[HtmlElement]] = etree.XPath("//*/@*[201]/..")  # type: ignore[assignment]  # an attack: such an element costs minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every room reads: never changed before the body is cut out of the tree."""

    url: str
    tree: HtmlElement
    meta: Mapping[str, tuple[str, ...]]
    article: jsonld.Node  # the JSON-LD node of the article, or an empty one
    elements: Elements  # of the tree, as long as it is whole
    presence: Presence  # of names in its text
    nodes: tuple[jsonld.Node, ...] = ()
    names: tuple[str, ...] = field(default=())  # how the outlet calls itself, as far as known
    scripts: tuple[str, ...] = ()  # of a page that declares no date: where its day may be

    def first_meta(self, *names: str) -> str | None:
        """The first value of the first of these meta names that is there."""
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    def canonical(self) -> str | None:
        """The first address that rel=canonical names, as the page writes it."""
        links = (e for e in self.elements.of("link") if "canonical" in (e.get("rel") or "").lower().split())
        return next((href for link in links if (href := (link.get("href") or "").strip())), None)


def parse(text: str) -> HtmlElement | None:
    """One tree of a page's text; None when there is nothing to parse. Raises nothing."""
    parser = HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = document_fromstring(without_attribute_floods(text).encode("utf-8", "ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    for element in _OVERLOADED(tree):
        element.attrib.clear()
    return tree


def read_page(tree: HtmlElement, url: str, names: tuple[str, ...]) -> Page:
    """Structured data and meta of a tree; scripts and the like, once read, are deleted from it."""
    meta = metatags.read_meta(tree)
    nodes = tuple(jsonld.nodes(tree))
    article = _article_node(nodes)
    is_dated = bool(article.get("datePublished") or "article:published_time" in meta)
    scripts = () if is_dated else tuple(text for script in tree.iter("script") if (text := script.text))
    etree.strip_elements(tree, *_DEAD, with_tail=False)
    said = (
        *names,
        *meta.get("og:site_name", ()),
        *meta.get("application-name", ()),
        *filter(None, [_publisher(article)]),
        *_domain_names(url),
        *(name for node in nodes if _is_site(node) and (name := jsonld.text_of(node.get("name")))),
    )
    names = tuple(dict.fromkeys([*said, *filter(None, map(_host_owner, said))]))
    whole = Elements(tree)
    return Page(
        url=url,
        tree=tree,
        elements=whole,
        presence=Presence(whole),
        meta=meta,
        article=article,
        nodes=nodes,
        names=names,
        scripts=scripts,
    )


def _publisher(article: jsonld.Node) -> str | None:
    """The publisher's name, unless it is a person's: whoever writes a blog publishes it and signs as well."""
    publisher = article.get("publisher")
    is_person = isinstance(publisher, dict) and "person" in jsonld.types(publisher)
    return None if is_person else jsonld.text_of(publisher)


def _is_site(node: jsonld.Node) -> bool:
    kinds = jsonld.types(node)
    return bool(kinds & _SITES) and "person" not in kinds


def _domain_names(url: str) -> list[str]:
    """The parts of a host that name its owner: "jpost" of www.jpost.com, "trackpersia" and so on. Where anybody may
    keep a blog, the first part names who writes it: no outlet.
    """
    host = (urlsplit(url).hostname or "") if "[" not in url else ""
    if host.endswith(_BLOG_HOSTS) or ".blogspot." in host:
        return []
    parts = [p for p in host.split(".")[:-1] if p not in _HOST_PREFIXES]
    return list(dict.fromkeys((parts[0], parts[-1]))) if parts else []


def _host_owner(name: str) -> str | None:
    """The owner's name where a site is called by its address ("www.elcolombiano.com")."""
    found = _ADDRESS.fullmatch(name)
    return found[1] if found else None


_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+)(?:\.[\w-]{2,})+/?", re.IGNORECASE)
_BLOG_HOSTS = (
    ".wordpress.com", ".tumblr.com", ".substack.com", ".medium.com", ".typepad.com", ".livejournal.com",
    ".over-blog.com", ".hatenablog.com", ".ghost.io", ".github.io", ".twoday.net", ".blog.hu",
)  # fmt: skip
_HOST_PREFIXES = frozenset(
    {"www", "m", "mobile", "amp", "edition", "news", "en", "fa", "ar", "blog", "co", "com", "web"}
)
_DEAD = (
    "script",
    "style",
    "svg",
    "template",
    "iframe",
    "object",
    "embed",
    "canvas",
    "select",
    "option",
    "video",
    "audio",
)
_SITES = frozenset({"website", "newsmediaorganization", "organization"})


def _article_node(nodes: tuple[jsonld.Node, ...]) -> jsonld.Node:
    """The article's node: of an article type with the most fields; a tie goes to the first. An entry of a live blog,
    an article by its type, is none.
    """
    best: jsonld.Node = {}
    best_score = 0.0
    entries = {id(entry) for node in nodes if isinstance(e := node.get("liveBlogUpdate"), list) for entry in e}
    for node in nodes:
        if id(node) in entries:
            continue
        kinds = jsonld.types(node)
        score = 0.0
        if kinds & jsonld.ARTICLE_TYPES:
            score = 10.0
        elif kinds & jsonld.PAGE_TYPES and "datePublished" in node:
            score = 1.0
        else:
            continue
        score += sum(1.0 for name in _TELLING if node.get(name))
        if score > best_score:
            best, best_score = node, score
    return best


_TELLING = ("headline", "datePublished", "author", "articleBody", "publisher", "mainEntityOfPage")


_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "data",
        "em",
        "font",
        "i",
        "ins",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg"})


def plain(element: HtmlElement) -> str:
    """Text of an element as a reader sees it: blocks apart, white space collapsed, scripts and styles left out."""
    parts: list[str] = []
    for child in element.iter():
        is_block = child.tag not in _INLINE
        if is_block:
            parts.append(" ")
        if child.text and child.tag not in _UNSEEN:
            parts.append(child.text)
        if child.tail and child is not element:
            parts.extend((" ", child.tail) if is_block else (child.tail,))
    return " ".join("".join(parts).split())
