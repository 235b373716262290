"""Who answers for this copy of Presswatch: without a contact, outlets can only block it."""

from __future__ import annotations

import click

from control.settings import BadSettings, Settings

#: All IPv4 addresses of this machine.
EVERYWHERE = "0.0.0.0"  # noqa: S104 (only with --public, which asks for it)
_REMEDY = "set PRESSWATCH_CONTACT to your address, such as https://example.org/bot or press@example.org"


def demand_contact(settings: Settings, *, is_public: bool) -> None:
    """Warns on standard error where outlets cannot write to the operator. Raises BadSettings for a public service."""
    if settings.contact:
        return
    if is_public:
        raise BadSettings(f"--public needs a contact, which outlets see in our User-Agent: {_REMEDY}")
    click.echo(f"presswatch: outlets see no contact of yours, and can only block you: {_REMEDY}", err=True)
