"""docker-compose.yml as tests read it: anchors merged, variables of an env file put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE, EXAMPLE, DOCKERFILE = ROOT / "docker-compose.yml", ROOT / "compose.env.example", ROOT / "Dockerfile"

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\})")


def read(variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables put in, as Compose does it. Raises KeyError for one that is required and unset."""
    return _filled(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")), variables)


def variables() -> dict[str, str | None]:
    """The variables of the file: their defaults, None where one is required."""
    found = {}
    for match in _VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8")):
        if match["name"]:
            found[match["name"]] = match["rest"] if match["kind"] == "-" else None
    return found


def _filled(part: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _filled(value, variables) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, variables) for value in part]
    return _VARIABLE.sub(lambda match: _value(match, variables), part) if isinstance(part, str) else part


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["name"] is None:
        return "$"
    if value := variables.get(match["name"]):
        return value
    if match["kind"] == "-":
        return match["rest"]
    raise KeyError(match["name"])
