"""The bare extraction loop: pages from a file, one process a core, nothing kept. The yardstick of bench_reextract.

python -m tests.benchmarks.bare_extraction PAGES.pickle PROCESSES
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import warnings
from pathlib import Path

from crawler.extract.article import extract_article, warm

_CHUNK = 25


def main() -> None:
    pages = pickle.loads(Path(sys.argv[1]).read_bytes())
    warnings.simplefilter("ignore")
    os.nice(10)  # as re-extraction is: on a busy machine both are served alike
    warm()
    parts = [pages[start : start + _CHUNK] for start in range(0, len(pages), _CHUNK)]
    with multiprocessing.get_context("fork").Pool(int(sys.argv[2])) as pool:
        print(sum(pool.imap_unordered(_read, parts)))


def _read(part: list[tuple[str, bytes]]) -> int:
    return sum(extract_article(html, url=url, content_type="text/html").rejected is None for url, html in part)


if __name__ == "__main__":
    main()
