"""Who may ask for each address: the one place where the role of a route stands.

A new route gets a line here, else the application does not start. What is below a role may be asked for by that role
and those above it: reading is for readers; watchlists, channels and exports are the analyst's; how sources are visited,
and who did what, is the operator's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storage.records import Role

#: Needs nobody logged in: what tells whether the service runs, the log-in itself, and addresses that hold a secret.
_ANYBODY = (
    "GET /healthz",
    "GET /readyz",
    "GET /login",
    "POST /login",
    "GET /feeds/saved/{token}.{form}",
    "GET /feeds/watchlists/{token}.{form}",
    "GET /unsubscribe/{told}",
    "POST /unsubscribe/{told}",
    "GET /websub/{path}",
    "POST /websub/{path}",
)

_READER = (
    "GET /",
    "GET /account",
    "POST /account/log-out",
    "POST /account/log-out-everywhere",
    "GET /articles/{article_id}",
    "GET /articles/{article_id}/revisions/{number}",
    "GET /captures/{capture_id}",
    "GET /captures/{capture_id}/page",
    "GET /authors",
    "GET /backfills",
    "GET /changes",
    "GET /explain",
    "GET /failures",
    "GET /live",
    "GET /outlets",
    "GET /search",
    "GET /outlets/{key}",
    "GET /outlets/{key}/articles",
    "GET /outlets/{key}/visits",
    "GET /stories",
    "GET /stories/{story_id}",
    "GET /watchlists",
    "GET /watchlists/new",
    "GET /watchlists/{watchlist_id}",
    "GET /feeds",
    "GET /feeds/authors.{form}",
    "GET /feeds/changes.{form}",
    "GET /feeds/latest.{form}",
    "GET /metrics",
    "GET /api",
    "GET /api/docs",
    "GET /api/openapi.json",
    "GET /api/v1/articles",
    "GET /api/v1/articles/lookup",
    "GET /api/v1/articles/{article_id}",
    "GET /api/v1/articles/{article_id}/diff",
    "GET /api/v1/articles/{article_id}/matches",
    "GET /api/v1/captures/{capture_id}",
    "GET /api/v1/captures/{capture_id}/records",
    "GET /api/v1/authors",
    "GET /api/v1/authors/articles",
    "GET /api/v1/backfills",
    "GET /api/v1/backfills/{backfill_id}",
    "GET /api/v1/changes",
    "GET /api/v1/events",
    "GET /api/v1/events/stream",
    "GET /api/v1/explain",
    "GET /api/v1/gaps",
    "GET /api/v1/outlets",
    "GET /api/v1/outlets/{key}",
    "GET /api/v1/outlets/{key}/hosts",
    "GET /api/v1/outlets/{key}/revisits",
    "GET /api/v1/outlets/{key}/revisits/cost",
    "GET /api/v1/outlets/{key}/visits",
    "GET /api/v1/search",
    "GET /api/v1/status",
    "GET /api/v1/stories",
    "GET /api/v1/stories/{story_id}",
    "GET /api/v1/watchlists",
    "GET /api/v1/watchlists/try",
    "GET /api/v1/watchlists/{watchlist_id}",
    "GET /api/v1/watchlists/{watchlist_id}/matches",
    "GET /api/v1/watchlists/{watchlist_id}/try",
)

_ANALYST = (
    "GET /channels",
    "GET /channels/new",
    "POST /channels",
    "POST /channels/{channel_id}/pause",
    "POST /channels/{channel_id}/remove",
    "POST /channels/{channel_id}/resume",
    "POST /channels/{channel_id}/test",
    "DELETE /api/v1/channels/{channel_id}",
    "GET /api/v1/channels",
    "GET /api/v1/channels/{channel_id}",
    "PATCH /api/v1/channels/{channel_id}",
    "POST /api/v1/channels",
    "POST /api/v1/channels/{channel_id}/test",
    "POST /feeds",
    "POST /feeds/{feed_id}/new-token",
    "POST /feeds/{feed_id}/remove",
    "POST /watchlists",
    "POST /watchlists/{watchlist_id}/deliver",
    "POST /watchlists/{watchlist_id}/edit",
    "POST /watchlists/{watchlist_id}/new-token",
    "POST /watchlists/{watchlist_id}/pause",
    "POST /watchlists/{watchlist_id}/remove",
    "POST /watchlists/{watchlist_id}/resume",
    "DELETE /api/v1/watchlists/{watchlist_id}",
    "GET /api/v1/export",
    "PATCH /api/v1/watchlists/{watchlist_id}",
    "POST /api/v1/watchlists",
    "POST /api/v1/watchlists/{watchlist_id}/deliver",
    "POST /api/v1/watchlists/{watchlist_id}/new-token",
)

_OPERATOR = (
    "GET /audit",
    "GET /api/v1/audit",
    "POST /failures/retry",
    "PUT /api/v1/outlets/{key}/revisits",
    "POST /outlets/{key}/revisits",
    "POST /outlets/{key}/sources/{source_id}/accept-move",
    "POST /outlets/{key}/sources/{source_id}/default",
    "POST /outlets/{key}/sources/{source_id}/pace",
    "POST /outlets/{key}/sources/{source_id}/pause",
    "POST /outlets/{key}/sources/{source_id}/resume",
    "POST /outlets/{key}/sources/{source_id}/take-back-move",
    "POST /outlets/{key}/sources/{source_id}/visit",
)

_ROLES: tuple[tuple[Role | None, tuple[str, ...]], ...] = (
    (None, _ANYBODY),
    (Role.READER, _READER),
    (Role.ANALYST, _ANALYST),
    (Role.OPERATOR, _OPERATOR),
)

#: Who may add a hub: it is told of everybody's feeds at secret addresses.
HUBS_BY = Role.OPERATOR

#: The least role by "METHOD path", as routes write their path; None: anybody.
WHO_MAY: Mapping[str, Role | None] = {route: role for role, routes in _ROLES for route in routes}


class RouteWithoutRole(LookupError):
    """A route stands in no list of delivery/access/rights.py: put "METHOD path" into the list of who may ask for it."""


def needed(method: str, path: str) -> Role | None:
    """The least role for a route; None: anybody. Raises RouteWithoutRole, so that what was forgotten is closed."""
    try:
        return WHO_MAY[f"{method} {path}"]
    except KeyError:
        raise RouteWithoutRole(f"{method} {path}: {RouteWithoutRole.__doc__}") from None


def require_roles(routes: Iterable[tuple[str, str]]) -> None:
    """Raises RouteWithoutRole unless all of them (method, path) have one."""
    for method, path in routes:
        needed(method, path)
