"""What an outlet answers, before it is put on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.newsweb.articles import Article
from tests.newsweb.chunks import Chunk
from tests.newsweb.real import RealPage


@dataclass
class Reply:
    """A response before conditional requests, compression and body faults are seen to."""

    chunks: list[Chunk] = field(default_factory=list)
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    modified: float | None = None
    kind: str = "other"
    article: Article | RealPage | None = None
    variant: str = ""
    revision: int | None = None

    @classmethod
    def of_text(cls, text: str, content_type: str, kind: str, status: int = 200) -> Reply:
        """A reply of one piece of text."""
        return cls([Chunk(text)], status, content_type, kind=kind)


def redirect(location: str, status: int = 301, **fields: object) -> Reply:
    """A redirect; `fields` are further ones of the reply."""
    return Reply(status=status, headers={"Location": location}, **fields)  # type: ignore[arg-type]
