"""Which states the operator is told of: each once when it is ill and once when it is well again, and never a flood.

A state is told when it is certain: at once where a visit leaves no doubt, else after failures in a row. Where nearly
all that was visited meanwhile failed too, it is our own network: one alert, and none of a source until it is over.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.ports import Alarms, SourceHealth
from storage.records import SourceState

#: Failed visits in a row before it is told: they lie within three intervals of a source.
_CERTAIN_AFTER = 3
#: These leave no doubt the second time.
_PLAIN = frozenset({SourceState.DEAD, SourceState.BLOCKED, SourceState.ROBOTS, SourceState.CERTIFICATE})
#: These leave none at all: nothing that broke on the way makes them.
_AT_ONCE = frozenset({SourceState.GONE, SourceState.SILENT})
#: Our own network is at fault when so large a share of at least so many sites failed.
_SHARE, _FEWEST_SITES = 0.8, 3
#: So long is waited for other sources' visits, to tell whose fault it is.
_LONGEST_DOUBT = timedelta(hours=1)
#: The network is over when half of what was visited in this span is well.
_LATELY, _WELL_SHARE = timedelta(minutes=30), 0.5


class Alarm:
    """Implements `storage.ports.Alarm`."""

    def decide(
        self,
        sources: Sequence[SourceHealth],
        now: datetime,
        network_since: datetime | None,
        network_until: datetime | None,
    ) -> Alarms:
        """What to tell now. `network_since` is when our network failed, `network_until` when that ended."""
        if network_since is not None and network_until is None:
            is_over = _is_over(sources, now, network_since)
            return Alarms(ended=_ended(sources), network_ended=is_over)
        certain = [one for one in sources if _is_certain(one) and _is_after(one, network_until)]
        fleet = _Fleet(sources)
        shares = {one.source_id: fleet.failing_since(one) for one in certain if one.state not in _AT_ONCE}
        if any(share.is_ours for share in shares.values()):
            at_once = tuple(one for one in certain if one.source_id not in shares)
            return Alarms(raised=at_once, ended=_ended(sources), network_raised=True)
        held = {number for number, share in shares.items() if share.is_open}
        told = (one for one in certain if one.source_id not in held or now - one.since >= _LONGEST_DOUBT)
        return Alarms(raised=tuple(told), ended=_ended(sources))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What failed of what was visited since a source fell ill."""

    is_ours: bool  # nearly all of it
    is_open: bool  # too little was visited to tell, and more will be


class _Fleet:
    """All sources, by the time of their last visit. Sites count, not sources: one site has many."""

    def __init__(self, sources: Iterable[SourceHealth]) -> None:
        self._visited = sorted((one for one in sources if one.last_visit_at), key=_last_visit)
        self._times = [_last_visit(one) for one in self._visited]
        self._sites = len({one.domain for one in self._visited})
        self._shares: dict[datetime, _Share] = {}

    def failing_since(self, ill: SourceHealth) -> _Share:
        """Those that fell ill in the same minute share an answer, so that a fleet that fails costs no square of it."""
        minute = ill.since.replace(second=0, microsecond=0)
        if minute not in self._shares:
            self._shares[minute] = self._share(minute)
        return self._shares[minute]

    def _share(self, since: datetime) -> _Share:
        visited = self._visited[bisect_left(self._times, since) :]
        fresh = [one for one in visited if not (_is_called_bad(one) and one.since < since - _LATELY)]
        failing = {one.domain for one in fresh if _is_bad(one)}
        sites = failing | {one.domain for one in fresh}
        well = {one.domain for one in fresh if not _is_bad(one)}
        if len(sites) < _FEWEST_SITES:
            return _Share(is_ours=False, is_open=self._sites >= _FEWEST_SITES)
        return _Share(is_ours=len(failing - well) >= _SHARE * len(sites), is_open=False)


def _last_visit(one: SourceHealth) -> datetime:
    if one.last_visit_at is None:
        raise ValueError("not visited yet")
    return one.last_visit_at


def _is_bad(one: SourceHealth) -> bool:
    """Whether its last visit failed or was slow: a network that is nearly down does both."""
    return one.failures > 0 or one.slow_answers > 0


def _is_called_bad(one: SourceHealth) -> bool:
    return one.failures > 0 or one.state is SourceState.SLOW


def _is_certain(one: SourceHealth) -> bool:
    if one.alerted_at is not None or not one.state.is_ill:
        return False
    return one.state in _AT_ONCE or one.failures >= (2 if one.state in _PLAIN else _CERTAIN_AFTER) or not one.failures


def _is_after(one: SourceHealth, network_until: datetime | None) -> bool:
    """Whether it was seen to be ill since our own network works again."""
    return network_until is None or (one.last_visit_at is not None and one.last_visit_at > network_until)


def _ended(sources: Iterable[SourceHealth]) -> tuple[SourceHealth, ...]:
    return tuple(one for one in sources if one.alerted_at is not None and not one.state.is_ill)


def _is_over(sources: Iterable[SourceHealth], now: datetime, since: datetime) -> bool:
    after = max(since, now - _LATELY)
    visited = [one for one in sources if one.last_visit_at is not None and one.last_visit_at > after]
    return bool(visited) and sum(not _is_bad(one) for one in visited) >= _WELL_SHARE * len(visited)
