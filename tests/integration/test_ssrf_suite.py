"""Others' URLs that lead to private addresses, whole: no way out of Presswatch opens a socket to them.

Crawling them (listed, redirected to, as sources, in sitemaps, behind robots.txt) is `test_hostile_outlets`, and those with
foreign names `test_rebinding`. Each of
these fails with `AddressPolicy.allows` answering True.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import fetch_url, is_address
from crawler.fetch.policy import AddressPolicy
from crawler.sites import host_of
from delivery.channels.poster import Poster
from delivery.channels.target import BadTarget, literal_address, webhook_target
from delivery.channels.target import host_of as webhook_host
from delivery.channels.webhook import Message
from storage.records import Channel, ChannelKind, ChannelState
from tests.integration.hostileweb import HostileOutlet, hostile_web

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def urls(shared: Path) -> list[str]:
    lines = (shared / "suites/ssrf-urls/cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["url"] for line in lines]


@pytest.fixture
def trap() -> Iterator[HostileOutlet]:
    with hostile_web(1) as webs:
        yield webs[1]


def at_trap(url: str, port: int) -> str:
    return re.sub(r"^(\w+://[^/?#]*?)(:\d+)?([/?#].*)?$", rf"\g<1>:{port}\3", url)


def test_no_url_names_a_private_address_that_the_crawler_would_connect_to(urls: list[str]):
    judged = 0
    for url in urls:
        try:
            host = host_of(fetch_url(url)).strip("[]")
        except BadUrl:
            continue
        if is_address(host) or ":" in host:
            judged += 1
            assert AddressPolicy().allows(host) is False or ipaddress.ip_address(host).is_global, url
    assert judged > len(urls) // 4


def test_no_url_names_a_private_address_that_a_webhook_would_go_to(urls: list[str]):
    for url in urls:
        try:
            address = literal_address(webhook_target(url))
        except BadTarget:
            continue
        if address is not None:
            assert AddressPolicy().allows(address) is False or ipaddress.ip_address(address).is_global, url


def test_no_webhook_opens_a_socket_to_the_trap(urls: list[str], trap: HostileOutlet):
    """Names of others are left out: nothing here may leave this machine."""
    targets = dict.fromkeys(made for url in urls for made in (url, at_trap(url, trap.port)) if stays_here(made))
    assert len(targets) > 40

    async def send() -> list[bool]:
        poster = Poster(is_allowed=AddressPolicy().allows, user_agent="test", timeout_s=5, clock=lambda: NOW)
        async with poster:
            return [(await poster.post(channel(url), Message(key="k", body=b"{}"))).is_taken for url in targets]

    assert not any(asyncio.run(send()))
    assert trap.accepted == 0


def stays_here(url: str) -> bool:
    try:
        target = webhook_target(url)
    except BadTarget:
        return True
    address = literal_address(target)
    return webhook_host(target) == "localhost" if address is None else not ipaddress.ip_address(address).is_global


def channel(url: str) -> Channel:
    return Channel(
        id=1,
        kind=ChannelKind.WEBHOOK,
        name="trap",
        url=url,
        secret="s",
        state=ChannelState.ACTIVE,
        created_at=NOW,
        cursor=0,
    )
