"""Re-visits: when a stored article is asked for again, and what it costs. Decides only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records.vocabulary import Reason

_HOUR_S, _DAY_S = 3_600, 86_400
#: After a fetch the next one waits for at least this share of its age: a day-old article that was read at 20 h is not
#: asked for again at 24 h.
_LEAST_GAP = 0.25
#: How much sooner articles of an outlet that often changes them are asked for, at most.
_QUICKEST = 0.25
#: What share of the re-visits of any outlet finds changed words, before anything is known of it; and so many re-visits
#: that belief weighs.
_USUAL_CHANGES, _BELIEF = 0.05, 40.0
#: What was learned fades: each re-visit weighs this much less than the next one, so that some 500 of them count.
FADES = 0.998
#: An article that was not there is looked for again sooner, so that a passing failure is told from an end; then ever
#: later, as it may come back. After the last one only a person has it looked for.
_ABSENT_S = (_DAY_S, 7 * _DAY_S, 30 * _DAY_S, 180 * _DAY_S)
#: Ends by which a re-visit found the article where it was.
PRESENT = frozenset({Reason.UNCHANGED, Reason.REVISED, Reason.STORED})
#: Ends that are about the network, the server's moment or us, and say nothing of the article: they never end its
#: re-visits.
_TROUBLES = frozenset({Reason.FAILED, Reason.REFUSED, Reason.CHALLENGE, Reason.CONSENT, Reason.UNREADABLE})
_MOST_TROUBLES = len(_ABSENT_S) - 1  # as such it counts, so that it is asked for once a month


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitPolicy:
    """At which ages an outlet's articles are asked for again, and how many requests that may cost a host and day."""

    ages_s: tuple[int, ...] = (_HOUR_S, 6 * _HOUR_S, _DAY_S, 7 * _DAY_S, 30 * _DAY_S, 180 * _DAY_S)  # ascending
    a_day: int = 500  # requests for it to one host on one day of UTC, at most; 0: no re-visits

    @property
    def ordered_a_day(self) -> int:
        """Requests of one host's day that re-crawls under the cap may take, once as many are sent for whatever reason:
        half, so that new articles are asked for again while thousands of old ones are. 0: none.
        """
        return (self.a_day + 1) // 2

    @property
    def is_on(self) -> bool:
        """Whether anything is asked for again."""
        return self.a_day > 0 and bool(self.ages_s)

    def next_due(self, since: datetime, after: datetime, quickness: float = 1.0, absences: int = 0) -> datetime | None:
        """When an article that is of `since` and was asked for at `after` is due again; None: no more.

        `quickness` shortens the ages (1.0: not at all); `absences` is how often in a row it was not there.
        """
        if not self.is_on:
            return None
        if absences:
            return after + timedelta(seconds=_ABSENT_S[absences - 1]) if absences <= len(_ABSENT_S) else None
        for age_s in self.ages_s:
            age = timedelta(seconds=age_s * quickness)
            if since + age >= after + _LEAST_GAP * age:
                return since + age
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitWish:
    """What was ordered of an outlet's re-visits; None: nothing, so that the next wider order holds."""

    ages_s: tuple[int, ...] | None = None
    a_day: int | None = None

    def over(self, policy: RevisitPolicy) -> RevisitPolicy:
        """The policy with what this orders."""
        return RevisitPolicy(
            ages_s=policy.ages_s if self.ages_s is None else self.ages_s,
            a_day=policy.a_day if self.a_day is None else self.a_day,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitCost:
    """What a policy asks of an outlet's hosts, foreseen for 30 days from how much the outlet has published."""

    mean_a_day: float  # requests, all hosts together
    most_a_day: int  # on the day with the most
    a_day: int  # what the policy lets through to one host
    articles_a_day: float  # that the outlet publishes

    @property
    def is_over(self) -> bool:
        """Whether there are days on which some have to wait, should all articles be at one host."""
        return self.most_a_day > self.a_day


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitStanding:
    """How the re-visits of an outlet stand."""

    outlet_key: str
    policy: RevisitPolicy  # in force
    ordered: RevisitWish  # by command or on a page
    cost: RevisitCost
    articles: int  # that are looked after
    due: int  # of them, now
    due_since: datetime | None  # the longest waiting one
    requests_today: int  # to the host with the most
    quickness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """One re-visit of an article, and how it ended."""

    at: datetime
    reason: Reason
    detail: str | None
    recrawl_id: int | None  # by which re-crawl it was ordered, if by one


def absences_after(before: int, reason: Reason) -> int:
    """How often in a row an article was not there, after one more re-visit ended so."""
    if reason in PRESENT:
        return 0
    return max(before, min(before + 1, _MOST_TROUBLES)) if reason in _TROUBLES else before + 1


def quickness_of(visits: float, changes: float) -> float:
    """How much sooner the articles of an outlet are asked for, by how many of its re-visits found a change."""
    found = (changes + _USUAL_CHANGES * _BELIEF) / (visits + _BELIEF)
    return min(1.0, max(_QUICKEST, _USUAL_CHANGES / found))


def cost_of(policy: RevisitPolicy, published: Mapping[int, int], today: int, days: int = 30) -> RevisitCost:
    """What a policy will ask for, from the articles of each past day (days since 1970)."""
    known = [published.get(today - back, 0) for back in range(1, days + 1)]
    usual = sum(known) / days
    asked = []
    for day in range(today, today + days):
        dates = [day - age_s // _DAY_S for age_s in policy.ages_s] if policy.is_on else []
        asked.append(sum(published.get(date, 0) if date < today else usual for date in dates))
    return RevisitCost(
        mean_a_day=sum(asked) / days, most_a_day=round(max(asked)), a_day=policy.a_day, articles_a_day=usual
    )
