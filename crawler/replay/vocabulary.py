"""What may stand in a page that is shown again, and what becomes of all else."""

from __future__ import annotations

#: Elements that come out as they are.
KEPT = frozenset(
    ["abbr", "address", "article", "aside", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "dd",
     "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5",
     "h6", "header", "hr", "i", "ins", "kbd", "li", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s",
     "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
     "thead", "time", "tr", "u", "ul", "var", "wbr"]
)  # fmt: skip
#: Those that come out as another, which shows the same.
RENAMED = {
    "a": "span", "area": "span", "big": "span", "center": "div", "dir": "ul", "font": "span", "listing": "pre",
    "main": "div", "menu": "ul", "nobr": "span", "plaintext": "pre", "strike": "s", "tt": "code", "xmp": "pre",
}  # fmt: skip
#: Those that go with all that is in them, and what a reader calls them.
TAKEN_OUT = {
    "script": "scripts", "style": "style sheets", "template": "scripts",
    "img": "pictures", "svg": "drawings", "math": "drawings", "canvas": "drawings",
    "audio": "sounds and films", "video": "sounds and films", "object": "sounds and films",
    "embed": "sounds and films", "applet": "sounds and films",
    "iframe": "frames", "frame": "frames", "noembed": "frames", "portal": "frames",
    "input": "form fields", "select": "form fields", "textarea": "form fields", "datalist": "form fields",
    "keygen": "form fields", "option": "form fields", "isindex": "form fields",
}  # fmt: skip
#: Those that go with all that is in them and that nobody misses: what a page says of itself to machines.
UNSEEN = frozenset(["base", "basefont", "bgsound", "col", "link", "meta", "param", "source", "title", "track"])
#: Those that go, what is in them stays, and nobody misses them.
UNWRAPPED = frozenset(
    ["body", "button", "colgroup", "fieldset", "form", "frameset", "head", "hgroup", "html", "label", "legend",
     "noframes", "noscript", "optgroup", "picture", "search", "slot"]
)  # fmt: skip
#: Elements without an end.
VOID = frozenset(["br", "hr", "wbr"])
#: A browser opens these again in whatever follows an end that is out of order, so each is like every other.
FORMATTING = frozenset(["b", "code", "em", "i", "s", "small", "strong", "u"])
