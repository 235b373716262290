"""Other extractors behind the shared scorer's interface, each at its best; run in a throw-away environment.

`python rivals.py SCORER PAGES NAME` prints one JSON line a corpus. It imports nothing of Presswatch, so that it runs
where only the rival is installed.
"""

# ruff: noqa: PLC0415
# only the rival that is measured is installed

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Fields = Mapping[str, Any]
CORPORA = ("fundus", "traf-eval", "aeb", "fundus-eval", "daniel", "postlight", "htmldate", "mc2020")
_POOLED = ("fundus", "aeb", "fundus-eval")


def presswatch() -> Callable[[bytes, str], Fields]:
    """Ours, without rules, hints and past."""
    from tests.benchmarks.extract import fields

    return fields


def presswatch_past() -> Callable[[bytes, str], Fields]:
    """Ours, with five other pages of the site known."""
    from tests.benchmarks.extract_past import fields

    return fields


def trafilatura() -> Callable[[bytes, str], Fields]:
    """trafilatura's default with metadata: its best F1 here."""
    import trafilatura as engine

    def read(html: bytes, url: str) -> Fields:
        document = engine.bare_extraction(html, url=url or None, with_metadata=True)
        if document is None:
            return {}
        found = document.as_dict()
        return {**found, "authors": [a.strip() for a in (found.get("author") or "").split(";") if a.strip()]}

    return read


def newspaper4k() -> Callable[[bytes, str], Fields]:
    """newspaper4k from HTML, images not fetched."""
    import newspaper

    def read(html: bytes, url: str) -> Fields:
        article = newspaper.Article(url or "http://unknown.test/", fetch_images=False)
        article.download(input_html=html.decode("utf-8", "replace"))
        article.parse()
        day = article.publish_date
        return {
            "title": article.title,
            "authors": article.authors,
            "date": day.isoformat() if day else None,
            "language": article.meta_lang,
            "text": article.text,
        }

    return read


def readability() -> Callable[[bytes, str], Fields]:
    """readability-lxml: a body and a title."""
    from lxml.html import fromstring
    from readability import Document

    def read(html: bytes, url: str) -> Fields:
        document = Document(html.decode("utf-8", "replace"), url=url or None)
        summary = fromstring(document.summary())
        return {"title": document.short_title(), "text": "\n".join(summary.itertext())}

    return read


def goose3() -> Callable[[bytes, str], Fields]:
    """goose3 from HTML."""
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False, "strict": False})

    def read(html: bytes, url: str) -> Fields:
        found = goose.extract(raw_html=html.decode("utf-8", "replace"))
        return {
            "title": str(found.title or ""),
            "authors": [name for name in found.authors if isinstance(name, str)],
            "date": str(found.publish_date or ""),
            "language": str(found.meta_lang or ""),
            "text": str(found.cleaned_text or ""),
        }

    return read


def newsplease() -> Callable[[bytes, str], Fields]:
    """news-please from HTML."""
    from newsplease import NewsPlease

    def read(html: bytes, url: str) -> Fields:
        found = NewsPlease.from_html(
            html.decode("utf-8", "replace"), url=url or "http://unknown.test/", fetch_images=False
        )
        return {
            "title": found.title,
            "authors": found.authors,
            "date": str(found.date_publish or ""),
            "language": found.language,
            "text": found.maintext,
        }

    return read


def fundus() -> Callable[[bytes, str], Fields]:
    """Fundus: its own parser of each publisher it knows; nothing of others."""
    from fundus import PublisherCollection

    parsers = {}
    for publisher in PublisherCollection:
        host = (urlsplit(publisher.domain).hostname or "").removeprefix("www.")
        parsers[host] = publisher.parser

    def read(html: bytes, url: str) -> Fields:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        parser = parsers.get(host)
        if parser is None:
            return {}
        found = parser().parse(html.decode("utf-8", "replace"), "suppress")
        day = found.get("publishing_date")
        return {
            "title": found.get("title"),
            "authors": found.get("authors") or [],
            "date": day.isoformat() if day else None,
            "text": str(found.get("body") or ""),
        }

    return read


RIVALS = {
    "presswatch": presswatch,
    "presswatch+past": presswatch_past,
    "trafilatura": trafilatura,
    "newspaper4k": newspaper4k,
    "readability-lxml": readability,
    "goose3": goose3,
    "news-please": newsplease,
    "fundus": fundus,
}


def measure(scorer: Any, pages: Path, read: Callable[[bytes, str], Fields], every: int) -> None:
    """One JSON line a corpus: the scorer's figures, pages, failures, CPU a page; then one of pooled bodies.

    Before each page it waits for a line of its input, and says `{}` after it: so extractors can take turns.
    """
    pooled: list[float] = []
    spoken: list[float] = []
    for corpus in CORPORA:
        rows, failed, cpu = [], 0, 0.0
        for gold in list(map(json.loads, (pages / f"{corpus}.jsonl").open(encoding="utf-8")))[::every]:
            html = gzip.decompress((pages / gold["html"]).read_bytes())
            sys.stdin.readline()
            started = time.process_time()
            try:
                got = read(html, gold.get("url") or "")
            except Exception:  # noqa: BLE001 - a page that a rival fails on is scored as empty
                got, failed = {}, failed + 1
            cpu += time.process_time() - started
            print("{}", flush=True)
            rows.append(scorer.score(gold, got))
        if corpus in _POOLED:
            pooled += [row["wordF1"] for row in rows if "wordF1" in row]
        spoken += [row["lang"] for row in rows if "lang" in row]
        figures = {name: round(100 * value, 2) for name, value in scorer.summary(rows).items()}
        told = {"corpus": corpus, "pages": len(rows), "failed": failed, "ms": round(1000 * cpu / max(1, len(rows)), 1)}
        print(json.dumps({**told, **figures}), flush=True)
    share = {
        "corpus": "pooled",
        "at99": round(100 * sum(f >= 0.99 for f in pooled) / max(1, len(pooled)), 2),
        "under80": round(100 * sum(f < 0.80 for f in pooled) / max(1, len(pooled)), 2),
        "lang": round(100 * sum(spoken) / max(1, len(spoken)), 2),
    }
    print(json.dumps(share), flush=True)


def main() -> None:
    """Measures one rival."""
    scorer_path, pages, name, every = sys.argv[1:5]
    spec = importlib.util.spec_from_file_location("shared_score", scorer_path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{scorer_path} is no module")
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    read = RIVALS[name]()

    measure(scorer, Path(pages), read, int(every))


if __name__ == "__main__":
    main()
