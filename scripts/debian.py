"""Installing Debian's packages, as root or through `sudo -n`, without starting any service of the system."""

from __future__ import annotations

import os
import shutil
import subprocess

#: Refuses service starts while packages install (deb-systemd-invoke and invoke-rc.d both ask policy-rc.d), tries
#: the package lists as they are first, and puts the old policy back whatever happens.
_INSTALL = """
policy=/usr/sbin/policy-rc.d
restore() { rm -f "$policy"; if [ -e "$policy.presswatch" ]; then mv "$policy.presswatch" "$policy"; fi; }
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [ -e "$policy" ]; then mv "$policy" "$policy.presswatch"; fi
printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy"
export DEBIAN_FRONTEND=noninteractive
get="apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=30"
$get install --no-install-recommends "$@" || { $get update && $get install --no-install-recommends "$@"; }
"""

_TIMEOUT_S = 900


class CannotInstall(Exception):
    """A package could not be installed; the message says why and what to type."""


def install(*packages: str) -> None:
    """Installs packages of Debian or a system made from it. Raises CannotInstall."""
    by_hand = f"`apt-get install {' '.join(packages)}`"
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"this system has no apt-get; install what Debian calls {', '.join(packages)}")
    prefix = _as_root()
    if prefix is None:
        raise CannotInstall(f"that takes root and `sudo` asks for a password or is absent; as root, run {by_hand}")
    try:
        done = subprocess.run(
            [*prefix, "sh", "-c", _INSTALL, "install", *packages],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotInstall(f"apt-get took more than {_TIMEOUT_S} s; as root, run {by_hand}") from error
    if done.returncode:
        last = "\n    ".join(done.stdout.strip().splitlines()[-8:])
        raise CannotInstall(f"apt-get failed; as root, run {by_hand}. Its last words:\n    {last}")


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
