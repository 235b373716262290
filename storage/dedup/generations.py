"""How long the seen-set remembers."""

from __future__ import annotations

#: The running generation and the one before: what was confirmed in neither is forgotten. With two, a key lives for
#: one whole cycle at least and two at most; a third would cost memory for URLs that no source lists any more.
KEPT_GENERATIONS = 2
