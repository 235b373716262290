"""What an operator can set: environment variables PRESSWATCH_*, or `presswatch.toml` in the working folder.

The environment wins over the file. Only this module reads either of them.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from control.bucket_words import bucket_name, endpoint, key_prefix
from control.version import VERSION
from crawler.outlets.errors import BadOrder
from crawler.outlets.revisiting import ages_in
from storage.archive.bucket import BucketPlace
from storage.archive.files import Files
from storage.records import RevisitPolicy

FILE = "presswatch.toml"
#: Conditional requests to a host that nobody knows: once an hour.
UNKNOWN_FLOOR_S = 3_600


class BadSettings(Exception):
    """A setting cannot be used; the message names it, and how to put it right."""


class Settings(BaseSettings):
    """Every setting with its default; `docs/settings.md` tells more of each."""

    # A compose file passes on what is not set as an empty string.
    model_config = SettingsConfigDict(
        env_prefix="PRESSWATCH_", env_ignore_empty=True, toml_file=FILE, extra="forbid", frozen=True
    )

    data_dir: Path = Field(Path("data"), description="Folder of the SQLite store and the archive.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; SQLite in the data folder when empty.")
    redis_url: str | None = Field(None, description="Redis for seen-set and visit queue; SQL is used when empty.")
    catalogue: Path | None = Field(None, description="Folder of outlet files instead of the shipped catalogue.")

    contact: str | None = Field(None, description="URL or e-mail address in our User-Agent, for outlets to write to.")
    interval_s: int = Field(900, ge=1, le=604_800, description="Mean seconds between visits of a source.")
    floor_s: int | None = Field(
        None, ge=1, le=604_800, description="Least seconds between visits of a source whose outlet file names none."
    )
    ceiling_s: int = Field(21_600, ge=1, le=2_592_000, description="Most seconds between visits of a source.")
    visits_a_day: int | None = Field(None, ge=1, description="Visits a day of all sources together, at most.")
    host_visits_a_day: int | None = Field(None, ge=1, description="Visits a day of the sources of one site, at most.")
    delay_s: float = Field(1.0, ge=0, le=3600, description="Seconds between two requests to one host.")
    slow_down: float = Field(
        1.0, ge=0, le=10, description="How many times as long as it took to answer a slow host is left alone."
    )
    retry_delays_s: Annotated[tuple[Annotated[float, Field(ge=0, le=2_592_000)], ...], NoDecode] = Field(
        (30.0, 300.0, 3600.0, 21_600.0), description="Waits before further tries of a candidate that failed."
    )
    new_a_day: int = Field(2_000, ge=1, description="New addresses of an outlet that are taken a day, at most.")
    again_after_s: int = Field(
        3600, ge=1, description="Seconds before an article that its source calls modified is fetched again."
    )
    confirm_gone_s: int = Field(
        3600, ge=1, description="Seconds before a stored article that is missed is looked at again, and then told."
    )
    not_found_days: float = Field(
        30.0,
        ge=0,
        le=36_500,
        description="Days after which a host is asked once more for an address that cannot exist, to know its page for "
        "what is not there; 0: never.",
    )
    first_look_days: float = Field(
        3.0, gt=0, le=36_500, description="How far back a sitemap is read on its first visit."
    )
    backfill_share: float = Field(
        0.5,
        ge=0.01,
        le=1,
        description="How much of a domain's requests a backfill may use while nothing else needs them.",
    )
    revisits: str = Field(
        "1h,6h,1d,7d,30d,180d", description="At which ages stored articles are asked for again; none: never."
    )
    revisits_a_day: int = Field(
        500, ge=0, le=20_000, description="Requests a day to one host for re-visits of stored articles, at most."
    )
    allow_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks that may be crawled although they are not public, such as 10.0.0.0/8."
    )
    obey_opt_outs: Annotated[tuple[Literal["noarchive", "noindex", "noai", "tdm"], ...], NoDecode] = Field(
        (), description="Opt-outs of pages that are obeyed, not only recorded: noarchive, noindex, noai, tdm."
    )
    keep_history_days: float = Field(
        90.0, ge=1, le=36_500, description="How long visits, deliveries and the ledger of requests are kept."
    )
    keep_events_days: float = Field(
        400.0, ge=1, le=36_500, description="How long events are kept, what people ordered and changed excepted."
    )
    archive_file_mb: int = Field(1_000, ge=1, le=100_000, description="Megabytes after which a new WARC file is begun.")
    archive_file_hours: float = Field(
        24.0, ge=0.01, le=8_760, description="Hours after which a new WARC file is begun."
    )
    archive_sources: bool = Field(
        False, description="Whether bodies of sources (feeds, sitemaps, section pages) are kept in the archive too."
    )
    archive_s3_bucket: str | None = Field(
        None, description="Bucket of an S3-compatible server that ended WARC files are copied into; empty: none."
    )
    archive_s3_prefix: str | None = Field(None, description="What is put before the names of files in the bucket.")
    archive_s3_allow_http: bool = Field(
        False, description="Whether the server may be asked without TLS although it is another machine."
    )
    archive_s3_endpoint: str | None = Field(
        None, description="Address of the server, such as https://s3.example.org; AWS when empty."
    )
    archive_s3_region: str | None = Field(None, description="Region of the bucket.")
    archive_s3_local_days: float | None = Field(
        None, ge=0, le=36_500, description="Days after which files that are in the bucket go here; never when empty."
    )
    keep_pages_days: int | None = Field(
        None, ge=1, le=36_500, description="Days for which fetched pages are kept; for ever when empty."
    )
    keep_texts_days: int | None = Field(
        None, ge=1, le=36_500, description="Days for which texts of articles are kept; for ever when empty."
    )
    extract_processes: int = Field(0, ge=0, le=64, description="Extraction processes a worker; 0: one a core.")

    story_window_days: float = Field(
        90.0, gt=0, le=36_500, description="Articles further apart than so many days are never one story."
    )
    story_containment: float = Field(
        0.4, ge=0.05, le=1, description="Share of an article's words that must stand in another for one story."
    )
    story_own_containment: float = Field(
        0.6, ge=0.05, le=1, description="The same where both articles are one outlet's."
    )
    story_words: int = Field(20, ge=5, le=10_000, description="Words that two articles of a story share at least.")
    story_boilerplate_from: int = Field(
        5, ge=2, le=400, description="Passages in so many articles of an outlet are its boilerplate."
    )

    smtp_url: str | None = Field(
        None, description="Mail server for alerts: smtp://HOST:PORT, or smtps://USER:PASSWORD@HOST."
    )
    mail_from: str | None = Field(None, description="E-mail address that alerts come from.")

    host: str = Field("127.0.0.1", description="Address that the web page listens on.")
    port: int = Field(8765, ge=0, le=65_535, description="Port of the web page; 0 takes a free one.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further names under which the page may be asked for."
    )
    public_url: str | None = Field(
        None,
        description="Address under which readers reach the pages, such as https://press.example.org.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks of proxies in front of the page that tell for whom they ask."
    )
    session_hours: float = Field(168.0, gt=0, le=8_760, description="Hours after which one has to log in again.")
    api_per_minute: int = Field(600, ge=1, le=1_000_000, description="Requests a minute with one user's token.")
    feeds_per_minute: int = Field(
        60, ge=1, le=1_000_000, description="Requests a minute for one feed at a secret address, from one network."
    )
    websub_url: str | None = Field(
        None,
        description="Address under which hubs reach us, such as https://press.example.org; empty: none.",
    )
    worker_name: str | None = Field(
        None, description="Name of a worker, unique among all; host and process when empty."
    )
    partitions: int = Field(
        64, ge=1, le=4096, description="Into how many parts the domains are shared out among workers, with Redis."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="How much is logged.")

    @field_validator(
        "retry_delays_s", "obey_opt_outs", "allow_networks", "allowed_hosts", "trusted_proxies", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("allow_networks", "trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"[^@\s()]+@[^@\s()]+", value):
            return value
        if urlsplit(value).scheme in {"http", "https"} and urlsplit(value).hostname and not re.search(r"[\s()]", value):
            return value
        raise ValueError("must be an http(s) URL or an e-mail address, such as https://example.org/bot")

    @field_validator("websub_url", "public_url")
    @classmethod
    def _reached_at(cls, value: str | None) -> str | None:
        if not value:
            return None
        url = urlsplit(value)
        if url.scheme in {"http", "https"} and url.hostname and not (url.query or url.fragment or "@" in url.netloc):
            return value.rstrip("/")
        raise ValueError("must be the address that this service is reached under, such as https://press.example.org")

    @field_validator("revisits")
    @classmethod
    def _ages(cls, value: str) -> str:
        try:
            ages_in(value)
        except BadOrder as bad:
            raise ValueError(str(bad)) from None
        return value

    @field_validator("archive_s3_bucket", "archive_s3_prefix", "archive_s3_endpoint")
    @classmethod
    def _bucket(cls, value: str | None, known: ValidationInfo) -> str | None:
        if not value:
            return None
        if known.field_name == "archive_s3_bucket":
            return bucket_name(value)
        if known.field_name == "archive_s3_prefix":
            return key_prefix(value)
        return endpoint(value, may_be_plain=known.data.get("archive_s3_allow_http", False))

    @field_validator(
        "archive_s3_prefix",
        "archive_s3_endpoint",
        "archive_s3_region",
        "archive_s3_local_days",
        "archive_s3_allow_http",
    )
    @classmethod
    def _of_bucket(cls, value: Any, known: ValidationInfo) -> Any:
        if value in (None, "") or value is False or known.data.get("archive_s3_bucket", "refused"):
            return value
        raise ValueError("means nothing without PRESSWATCH_ARCHIVE_S3_BUCKET; set that, or leave this empty")

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str | None) -> str | None:
        if not value:
            return None
        url = urlsplit(value)
        if url.scheme in {"smtp", "smtps"} and url.hostname and url.port != 0:
            return value
        raise ValueError("must be smtp://HOST:PORT or smtps://USER:PASSWORD@HOST")

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"[^@\s()<>,;:]+@[^@\s()<>,;:]+", value):
            return value
        raise ValueError("must be an e-mail address, such as presswatch@example.org")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is None or re.match(r"sqlite:///(?!:memory:).|postgresql(\+psycopg)?://", value):
            return value
        raise ValueError("must be sqlite:///FILE (no store in memory: it would be empty each time) or postgresql://...")

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if not value:
            return None
        if re.match(r"(redis|rediss|unix)://", value):
            return value
        raise ValueError("must begin with redis://, rediss:// or unix://")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @cached_property
    def store_url(self) -> str:
        """Where the store is."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute()}/presswatch.sqlite3"

    @property
    def least_gap_s(self) -> int:
        """The floor in force: an hour for hosts that nobody knows, unless the operator set another pace."""
        if self.floor_s is not None:
            return self.floor_s
        return min(UNKNOWN_FLOOR_S, self.interval_s) if "interval_s" in self.model_fields_set else UNKNOWN_FLOOR_S

    @property
    def revisit_policy(self) -> RevisitPolicy:
        """When stored articles are asked for again where their outlet says nothing of it."""
        return RevisitPolicy(ages_s=ages_in(self.revisits), a_day=self.revisits_a_day)

    @property
    def archive_dir(self) -> Path:
        """Where captured bodies are."""
        return self.data_dir / "archive"

    @property
    def archive_bucket(self) -> BucketPlace | None:
        """Where ended files of the archive are copied to."""
        if self.archive_s3_bucket is None:
            return None
        return BucketPlace(
            bucket=self.archive_s3_bucket,
            prefix=self.archive_s3_prefix or "",
            endpoint=self.archive_s3_endpoint,
            region=self.archive_s3_region,
        )

    @property
    def archive_files(self) -> Files:
        """Where files of the archive are read."""
        return Files(folder=self.archive_dir, place=self.archive_bucket)

    @property
    def credentials_file(self) -> Path:
        """Where user names and passwords for outlets are kept."""
        return self.data_dir / "credentials.json"

    @property
    def user_agent(self) -> str:
        """Names Presswatch, its version and, when set, the operator's contact."""
        return f"Presswatch/{VERSION}" + (f" (+{self.contact})" if self.contact else "")


def load_settings(**given: Any) -> Settings:
    """The settings in force. Raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else "?"
            known = name in Settings.model_fields
            what = problem["msg"].removeprefix("Value error, ")
            where = f"PRESSWATCH_{name.upper()} (or {name} in {FILE})"
            lines.append(f"{where}: {what}" if known else f"{name} in {FILE} is no setting; see docs/settings.md")
        raise BadSettings("\n".join(lines)) from error
    except (OSError, ValueError) as error:
        raise BadSettings(f"{FILE} cannot be read: {error}") from error
