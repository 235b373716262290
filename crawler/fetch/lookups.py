"""Names whose nameservers are slow or silent hold up nobody else's.

The operating system resolves one name a thread, and takes up to half a minute where no nameserver answers. Outlets
whose names were slow lately share a few threads; what waits for one of these waits in a line of its own.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

#: A lookup that took longer makes its name a slow one, for so long.
_SLOW_S = 1.0
_REMEMBERED_S = 900.0
#: Of slow names so many are looked up at a time. All others have the rest of the reactor's threads.
SLOW_AT_ONCE = 16
_MOST_NAMES = 10_000


@implementer(IHostnameResolver)
class PatientResolver:
    """A resolver around another one, which asks it for slow names one after the other."""

    def __init__(self, inner: Any, clock: Callable[[], float] = monotonic) -> None:
        self._inner = inner  # an IHostnameResolver; zope interfaces are no types
        self._clock = clock
        self._slow: OrderedDict[str, float] = OrderedDict()  # until when (monotonic)
        self._under_way = 0  # lookups of slow names
        self._line: deque[_Lookup] = deque()

    def resolveHostName(  # noqa: N802 (Twisted's name)
        self,
        resolutionReceiver: Any,  # noqa: N803 (an IResolutionReceiver)
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolves as the inner one does, at once or when it is this name's turn."""
        asked = (hostName, portNumber, addressTypes, transportSemantics)
        lookup = _Lookup(self, resolutionReceiver, asked, is_slow=self._slow.get(hostName, 0.0) > self._clock())
        if lookup.is_slow and self._under_way >= SLOW_AT_ONCE:
            self._line.append(lookup)
        else:
            self._begin(lookup)
        return lookup  # type: ignore[return-value]  # zope's declaration, which mypy does not read

    def _begin(self, lookup: _Lookup) -> None:
        self._under_way += lookup.is_slow
        lookup.began = self._clock()
        self._inner.resolveHostName(lookup, *lookup.asked)

    def ended(self, lookup: _Lookup) -> None:
        """Notes how long a lookup took, and lets the next in line begin."""
        name, now = lookup.asked[0], self._clock()
        if now - lookup.began > _SLOW_S:
            self._slow[name] = now + _REMEMBERED_S
            self._slow.move_to_end(name)
            if len(self._slow) > _MOST_NAMES:
                self._slow.popitem(last=False)
        else:
            self._slow.pop(name, None)
        self._under_way -= lookup.is_slow
        if self._line and self._under_way < SLOW_AT_ONCE:
            self._begin(self._line.popleft())


@implementer(IHostResolution, IResolutionReceiver)
class _Lookup:
    """One name to be looked up, and the receiver in between."""

    def __init__(self, resolver: PatientResolver, receiver: Any, asked: tuple[Any, ...], *, is_slow: bool) -> None:
        self.name: str = asked[0]
        self.asked = asked
        self.is_slow = is_slow
        self.began = 0.0  # monotonic
        self._resolver = resolver
        self._receiver = receiver
        receiver.resolutionBegan(self)

    def cancel(self) -> None:
        """Does nothing: no operating system takes the question back."""

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        """The receiver has had it from us."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._resolver.ended(self)
        self._receiver.resolutionComplete()
