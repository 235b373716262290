"""Environments in which a rival of a benchmark is installed: apart from ours, and thrown away, since none is a dependency."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

#: What pip is told, by rival. Without lxml_html_clean some fail at their first page.
PACKAGES = {
    "trafilatura": "trafilatura",
    "newspaper4k": "newspaper4k",
    "readability-lxml": "readability-lxml",
    "goose3": "goose3",
    "news-please": "news-please",
    "fundus": "fundus curl_cffi>=0.13,<0.14",  # with newer ones it cannot be imported: they renamed what it takes
}
INSTALL_WITHIN_S = 300


def environment_of(name: str, folder: Path) -> Path | None:
    """The interpreter of an environment under `folder` that has the rival: the one that is there, or a new one.

    None when it cannot be had; a line on standard error then says why, and how to install it by hand.
    """
    python = folder / name / "bin" / "python"
    if python.exists():
        return python
    venv.create(folder / name, with_pip=True)
    command = [str(python), "-m", "pip", "install", *_packages(name)]
    try:
        done = subprocess.run(
            [*command, "-q", "--disable-pip-version-check"],
            capture_output=True,
            text=True,
            timeout=INSTALL_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        why = f"it was not installed within {INSTALL_WITHIN_S} s"
    else:
        if not done.returncode:
            return python
        why = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
    print(f"{name} is absent: {why}. By hand: {how_to_install(name)}", file=sys.stderr)
    return None


def how_to_install(name: str) -> str:
    """What a person types to have a rival in an environment that a benchmark then takes with --environments."""
    packages = " ".join(f"'{package}'" if "<" in package else package for package in _packages(name))
    return f"python -m venv FOLDER/{name} && FOLDER/{name}/bin/pip install {packages}, then --environments FOLDER"


def _packages(name: str) -> Sequence[str]:
    return [*PACKAGES[name].split(), "lxml_html_clean"]
