"""Every command of `presswatch` and where it is: what help lists without importing any of them."""

from __future__ import annotations

from collections.abc import Mapping

#: name: ("module:attribute", the first sentence of its help).
COMMANDS: Mapping[str, tuple[str, str]] = {
    "archive": ("control.cli_archive:archive_group", "What was fetched, as it came: WARC files under the data folder."),
    "articles": ("control.cli_read:articles_command", "List the newest articles."),
    "audit": (
        "control.cli_users:audit_command",
        "Show who changed what, when and from where, newest first: on pages, by the API, and by command.",
    ),
    "backfill": (
        "control.cli_backfill:backfill_command",
        "Fetch an outlet's articles of past days, from its sitemaps and archives by date.",
    ),
    "backup": (
        "control.cli_backup:backup_command",
        "Copy the store, the archive, your own outlets and credentials into a new FOLDER, while the service runs.",
    ),
    "changes": (
        "control.cli_changes:changes_command",
        "List what outlets changed of their articles: revisions, what vanished, what is there again; newest first.",
    ),
    "channels": (
        "control.cli_channels:channels_group",
        "Where new articles, and what answers watchlists, are sent: webhooks, e-mail, chats.",
    ),
    "courier": ("control.cli_service:courier_command", "Run the courier: delivers new articles to webhooks."),
    "crawl": (
        "control.cli_crawl:crawl_command",
        "Visit the sources of these outlets (all without a name) once, now, and fetch what is new.",
    ),
    "credentials": (
        "control.cli_credentials:credentials_group",
        "User names and passwords that are sent to outlets: to the very origin they were given for, and nowhere else.",
    ),
    "db": ("control.cli_store:db_group", "The database: its schema, and moving it between SQLite and PostgreSQL."),
    "diff": (
        "control.cli_changes:diff_command",
        "Show word by word what a revision changed of ARTICLE, an id or a URL.",
    ),
    "doctor": (
        "control.cli_store:doctor_command",
        "Check that everything Presswatch needs is there and answers; exit status 1 if not.",
    ),
    "explain": (
        "control.cli_read:explain_command",
        "Tell the whole way of a URL: found where, fetched when, how it ended and why.",
    ),
    "export": (
        "control.cli_export:export_command",
        "Write the articles that answer QUERY, or all of them, to a file, newest first.",
    ),
    "extract": (
        "control.cli_extract:extract_command",
        "Show what is read of a page: text, byline, dates, and where each field came from.",
    ),
    "feeds": ("control.cli_feeds:feeds_group", "Outlets and searches as feeds for a reader, each at a secret address."),
    "health": (
        "control.cli_health:health_command",
        (
            "Tell whether this host's process of ROLE lives: it was heard of in the last 30 s; the web process must "
            "also answer /readyz."
        ),
    ),
    "hold": (
        "control.cli_hold:hold_command",
        "Put an article (by URL or number), an outlet or a story on legal hold, so that nothing of it is deleted.",
    ),
    "ledger": (
        "control.cli_ledger:ledger_command",
        (
            "Show what was asked of hosts: requests, the share answered with 304, refusals, bytes, the least pause "
            "between two requests, and the robots.txt in force."
        ),
    ),
    "outlets": (
        "control.cli_outlets:outlets_group",
        "The outlets that are monitored: list, try, add, pause and remove them.",
    ),
    "quarantine": (
        "control.cli_quarantine:quarantine_group",
        "Pages and sources of which three child processes died: they are not read any more, until you say so.",
    ),
    "recrawl": (
        "control.cli_recrawl:recrawl_command",
        "Fetch stored articles again, to learn whether they changed or vanished; what is asked for must hold together.",
    ),
    "reextract": (
        "control.cli_reextract:reextract_group",
        "Read stored pages again with today's extractor and rules; nothing is fetched.",
    ),
    "restore": (
        "control.cli_backup:restore_command",
        (
            "Verify the backup in FOLDER and put it where the settings say; a store that is there already is never "
            "touched."
        ),
    ),
    "retention": (
        "control.cli_retention:retention_group",
        "Delete pages and texts that are old enough: a plan first, which deletes nothing, then the plan carried out.",
    ),
    "retry": (
        "control.cli_retry:retry_command",
        "Fetch again what ended with one of REASONS in the last hours, such as `retry failed unreadable`.",
    ),
    "rules": (
        "control.cli_rules:rules_group",
        "Outlet rules: where the fields of an outlet's pages stand, in its outlet file.",
    ),
    "scheduler": ("control.cli_service:scheduler_command", "Run the scheduler: puts due sources into the visit queue."),
    "search": (
        "control.cli_search:search_command",
        "List articles that answer a query, with the passages that do; docs/watchlists.md tells how one is written.",
    ),
    "show": (
        "control.cli_read:show_command",
        "Show an article by its URL or id: text, byline, dates and where each came from, revisions.",
    ),
    "sources": (
        "control.cli_sources:sources_group",
        "When each source is visited: list, order, pause, resume and visit now.",
    ),
    "status": ("control.cli_read:status_command", "Show what runs, what is stored, what is due, and what fails."),
    "stories": ("control.cli_stories:stories_group", "Stories: articles of several outlets that carry the same text."),
    "subscriptions": (
        "control.cli_subscriptions:subscriptions_command",
        (
            "List the hubs that feeds name: whether they push, until when, what they pushed last and what was not "
            "believed."
        ),
    ),
    "up": ("control.cli_service:up_command", "Run the whole service here: scheduler, worker, web and courier."),
    "users": ("control.cli_users:users_group", "Who may use pages and API: named tokens with a role."),
    "watchlists": (
        "control.cli_watchlists:watchlists_group",
        "Saved queries: what is stored is held against all of them, and each new story is told once.",
    ),
    "web": ("control.cli_service:web_command", "Run the web server: pages, feeds and API."),
    "worker": (
        "control.cli_service:worker_command",
        "Run a worker: visits sources, fetches and extracts articles, stores them.",
    ),
    "workers": (
        "control.cli_workers:workers_command",
        "Show the workers: where each runs, what it holds and has under way, its pace and its memory.",
    ),
}

#: The same of `presswatch archive` and `presswatch outlets`, besides those that are in the modules of these groups.
ARCHIVE_COMMANDS: Mapping[str, tuple[str, str]] = {
    "export": (
        "control.cli_archive_export:export_command",
        (
            "Copy captures into FILE, a WARC file (.warc.gz) or a WACZ package (.wacz); what is asked for must hold "
            "together."
        ),
    ),
    "import": (
        "control.cli_archive_import:import_command",
        "Take in FILES made by others: WARC and ARC, plain, gzipped or in zstd frames, and WACZ packages.",
    ),
    "upload": (
        "control.cli_archive_upload:upload_command",
        "Copy ended WARC files and their indexes into the bucket now; each worker does so by itself every ten minutes.",
    ),
    "verify": ("control.cli_archive_verify:verify_command", "Recompute the whole chain, on all cores."),
}
OUTLETS_COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": (
        "control.cli_outlets_add:add_command",
        "Find the sources of the outlet at URL (its home page, or one of its feeds), try them, and monitor it.",
    ),
    "check": (
        "control.cli_outlets_check:check_command",
        "Try each source of these outlets (of all that are not paused without a name), and say which work.",
    ),
    "export": ("control.cli_outlets_files:export_command", "Write all outlets to FILE, or to standard output."),
    "import": (
        "control.cli_outlets_files:import_command",
        "Add outlets from OPML subscription lists and from outlet files (TOML); - reads standard input.",
    ),
    "quality": (
        "control.cli_outlets_quality:quality_command",
        "Report how well articles are read: bylines, dates, lengths, and what got worse in the last seven days.",
    ),
    "revisits": (
        "control.cli_outlets_revisits:revisits_command",
        "Show when the articles of OUTLET are asked for again, or order it; what that costs is told before it is kept.",
    ),
    "test": (
        "control.cli_outlets_test:test_command",
        "Read an outlet's stored pages with its rules and without, and show what differs.",
    ),
}
