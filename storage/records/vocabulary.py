"""The words of which all records are made."""

from __future__ import annotations

from enum import StrEnum


class SourceKind(StrEnum):
    """What a source is."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    HUB = "hub"


class Precision(StrEnum):
    """How exactly a moment is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Zone(StrEnum):
    """Where the time zone of a moment came from."""

    STATED = "stated"  # the page or feed gave an offset
    OUTLET = "outlet"  # the outlet's own zone was assumed
    NONE = "none"  # only a calendar day is known


class Reason(StrEnum):
    """How a candidate ended. Every candidate ends in exactly one."""

    STORED = "stored"  # a new article
    REVISED = "revised"  # a known article whose words changed
    UNCHANGED = "unchanged"  # a known article with the same words
    SEEN = "seen"  # another URL of an article already known; nothing was fetched
    BAD_URL = "bad-url"  # not an http(s) URL that can be fetched
    OFF_SITE = "off-site"  # not at this outlet
    EXCLUDED = "excluded"  # the outlet's own rules leave it out
    NOT_AN_ARTICLE = "not-an-article"
    ROBOTS = "robots"  # robots.txt disallows it
    GONE = "gone"  # 404 or 410, or a page or redirect that says the same
    REFUSED = "refused"  # 401, 403, 451: the outlet does not let us in
    OPTED_OUT = "opted-out"  # the page says that it must not be used so, and the operator obeys that
    CHALLENGE = "challenge"  # a page that keeps robots off stands there
    CONSENT = "consent"  # a consent form stands there
    LOGIN = "login"  # a log-in form stands there
    REFUSED_ADDRESS = "refused-address"  # resolves to a private address
    TOO_LARGE = "too-large"
    REDIRECT_LOOP = "redirect-loop"
    UNREADABLE = "unreadable"  # extraction crashed, hung or ran out of memory
    QUARANTINED = "quarantined"  # three child processes died of it
    FAILED = "failed"  # network or server errors until the tries ran out
    REMOVED = "removed"  # its outlet was removed before it could be fetched


#: Ends by which nothing came of a candidate although it was at its outlet and nobody knew it yet.
LOST_REASONS = (
    Reason.BAD_URL,
    Reason.NOT_AN_ARTICLE,
    Reason.ROBOTS,
    Reason.GONE,
    Reason.REFUSED,
    Reason.OPTED_OUT,
    Reason.CHALLENGE,
    Reason.CONSENT,
    Reason.LOGIN,
    Reason.REFUSED_ADDRESS,
    Reason.TOO_LARGE,
    Reason.REDIRECT_LOOP,
    Reason.UNREADABLE,
    Reason.QUARANTINED,
    Reason.FAILED,
)


class RuleField(StrEnum):
    """What an outlet rule is for."""

    TITLE = "title"
    AUTHORS = "authors"
    PUBLISHED = "published"
    MODIFIED = "modified"
    SECTION = "section"
    BODY = "body"
    DROP = "drop"  # no field: what matches is no part of the article


class VisitOutcome(StrEnum):
    """How a visit ended."""

    READ = "read"  # fetched and parsed
    PUSHED = "pushed"  # brought by its hub: nothing was asked for
    UNCHANGED = "unchanged"  # 304, or the same bytes as before: not parsed
    FAILED = "failed"  # see its reason


class PaceMode(StrEnum):
    """How the next visit of a source is chosen."""

    ADAPTIVE = "adaptive"  # when the source is expected to have something new
    EVERY = "every"  # at a steady interval
    CRON = "cron"  # at the times of a cron line, in the outlet's time zone


class SourceState(StrEnum):
    """How a source is, at a glance; `crawler.outlets.health` decides."""

    NEW = "new"  # not visited yet
    OK = "ok"
    QUIET = "quiet"  # nothing new for long, as its profile expects
    MOVED = "moved"  # read at another address for good
    SILENT = "silent"  # it answers, but should have published
    DEAD = "dead"  # 404, no feed any more, or frozen
    BLOCKED = "blocked"  # it does not let us in: 403, 429, a challenge, a form
    ROBOTS = "robots"  # its robots.txt forbids it
    CERTIFICATE = "certificate"
    DNS = "dns"
    SLOW = "slow"  # no whole answer in time, or answers many times slower than ever
    FLOOD = "flood"  # it lists more new addresses than are taken a day
    FAILING = "failing"  # any other failure
    LAYOUT = "layout"  # of an outlet: its pages are read worse than before
    GONE = "gone"  # 410: no longer visited
    PAUSED = "paused"

    @property
    def is_ill(self) -> bool:
        """Whether an operator has to act, or to wait for the outlet to."""
        return self not in _WELL_STATES


_WELL_STATES = frozenset({SourceState.NEW, SourceState.OK, SourceState.QUIET, SourceState.MOVED, SourceState.PAUSED})


#: What an operator has to act on comes first.
URGENCY = (
    SourceState.BLOCKED,
    SourceState.DEAD,
    SourceState.SILENT,
    SourceState.CERTIFICATE,
    SourceState.DNS,
    SourceState.ROBOTS,
    SourceState.FLOOD,
    SourceState.SLOW,
    SourceState.FAILING,
    SourceState.LAYOUT,
    SourceState.MOVED,
    SourceState.OK,
    SourceState.QUIET,
    SourceState.GONE,
    SourceState.NEW,
    SourceState.PAUSED,
)


class EventKind(StrEnum):
    """What the event log tells of."""

    ARTICLE_STORED = "article.stored"
    ARTICLE_REVISED = "article.revised"
    ARTICLE_REREAD = "article.reread"  # the same revision is read in another way: no news
    ARTICLE_ERASED = "article.erased"  # its text was deleted by a retention rule; no news
    SOURCE_FAILED = "source.failed"  # fell ill, or is ill in another way
    SOURCE_RECOVERED = "source.recovered"
    ALERT_RAISED = "alert.raised"  # the operator is told that something is ill
    ALERT_ENDED = "alert.ended"  # and that it is well again
    ARTICLE_VANISHED = "article.vanished"  # what was stored is not there any more, as two answers said
    ARTICLE_RETURNED = "article.returned"  # what had vanished is there again
    STORY_FORMED = "story.formed"  # articles of the same text stand together from now on
    STORY_JOINED = "story.joined"  # an article came to a story that there was
    STORY_MOVED = "story.moved"  # an article left a story, for another or for none
    STORY_MERGED = "story.merged"  # a story is part of another one now, to which its id leads
    OUTLET_CHANGED = "outlet.changed"  # added, paused, resumed, removed
    ORDER_GIVEN = "order.given"  # an operator changed how something is done, by command or on a page
    WATCHLIST_CHANGED = "watchlist.changed"  # added, edited, paused, resumed, removed, given another token
    WATCHLIST_MATCHED = "watchlist.matched"  # an article answers a watchlist, and is told
    WATCHLIST_APPENDED = "watchlist.appended"  # a copy of a story that was told before answers it too
    CHANNEL_CHANGED = "channel.changed"  # added, paused (by hand or given up), resumed, removed


class ChangeKind(StrEnum):
    """What became of a stored article."""

    REVISED = "revised"  # its words changed
    VANISHED = "vanished"
    RETURNED = "returned"


class Difference(StrEnum):
    """In what a revision differs from the one before."""

    HEADLINE = "headline"
    BODY = "body"  # its text, without correction notices
    BYLINE = "byline"
    PUBLISHED = "published-date"
    MODIFIED = "modified-date"
    CORRECTION_ADDED = "correction-added"  # a notice that tells of a mistake
    CORRECTION_REMOVED = "correction-removed"


class AbsenceKind(StrEnum):
    """What stands where a stored article was."""

    NOT_FOUND = "404"
    GONE = "410"
    SOFT_404 = "soft-404"  # the outlet's page for what is not there, answered as if it were
    FRONT_PAGE = "front-page"  # a redirect to it
    PAYWALL = "paywall"  # a form or a teaser, where the whole text was free
    ROBOTS = "robots"  # robots.txt closed it: what is there now nobody of us looks at


class MatchKind(StrEnum):
    """How an article came to answer a watchlist."""

    NEW = "new"  # as it was stored
    REVISED = "revised"  # a later revision of it was the first that did
    COPY = "copy"  # of a story that was told before
    PAST = "past"  # it was stored before; the analyst asked for the past


class ChannelKind(StrEnum):
    """What a channel is."""

    WEBHOOK = "webhook"
    EMAIL = "e-mail"  # for watchlists and alerts
    CHAT = "chat"  # Slack, Telegram and the rest, through apprise; for watchlists and alerts
    HUB = "hub"  # a WebSub hub, told that feeds have changed


class ChannelState(StrEnum):
    """Whether a channel is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"


class DeliveryState(StrEnum):
    """How a delivery ended."""

    DELIVERED = "delivered"  # the receiver said that it has it
    GIVEN_UP = "given-up"  # the receiver failed for too long
