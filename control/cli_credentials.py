"""`presswatch credentials`: user names and passwords for outlets that ask for them."""

from __future__ import annotations

import click

from control.given_credentials import credential_file
from control.printing import as_json, json_option, say
from control.refusal import Refusal, WrongWords
from control.settings import Settings
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import origin


@click.group("credentials")
def credentials_group() -> None:
    """User names and passwords that are sent to outlets: to the very origin they were given for, and nowhere else.

    They are taken out of addresses such as https://user:password@example.org/feed wherever you give one (`outlets add`,
    outlet files, OPML), and kept in credentials.json in the data folder, which only its owner can read.
    """


@credentials_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List the origins that credentials are kept for; the credentials themselves are shown nowhere."""
    sites = sorted(credential_file(settings).origins())
    if as_json_lines:
        click.echo(as_json([{"origin": site} for site in sites]))
        return
    for site in sites:
        say(site)
    if not sites:
        say("no credentials are kept")


@credentials_group.command("set")
@click.argument("url")
@click.option("--user", prompt=True, help="The user name; asked for if left out.")
@click.password_option(confirmation_prompt=False, help="The password; asked for if left out, which keeps it from ps.")
@click.pass_obj
def set_command(settings: Settings, url: str, user: str, password: str) -> None:
    """Keep a user name and password for the origin of URL, replacing those there."""
    if ":" in user:
        raise WrongWords("a user name with a colon cannot be sent by HTTP Basic")
    site = _site(url)
    credential_file(settings).keep({site: f"{user}:{password}"})
    say(f"credentials are kept for {site}, and sent there for outlets whose home page or sources are there")


@credentials_group.command("remove")
@click.argument("url")
@click.pass_obj
def remove_command(settings: Settings, url: str) -> None:
    """Forget the credentials for the origin of URL; no request carries them any more."""
    site = _site(url)
    if not credential_file(settings).remove(site):
        raise Refusal(f"no credentials are kept for {site}; `presswatch credentials list` shows for which")
    say(f"the credentials for {site} are forgotten")


def _site(url: str) -> str:
    try:
        return origin(url if "://" in url else f"https://{url}")
    except BadUrl as error:
        raise WrongWords("that is no address of a web page; write it as https://www.example.org") from error
