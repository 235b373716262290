"""The entities in force: those that come along, and the operator's own, which win."""

from __future__ import annotations

from collections.abc import Mapping

from control.settings import BadSettings, Settings
from delivery.watchlists.entities import Entity, EntityError, read_entities
from delivery.watchlists.shipped import shipped_entities


def own_files(settings: Settings) -> list[tuple[str, str]]:
    """(path, text) of each file in the folder `entities` of the data folder. Raises BadSettings."""
    try:
        return [
            (str(file), file.read_text(encoding="utf-8"))
            for file in sorted((settings.data_dir / "entities").glob("*.toml"))
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"the files of entities cannot be read: {error}") from error


def entities_of(settings: Settings) -> Mapping[str, Entity]:
    """Entities by key. Raises BadSettings, which names the file and what is wrong."""
    try:
        return read_entities([*shipped_entities(), *own_files(settings)])
    except EntityError as error:
        raise BadSettings(str(error)) from error
