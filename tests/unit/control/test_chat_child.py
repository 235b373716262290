"""The child process that sends to chats, whatever the library in it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

#: As much of apprise as the child uses; it prints, as plugins of it do.
_NOISY = """
from contextlib import contextmanager
from types import SimpleNamespace

print("imported")
PersistentStoreMode, OverflowMode = SimpleNamespace(MEMORY=1), SimpleNamespace(SPLIT=1)
NotifyType = SimpleNamespace(INFO=1)


def AppriseAsset(**_):
    return None


class Apprise:
    @staticmethod
    def instantiate(url, **_):
        return Apprise()

    def notify(self, **_):
        print("sent")
        return True


@contextmanager
def LogCapture(**_):
    yield SimpleNamespace(getvalue=lambda: "")
"""


def test_what_a_library_prints_does_not_make_a_sent_message_one_that_failed(tmp_path: Path):
    (tmp_path / "apprise.py").write_text(_NOISY)
    asked = {"url": "x://", "networks": [], "title": "t", "body": "b"}
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "."), "."])
    ran = subprocess.run(
        [sys.executable, "-m", "control.chatting"],
        input=json.dumps(asked).encode(),
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(ran.stdout) == {"problem": None}
    assert b"sent" in ran.stderr
