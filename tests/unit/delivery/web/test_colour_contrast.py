"""Every text colour on every background it stands on keeps WCAG 2.2 AA: 4.5 to 1, 3 to 1 for outlines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import delivery.web

STYLE = (Path(delivery.web.__file__).parent / "static" / "style.css").read_text()
_LIGHT, _DARK = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in STYLE.split("@media", 2)[:2])
SCHEMES = {"light": _LIGHT, "dark": _LIGHT | _DARK}

TEXTS = [
    *[(text, paper) for text in ("ink", "soft", "accent", "link", "bad") for paper in ("paper", "raised")],
    *[(name, f"{name}-bg") for name in ("ok", "bad", "wait", "off")],
    ("ink", "off-bg"),
    ("ink", "field"),
    ("soft", "field"),
    ("paper", "ink"),
    ("raised", "accent"),
]
OUTLINES = [("focus", "paper"), ("focus", "raised"), ("field-line", "field"), ("field-line", "raised")]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read(scheme):
    colours = SCHEMES[scheme]
    assert len(_LIGHT) > 15
    too_faint = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in too_faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_outlines_can_be_seen(scheme):
    colours = SCHEMES[scheme]
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in OUTLINES}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}
