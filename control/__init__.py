"""The `presswatch` command, settings, and the processes of the service."""

import sys

# structlog loads its bridge to Twisted wherever Twisted is installed, a seventh of a second of what nobody here uses;
# a module that stands as None cannot be imported (importlib), and structlog does without it.
sys.modules.setdefault("structlog.twisted", None)  # type: ignore[arg-type]
