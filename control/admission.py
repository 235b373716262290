"""The users of a service, as its settings have them, and the rule that no open port is without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from control.loopback import is_loopback
from control.settings import BadSettings, Settings
from delivery.access.desk import AccessDesk
from storage.store import Store


def access_from(settings: Settings, store: Store, clock: Callable[[], datetime]) -> AccessDesk:
    """Who may come in."""
    return AccessDesk(
        store.users,
        store.sessions,
        store.audit,
        clock=clock,
        session_h=settings.session_hours,
        per_minute=settings.api_per_minute,
    )


def demand_users(settings: Settings, store: Store, now: datetime) -> None:
    """Raises BadSettings where other machines would reach pages that nobody can log in to."""
    if is_loopback(settings.host) or any(not user.is_disabled for user in store.users.users(now)):
        return
    raise BadSettings(
        f"cannot listen on {settings.host} without users: other machines would reach all pages; add one with "
        "`presswatch users add NAME --role operator`, or set PRESSWATCH_HOST to 127.0.0.1"
    )
