"""Logging: structlog and the standard library's loggers in one stream of lines on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

_NOISY = (
    "alembic",
    "twisted",
    "trafilatura",
    "htmldate",
    "asyncio",
    "filelock",
    "urllib3",
    "uvicorn.access",
    "charset_normalizer",
)


def set_up_logging(level: str, *, role: str | None = None) -> None:
    """Lines for a person on a terminal, JSON elsewhere. Control characters from outside never reach a terminal raw."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    is_terminal = sys.stderr.isatty()
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer(ensure_ascii=True)
    )
    structlog.configure(
        processors=[*processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _printable, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING if name != "twisted" else logging.ERROR)
    logging.getLogger("scrapy").setLevel(logging.WARNING)
    if role:
        structlog.contextvars.bind_contextvars(role=role)


#: Not printable to Python, and harmless: lines and columns, and the joiners that Persian words are spelled with.
_HARMLESS = "\n\t\u200c\u200d"


def printable(text: str) -> str:
    """A text from outside as it may be shown on a terminal: control characters become visible."""
    return "".join(c if c.isprintable() or c in _HARMLESS else f"\\x{ord(c):02x}" for c in text)


def _printable(_logger: object, _name: str, fields: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: _shown(value) for name, value in fields.items()}


def _shown(value: Any) -> Any:
    """A field as it may be shown, whatever texts lie in it."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_shown(name): _shown(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(part) for part in value]
    return value
