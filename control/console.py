"""The operator's orders through pages. Implements `delivery.console.Console` with what the commands do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from control.orders import check_bounds, mode_of, pause_end, windows_in
from crawler.outlets.cadence.memory import Memory
from crawler.outlets.cadence.pacer import zone_of
from crawler.outlets.cadence.profile import HOUR
from crawler.outlets.cadence.schedule import check_span
from crawler.outlets.cadence.windows import check_windows
from crawler.outlets.errors import BadOrder
from crawler.outlets.revisiting import MAX_A_DAY, ages_in
from delivery.console import WEEK_HOURS, BadWish, PaceWish, RevisitText, WeekProfile
from storage.records import Outlet, Pace, Reason, RevisitCost, RevisitStanding, RevisitWish, Source
from storage.store import Store

_SECRET_NOTE = "secret of forms"  # noqa: S105 (the name of a note)
_HEED = {"": None, "yes": True, "no": False}


class StoreConsole:
    """Orders given to an open store; `clock` tells the time."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._secret: bytes | None = None

    def secret(self) -> bytes:
        """What tokens of forms are made with; made once a store."""
        if self._secret is None:
            self._secret = bytes.fromhex(self._store.notes.first(_SECRET_NOTE, secrets.token_hex(32)))
        return self._secret

    def order_pace(self, source_id: int, wish: PaceWish, by: str) -> Source:
        """Orders how a source is visited. Raises BadWish."""
        return self._store.paces.order(source_id, pace_of(wish), self._clock(), by)

    def pause(self, source_id: int, until: str, by: str) -> Source:
        """No visits until a time. Raises BadWish."""
        now = self._clock()
        with _named("until"):
            end = pause_end(until, now)
        return self._store.paces.pause(source_id, end, now, by)

    def resume(self, source_id: int, by: str) -> Source:
        """Ends a pause."""
        return self._store.paces.pause(source_id, None, self._clock(), by)

    def visit_now(self, source_id: int, by: str) -> Source:
        """Has a source visited now."""
        return self._store.paces.make_due(source_id, self._clock(), by)

    def accept_move(self, source_id: int, by: str) -> str:
        """Makes where a source has moved to its own address. Raises NotMoved."""
        return self._store.moves.accept(source_id, self._clock(), by)

    def take_back_move(self, source_id: int, by: str) -> str:
        """Makes the address that its outlet names its own again. Raises NotMoved."""
        return self._store.moves.take_back(source_id, self._clock(), by)

    def retry(self, reason: Reason, since: datetime, outlet_keys: Collection[str] | None, by: str) -> int:
        """Has candidates that ended so since then fetched again."""
        return self._store.crawl.retry_lost({reason}, since, outlet_keys, now=self._clock(), by=by)

    def revisits(self, outlet_key: str) -> RevisitStanding:
        """How the re-visits of an outlet stand."""
        return self._store.revisits.standing(outlet_key, self._clock())

    def revisit_cost(self, outlet_key: str, wish: RevisitText) -> RevisitCost:
        """What an order would cost. Raises BadWish."""
        return self._store.revisits.cost(outlet_key, revisits_of(wish), self._clock())

    def order_revisits(self, outlet_key: str, wish: RevisitText, by: str) -> None:
        """Orders an outlet's re-visits. Raises BadWish."""
        self._store.revisits.order(outlet_key, revisits_of(wish), self._clock(), by)

    def profile(self, outlet: Outlet) -> WeekProfile | None:
        """When an outlet publishes, all its sources taken together: an article counts where it was listed first."""
        return week_of(self._store.paces.memories(outlet.key), zone_of(outlet), self._clock())


def week_of(memories: Iterable[bytes], zone: ZoneInfo, now: datetime) -> WeekProfile | None:
    """The hours of the week that `now` is in, as memories of a pacer expect them; None where they hold nothing."""
    known = [memory for each in memories if (memory := Memory.unpack(each))]
    if not known:
        return None
    local = now.astimezone(zone)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time(), zone)
    hours = [int((monday + timedelta(hours=hour)).timestamp() // HOUR) for hour in range(WEEK_HOURS)]
    rates = tuple(HOUR * sum(memory.profile.rate(hour) for memory in known) for hour in hours)
    since = datetime.fromtimestamp(min(memory.first_at for memory in known), UTC)
    return WeekProfile(rates=rates, zone=zone.key, since=since)


def pace_of(wish: PaceWish) -> Pace:
    """The order that a form asks for. Raises BadWish, which names the field."""
    with _named(wish.mode if wish.mode in {"every", "cron"} else "mode"):
        if wish.mode not in {"", "adaptive", "every", "cron"}:
            raise BadOrder(f'"{wish.mode}" is no way to visit', "choose one of those in the list")
        every, cron = (getattr(wish, name) if wish.mode == name else None for name in ("every", "cron"))
        mode = mode_of(is_adaptive=wish.mode == "adaptive", every=every, cron=cron)
    with _named("not_between"):
        windows = check_windows(windows_in(wish.not_between)) or None
    with _named("floor"):
        floor_s = check_span(wish.floor) if wish.floor else None
    with _named("ceiling"):
        ceiling_s = check_span(wish.ceiling) if wish.ceiling else None
    with _named("floor"):
        heed = _HEED.get(wish.heed_publisher)
        return check_bounds(
            Pace(**mode, not_between=windows, floor_s=floor_s, ceiling_s=ceiling_s, heed_publisher=heed)
        )


def revisits_of(wish: RevisitText) -> RevisitWish:
    """The order that a form asks for. Raises BadWish, which names the field."""
    with _named("ages"):
        ages = ages_in(wish.ages) if wish.ages else None
    with _named("a_day"):
        if wish.a_day and not (wish.a_day.isascii() and wish.a_day.isdigit() and int(wish.a_day[:9]) <= MAX_A_DAY):
            raise BadOrder(f'"{wish.a_day}" is no number of requests', f"write a whole number from 0 to {MAX_A_DAY}")
    return RevisitWish(ages_s=ages, a_day=int(wish.a_day) if wish.a_day else None)


@contextmanager
def _named(field: str) -> Iterator[None]:
    try:
        yield
    except BadOrder as bad:
        raise BadWish(field, str(bad)) from None
