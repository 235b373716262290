"""Imported by the fork server before it forks: children start with everything loaded, and share that memory."""

import gc

gc.disable()  # little of what is loaded is garbage

from crawler.pipelines.child import warm  # noqa: E402

warm()
gc.collect()
gc.freeze()  # what is shared is not touched by collections in the children, so its pages stay shared
gc.enable()
