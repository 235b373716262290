"""The entities in force: those that come along, and the operator's own, which win."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog

from control.settings import BadSettings, Settings
from delivery.watchlists.entities import Entity, EntityError, read_entities
from delivery.watchlists.shipped import shipped_entities

log = structlog.get_logger(__name__)


def entities_of(settings: Settings) -> Mapping[str, Entity]:
    """Entities by key. Raises BadSettings, which names the file and what is wrong."""
    try:
        own = [(str(file), file.read_text(encoding="utf-8")) for file in _own_files(settings)]
        return read_entities([*shipped_entities(), *own])
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"the files of entities cannot be read: {error}") from error
    except EntityError as error:
        raise BadSettings(str(error)) from error


class EntitiesInForce:
    """Entities for a process that runs on: read anew when a file was changed, and kept where one is broken then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state: object = None
        self._entities: Mapping[str, Entity] = {}

    def __call__(self) -> Mapping[str, Entity]:
        """Entities by key."""
        state = self._looked_up()
        if state != self._state:
            try:
                self._entities = entities_of(self._settings)
            except BadSettings as error:
                log.error("entities_unreadable", error=str(error))  # noqa: TRY400 (the message tells all)
                self._entities = self._entities or read_entities(shipped_entities())
            self._state = state
        return self._entities

    def _looked_up(self) -> object:
        try:
            files = [(file, file.stat()) for file in _own_files(self._settings)]
        except OSError as error:
            return str(error)
        return [(str(file), stat.st_mtime_ns, stat.st_size) for file, stat in files]


def _own_files(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / "entities").glob("*.toml"))
