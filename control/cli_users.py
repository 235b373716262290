"""`presswatch users`: who may log in and use the API, and as what; `presswatch audit`: what they changed."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from control.choosing import opened
from control.printing import ago, as_json, json_option, say
from control.refusal import WrongWords
from control.settings import Settings
from delivery.access.credentials import BadName, checked_user_name, new_token
from storage.records import AuditEntry, Role, User

_role = click.Choice([role.value for role in Role])


@click.group("users")
def users_group() -> None:
    """Who may use pages and API: named tokens with a role.

    A reader reads; an analyst also keeps watchlists, channels and exports; an operator may do all. Without users,
    whoever sits at this machine may do all; with one, everybody logs in.
    """


@users_group.command("add")
@click.argument("name")
@click.option("--role", type=_role, default=Role.READER.value, show_default=True, help="What the user may do.")
@click.pass_obj
def add_command(settings: Settings, name: str, role: str) -> None:
    """Add a user and print the token, which is shown this once and kept nowhere."""
    token = new_token()
    with opened(settings) as store:
        user = store.users.add(name=_checked(name), role=Role(role), token=token, now=_now())
    say(f"Added {user.name}, {user.role.value}. The token, which is not shown again:")
    click.echo(token)
    say("It logs in on the page, together with the name, and goes to the API as `Authorization: Bearer TOKEN`.")


@users_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List all users; their tokens are kept nowhere."""
    now = _now()
    with opened(settings) as store:
        users = store.users.users(now)
    if as_json_lines:
        click.echo(as_json(users))
        return
    for user in users:
        state = "  disabled" if user.is_disabled else ""
        say(f"{user.name:24} {user.role.value:9} seen {ago(user.seen_at, now)}, {_sessions(user)}{state}")
    if not users:
        say("There are no users: whoever sits at this machine may do all. `presswatch users add NAME` adds one.")


@users_group.command("rotate")
@click.argument("name")
@click.pass_obj
def rotate_command(settings: Settings, name: str) -> None:
    """Give a user another token; the old one and all sessions end at once."""
    token = new_token()
    with opened(settings) as store:
        user = store.users.rotate(_checked(name), token, _now())
    say(f"{user.name} has another token, and is logged in nowhere. The token, which is not shown again:")
    click.echo(token)


@users_group.command("role")
@click.argument("name")
@click.argument("role", type=_role)
@click.pass_obj
def role_command(settings: Settings, name: str, role: str) -> None:
    """Change what a user may do; it holds at once, for sessions too."""
    with opened(settings) as store:
        user = store.users.change(_checked(name), now=_now(), role=Role(role))
    say(f"{user.name} is {user.role.value} now.")


@users_group.command("disable")
@click.argument("name")
@click.pass_obj
def disable_command(settings: Settings, name: str) -> None:
    """Let a user in no more, neither by token nor by a session; `users enable` takes it back."""
    with opened(settings) as store:
        user = store.users.change(_checked(name), now=_now(), is_disabled=True)
    say(f"{user.name} is let in no more; `presswatch users enable` takes that back.")


@users_group.command("enable")
@click.argument("name")
@click.pass_obj
def enable_command(settings: Settings, name: str) -> None:
    """Let a user who was disabled in again, with the token that there was."""
    with opened(settings) as store:
        user = store.users.change(_checked(name), now=_now(), is_disabled=False)
    say(f"{user.name} is let in again.")


@users_group.command("logout")
@click.argument("name")
@click.pass_obj
def logout_command(settings: Settings, name: str) -> None:
    """End all sessions of a user; the token still holds."""
    with opened(settings) as store:
        user = store.users.change(_checked(name), now=_now())
        ended = store.sessions.end_all(user.id)
    say(f"{user.name} was logged out of {ended} browser{'' if ended == 1 else 's'}.")


@users_group.command("remove")
@click.argument("name")
@click.pass_obj
def remove_command(settings: Settings, name: str) -> None:
    """Remove a user with all sessions; what the user did stays in the audit log."""
    with opened(settings) as store:
        store.users.remove(_checked(name))
        is_last = not store.users.has_any()
    say(f"Removed {name}.")
    if is_last:
        say("There are no users now: whoever sits at this machine may do all, and other machines are let in no more.")


@click.command("audit")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--who", help="Only changes of this one.")
@json_option
@click.pass_obj
def audit_command(settings: Settings, limit: int, who: str | None, as_json_lines: bool) -> None:
    """Show who changed what, when and from where, newest first: on pages, by the API, and by command."""
    with opened(settings) as store:
        entries = store.audit.entries(limit, who=who)
    if as_json_lines:
        click.echo(as_json(entries))
        return
    for entry in entries:
        say(_line(entry))
    if not entries:
        say("nothing was changed yet")


def _line(entry: AuditEntry) -> str:
    place = f" from {entry.address}" if entry.address else ""
    about = f" {entry.about}" if entry.about else ""
    return f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.who}{place}: {entry.what}{about}  [{entry.outcome or 'not known'}]"


def _sessions(user: User) -> str:
    return f"{user.sessions} session{'' if user.sessions == 1 else 's'}"


def _checked(name: str) -> str:
    try:
        return checked_user_name(name)
    except BadName as error:
        raise WrongWords(str(error)) from error


def _now() -> datetime:
    return datetime.now(UTC)
