"""No private address is ever connected to.

The check sits in the resolver, on the addresses that a connection is then really made to, so a name that
changes its address between check and use (DNS rebinding) finds no window, and every redirect hop, robots.txt
and source passes it. Names written as numbers (127.1, 0x7f000001) are resolved before they are judged.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from scrapy.crawler import Crawler
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

from crawler.fetch.lookups import PatientResolver

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Translations of IPv4 into IPv6: judged by the IPv4 address inside.
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
#: Special-purpose networks that Python's `is_global` lets through.
_ALSO_REFUSED: tuple[IPNetwork, ...] = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; one cloud's metadata service is at 192.0.0.192
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays, deprecated by RFC 7526
    ipaddress.IPv6Network("2002::/16"),  # 6to4
    ipaddress.IPv6Network("2001::/32"),  # Teredo
    ipaddress.IPv6Network("fec0::/10"),  # site-local, deprecated by RFC 3879
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible, deprecated by RFC 4291
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
    ipaddress.IPv6Network("5f00::/16"),  # segment routing, RFC 9602
)


class AddressPolicy:
    """Which addresses may be connected to: global unicast ones, and the networks allowed on purpose."""

    def __init__(self, allowed_networks: Iterable[str] = ()) -> None:
        self._allowed: tuple[IPNetwork, ...] = tuple(ipaddress.ip_network(n) for n in allowed_networks)

    def allows(self, address: str) -> bool:
        """Whether an address in its textual form may be connected to. False for what is no address."""
        try:
            ip: IPAddress = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(ip, ipaddress.IPv6Address):
            ip = _inner_ipv4(ip) or ip
        if any(ip in network for network in self._allowed):
            return True
        if ip.is_multicast or not ip.is_global:
            return False
        return not any(ip in network for network in _ALSO_REFUSED)


def _inner_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if ip.ipv4_mapped:
        return ip.ipv4_mapped
    if any(ip in network for network in _NAT64):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


class Refusals:
    """The last hosts that were refused, so that a failed request can be told the true reason."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._refused: OrderedDict[str, str] = OrderedDict()

    def note(self, host: str, address: str) -> None:
        """Notes that `host` resolved to a refused address."""
        name = host.rstrip(".")
        self._refused[name] = address
        self._refused.move_to_end(name)
        while len(self._refused) > self._size:
            self._refused.popitem(last=False)

    def forget(self, host: str) -> None:
        """Takes a note back: the host resolved to an address that may be connected to, or to none."""
        self._refused.pop(host, None)

    def of(self, host: str) -> str | None:
        """The refused address of a host, if that is why it could not be resolved."""
        return self._refused.get(host.rstrip("."))


#: Resolvers are installed on the one reactor of the process, hence one list for it.
refusals = Refusals()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Scrapy's resolver (`TWISTED_DNS_RESOLVER`): passes on only addresses that the policy allows."""

    def __init__(self, reactor: Any, policy: AddressPolicy) -> None:
        self._reactor = reactor
        self._policy = policy
        self._inner = PatientResolver(reactor.nameResolver)

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:
        """Reads PRESSWATCH_ALLOW_NETWORKS: networks that may be crawled although they are not public."""
        return cls(reactor, AddressPolicy(crawler.settings.getlist("PRESSWATCH_ALLOW_NETWORKS")))

    def install_on_reactor(self) -> None:
        """Makes every connection by name or number pass this resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 (Twisted's name)
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolves as the reactor would, and leaves out what is refused."""
        receiver = _FilteringReceiver(resolutionReceiver, hostName, self._policy)
        resolution: IHostResolution = self._inner.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return resolution


@implementer(IResolutionReceiver)
class _FilteringReceiver:
    """Passes on the addresses of one resolution that the policy allows."""

    def __init__(self, receiver: Any, host: str, policy: AddressPolicy) -> None:
        self._receiver = receiver
        self._host = host
        self._policy = policy
        self._has_passed = False
        self._refused: str | None = None

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if self._policy.allows(address.host):
            self._has_passed = True
            self._receiver.addressResolved(address)
        else:
            self._refused = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._refused and not self._has_passed:
            refusals.note(self._host, self._refused)
        else:
            refusals.forget(self._host)
        self._receiver.resolutionComplete()
