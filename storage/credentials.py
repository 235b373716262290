"""User names and passwords that the operator gave for outlets, by origin: one file that only its owner may read.

A file apart, and no table: what reads the database (pages, API, reports, dumps) then holds no secret. Its price is
that each machine with workers needs the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from storage.errors import CredentialsUnusable

_MODE = 0o600


class CredentialFile:
    """Secrets are `user:password`, as HTTP Basic has them (RFC 7617). All methods raise CredentialsUnusable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._secrets: dict[str, str] = {}

    def of(self, origin: str) -> str | None:
        """The secret for `scheme://host[:port]`; a changed file is read again."""
        return self._read().get(origin)

    def origins(self) -> frozenset[str]:
        """Where something is sent; the secrets stay here."""
        return frozenset(self._read())

    def keep(self, secrets: Mapping[str, str]) -> None:
        """Keeps secrets by origin, replacing what there was for these."""
        if secrets:
            self._write({**self._read(), **secrets})

    def remove(self, origin: str) -> bool:
        """Forgets an origin's secret; False when there is none."""
        left = dict(self._read())
        if left.pop(origin, None) is None:
            return False
        self._write(left)
        return True

    def _read(self) -> dict[str, str]:
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._secrets = _checked(json.loads(self.path.read_text(encoding="utf-8")))
                self._stamp = stamp
        except FileNotFoundError:
            self._secrets, self._stamp = {}, None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__  # never what it holds
            raise CredentialsUnusable(f"{self.path} cannot be read ({why}); mend or remove it") from None
        return self._secrets

    def _write(self, secrets: Mapping[str, str]) -> None:
        new = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(dict(sorted(secrets.items())), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise CredentialsUnusable(f"{self.path} cannot be written: {error.strerror or error}") from error


def _checked(value: object) -> dict[str, str]:
    """Raises ValueError for what is no mapping of texts."""
    if not isinstance(value, dict) or not all(isinstance(secret, str) for secret in value.values()):
        raise ValueError("no mapping of origins to secrets")
    return value
