"""Imported by the fork server before it forks: children start with everything loaded, and share that memory."""

from crawler.pipelines.child import warm

warm()
