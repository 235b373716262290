"""No private address is ever connected to.

The check sits in the resolver, on the addresses that a connection is then really made to, so a name that
changes its address between check and use (DNS rebinding) finds no window, and every redirect hop, robots.txt
and source passes it. Names written as numbers (127.1, 0x7f000001) are resolved before they are judged.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
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
from crawler.fetch.policy import AddressPolicy


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
