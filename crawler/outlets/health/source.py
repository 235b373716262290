"""The state of a source after a visit. Implements `storage.ports.Examiner`."""

from __future__ import annotations

import re
from datetime import datetime

from crawler.outlets.cadence.memory import Memory
from crawler.outlets.cadence.profile import DAY
from crawler.outlets.cadence.schedule import told_span
from crawler.outlets.health.silence import Silence, bound, ended, is_quiet, is_silent, waited
from crawler.outlets.health.slowness import Slowness, answered
from storage.ports import Examined, VisitToExamine
from storage.records import MOVED_AFTER, SourceState, VisitOutcome, VisitReport

#: Silent for so long with the very same answer all the while: the list is no longer kept.
_FROZEN_AFTER = 7 * DAY
_STATES = {
    "dns": SourceState.DNS,
    "tls": SourceState.CERTIFICATE,
    "timeout": SourceState.SLOW,
    "robots": SourceState.ROBOTS,
    "unreadable": SourceState.DEAD,
    "http-404": SourceState.DEAD,
    "http-410": SourceState.GONE,
    "challenge": SourceState.BLOCKED,
    "consent": SourceState.BLOCKED,
    "login": SourceState.BLOCKED,
    "resting": SourceState.BLOCKED,
    **dict.fromkeys(
        (f"http-{status}" for status in (401, 402, 403, 405, 406, 407, 429, 451)),
        SourceState.BLOCKED,
    ),
}
_IN_ROBOTS = (
    (re.compile(r"\bCannotResolveHostError\b"), "dns"),
    (re.compile(r"\bDownloadTimeoutError\b"), "timeout"),
    (re.compile(r"\b(?:SSL|TLS|certificate)\b", re.IGNORECASE), "tls"),
    (re.compile(r"\banswered 429\b"), "http-429"),
)
_CAUSES = {"unreadable": "not-a-feed", "tls": "certificate"}


class Examiner:
    """Judges each visit by itself and by what the source owes."""

    def examine(self, visit: VisitToExamine) -> Examined:
        """The state of the source. Raises nothing."""
        report = visit.report
        silence = Silence(owed=visit.owed, longest=visit.longest_owed, level=visit.owed_level)
        slowness = Slowness(usual_s=visit.usual_answer_s, answers=visit.answers, slow=visit.slow_answers)
        if report.outcome is VisitOutcome.FAILED:
            reason = _told_reason(report)
            state = SourceState.GONE if report.is_gone else _STATES.get(reason, SourceState.FAILING)
            return _examined(visit, silence, slowness, state, _CAUSES.get(reason, reason), report.detail or reason)
        memory = Memory.unpack(visit.memory) if visit.memory else None
        silence, slowness = _after(visit, silence, memory), answered(slowness, report.took_s)
        return _examined(visit, silence, slowness, *_well(visit, silence, slowness, memory))


def _told_reason(report: VisitReport) -> str:
    """The reason of a failure. Of a host robots.txt is asked first, so what keeps the host from answering shows there,
    in the detail, with the name of the error.
    """
    if report.reason != "robots-unavailable":
        return report.reason or "failed"
    return next((reason for words, reason in _IN_ROBOTS if words.search(report.detail or "")), "robots-unavailable")


def _after(visit: VisitToExamine, silence: Silence, memory: Memory | None) -> Silence:
    if memory is None:
        return silence
    now = visit.report.finished_at.timestamp()
    known = [at.timestamp() for at in (visit.last_ok_at, visit.last_new_at) if at]  # a push is no visit of the source
    since = max(known, default=now)
    return (ended if visit.is_new else waited)(silence, memory, since, now)


def _well(
    visit: VisitToExamine, silence: Silence, slowness: Slowness, memory: Memory | None
) -> tuple[SourceState, str, str]:
    """State, cause and sentence of a source that answered well."""
    now = visit.report.finished_at
    last_new = now if visit.is_new else visit.last_new_at or visit.last_ok_at or now
    since, until = last_new.timestamp(), now.timestamp()
    if memory is not None and is_silent(silence, memory, since, until):
        return _silent(visit, silence, last_new)
    if visit.report.left_out and visit.last_ok_at is not None:
        told = visit.report.detail or f"{visit.report.left_out} new addresses were left out"
        return SourceState.FLOOD, "flood", f"{told}; if they are all articles, raise PRESSWATCH_NEW_A_DAY"
    if slowness.is_slow and visit.report.took_s is not None and slowness.usual_s is not None:
        told = f"its last answers were slow, this one took {told_span(visit.report.took_s)}"
        return SourceState.SLOW, "slow-answers", f"{told}; {told_span(slowness.usual_s)} is usual there"
    if visit.moved_to and visit.moved_answers >= MOVED_AFTER:
        return SourceState.MOVED, "moved", f"it is at {visit.moved_to} now; accept that, or name it in its outlet file"
    if memory is not None and is_quiet(silence, since, until):
        most = bound(silence, memory, until)
        told = f"nothing new for {told_span(until - since)}, as may be: {silence.owed:.1f} articles were expected"
        return SourceState.QUIET, "quiet", f"{told}, and it is called silent past {most:.0f}"
    return SourceState.OK, "ok", _note(visit.report)


def _silent(visit: VisitToExamine, silence: Silence, last_new: datetime) -> tuple[SourceState, str, str]:
    gap = (visit.report.finished_at - last_new).total_seconds()
    told = f"nothing new for {told_span(gap)}, in which {silence.owed:.0f} articles were to be expected"
    unchanged = visit.last_read_at is None or visit.last_read_at <= last_new
    if gap >= _FROZEN_AFTER and unchanged and visit.report.outcome is VisitOutcome.UNCHANGED:
        return SourceState.DEAD, "frozen", f"{told}; its answer is the same all the while"
    return SourceState.SILENT, "silent", f"{told}; it answers, so look at the outlet's home page"


def _note(report: VisitReport) -> str:
    return report.detail or "as expected"


def _examined(  # noqa: PLR0917 (the last three are one answer)
    visit: VisitToExamine, silence: Silence, slowness: Slowness, state: SourceState, cause: str, sentence: str
) -> Examined:
    is_same = visit.state is state
    since = visit.since if is_same and visit.since is not None else visit.report.finished_at
    return Examined(
        state=state,
        cause=cause,
        sentence=sentence,
        since=since,
        owed=silence.owed,
        longest_owed=silence.longest,
        owed_level=silence.level,
        usual_answer_s=slowness.usual_s,
        answers=slowness.answers,
        slow_answers=slowness.slow,
    )
