"""Real pages as frames for the words of generated articles."""

from __future__ import annotations

import gzip
import html
import json
import re
import zlib
from pathlib import Path

from tests.newsweb.chunks import Chunk

TOPICS = 50  # topic pages of an outlet; links of the real pages lead there


class Template:
    """A real page cut at two places: for the head's metadata, and for an article's own lead."""

    STRIP = re.compile(
        r"<title\b.*?</title>|<link\b[^>]*\brel=[\"']?(?:canonical|amphtml|alternate)\b[^>]*>"
        r"|<meta\b[^>]*\b(?:property|name|itemprop)=[\"']?(?:og:|article:|twitter:|date|pub)[^>]*>"
        r"|<script\b[^>]*ld\+json.*?</script>|<base\b[^>]*>",
        re.IGNORECASE | re.DOTALL,
    )
    ANCHOR = re.compile(r"(<a\b[^>]*?\bhref=)(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
    OFFSITE = re.compile(r"(?:https?:)?//[A-Za-z0-9.-]+\.[a-z]{2,}(?::\d+)?(?=[/\"'?])")
    PARAGRAPH = re.compile(r"<p\b[^>]*>(?=(?:[^<]|<(?!/p)[^>]*>){120})", re.IGNORECASE)

    def __init__(self, source: str, text: str | None):
        page = self.STRIP.sub("", source)
        page = self.ANCHOR.sub(lambda m: f'{m[1]}"/topic/{zlib.crc32((m[2] or m[3] or "").encode()) % TOPICS}"', page)
        page = self.OFFSITE.sub("http://offsite.invalid", page)
        head = re.search(r"<head\b[^>]*>", page, re.IGNORECASE) or re.search(r"<html\b[^>]*>|", page, re.IGNORECASE)
        cut = self._lead_spot(page, head.end(), text)
        self.text = text
        self.parts = [Chunk(page[a:b], 6) for a, b in ((0, head.end()), (head.end(), cut), (cut, len(page)))]
        for part in self.parts:
            _ = part.packed  # compress now rather than at the first request

    def _lead_spot(self, page: str, start: int, text: str | None) -> int:
        """Where to put an article's own lead: in the first long paragraph, of the known text if any."""
        known = re.sub(r"\W+", "", text or "")
        for match in self.PARAGRAPH.finditer(page, start):
            words = re.sub(r"\W+", "", html.unescape(re.sub(r"<[^>]*>", "", page[match.end() : match.end() + 600])))
            if not known or (len(words) > 20 and words[:40] in known):
                return match.end()
        return (
            self.PARAGRAPH.search(page, start) or re.compile(r"<body\b[^>]*>|", re.IGNORECASE).search(page, start)
        ).end()

    @classmethod
    def load(cls, folder: Path) -> list[Template]:
        """Every *.html.gz under the folder; texts from a ground-truth.json beside them, if any."""
        known: dict[str, dict] = {}
        for place in (folder, folder.parent):
            if (place / "ground-truth.json").exists():
                known = json.loads((place / "ground-truth.json").read_text("utf-8"))
                break
        templates = [
            cls(
                gzip.decompress(path.read_bytes()).decode("utf-8", "replace"),
                known.get(path.name.removesuffix(".html.gz"), {}).get("articleBody"),
            )
            for path in sorted(folder.rglob("*.html.gz"))
        ]
        if not templates:
            raise SystemExit(f"newsweb: no .html.gz files under {folder}")
        return templates
