"""Everything that discovery raises.

DiscoveryError
└── BadUrl      text that is no http(s) URL which can be fetched
"""

from __future__ import annotations


class DiscoveryError(Exception):
    """Something a source listed cannot be used."""


class BadUrl(DiscoveryError):
    """The text is no http(s) URL that can be fetched. Its message says why; correct the URL or leave it out."""
