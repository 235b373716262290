"""Users, their sessions and the audit log, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sample_records import NOW
from sqlalchemy import Engine, select

from storage.errors import UnknownUser, UserExists
from storage.records import Role, User
from storage.sql.audit import SqlAuditLog
from storage.sql.engine import reading
from storage.sql.metadata import metadata
from storage.sql.sessions import SqlSessionBook
from storage.sql.users import SqlUserBook

DAY = timedelta(days=1)
ODD = "pw_\ud800 \0 ' OR 1=1 --"


@pytest.fixture
def user_book(engine: Engine) -> SqlUserBook:
    return SqlUserBook(engine)


@pytest.fixture
def session_book(engine: Engine) -> SqlSessionBook:
    return SqlSessionBook(engine)


@pytest.fixture
def amal(user_book: SqlUserBook) -> User:
    return user_book.add(name="amal", role=Role.ANALYST, token="pw_amal", now=NOW)


def log_in(session_book: SqlSessionBook, user: User, key: str = "key", days: int = 7) -> None:
    session_book.begin(user=user, key=key, ends_at=NOW + days * DAY, address="203.0.113.5", now=NOW)


def test_a_user_is_found_by_its_token_alone(user_book: SqlUserBook, amal: User):
    user_book.add(name="boaz", role=Role.READER, token="pw_boaz", now=NOW)
    assert user_book.by_token("pw_amal", NOW) == amal
    assert [user_book.by_token(token, NOW) for token in ("", "pw_", "amal", "pw_amal ", ODD)] == [None] * 5
    assert [each.name for each in user_book.users(NOW)] == ["amal", "boaz"]


def test_there_are_no_users_until_one_is_added_and_a_disabled_one_counts(user_book: SqlUserBook):
    assert not user_book.has_any()
    user_book.add(name="amal", role=Role.READER, token="pw_amal", now=NOW)
    user_book.change("amal", now=NOW, is_disabled=True)
    assert user_book.has_any()
    user_book.remove("amal")
    assert not user_book.has_any()


def test_a_name_is_given_once(user_book: SqlUserBook, amal: User):
    with pytest.raises(UserExists, match="amal"):
        user_book.add(name="amal", role=Role.OPERATOR, token="pw_other", now=NOW)
    assert user_book.users(NOW) == [amal]


def test_who_is_not_there_cannot_be_changed(user_book: SqlUserBook):
    for attempt in (
        lambda: user_book.rotate("nobody", "pw_new", NOW),
        lambda: user_book.change("nobody", now=NOW, role=Role.READER),
        lambda: user_book.remove("nobody"),
    ):
        with pytest.raises(UnknownUser, match="users list"):
            attempt()


def test_no_table_holds_a_token_or_the_key_of_a_session(
    engine: Engine, user_book: SqlUserBook, session_book: SqlSessionBook, amal: User
):
    log_in(session_book, amal, "the key of a session")
    user_book.rotate("amal", "pw_another", NOW)
    log_in(session_book, user_book.users(NOW)[0], "another key")
    with reading(engine) as connection:
        rows = [
            str(tuple(row))
            for name in ("users", "sessions", "audit_log")
            for row in connection.execute(select(metadata.tables[name]))
        ]
    assert len(rows) == 4
    assert not [row for row in rows for secret in ("pw_", "key") if secret in row]


def test_another_token_ends_the_old_one_and_all_sessions(
    user_book: SqlUserBook, session_book: SqlSessionBook, amal: User
):
    log_in(session_book, amal)
    rotated = user_book.rotate("amal", "pw_new", NOW + DAY)
    assert (rotated.token_at, rotated.sessions) == (NOW + DAY, 0)
    assert user_book.by_token("pw_amal", NOW) is None
    assert user_book.by_token("pw_new", NOW) == rotated
    assert session_book.user_of("key", NOW) is None


def test_who_is_disabled_has_neither_token_nor_sessions_until_enabled(
    user_book: SqlUserBook, session_book: SqlSessionBook, amal: User
):
    log_in(session_book, amal)
    assert user_book.change("amal", now=NOW, is_disabled=True).sessions == 0
    assert user_book.by_token("pw_amal", NOW) is None
    assert session_book.user_of("key", NOW) is None
    user_book.change("amal", now=NOW, is_disabled=False)
    assert user_book.by_token("pw_amal", NOW) == amal
    assert session_book.user_of("key", NOW) is None


def test_another_role_holds_at_once_for_sessions_too(user_book: SqlUserBook, session_book: SqlSessionBook, amal: User):
    log_in(session_book, amal)
    user_book.change("amal", now=NOW, role=Role.READER)
    found = session_book.user_of("key", NOW)
    assert found is not None
    assert found.role is Role.READER


def test_a_session_ends_at_its_time_by_log_out_and_everywhere(
    user_book: SqlUserBook, session_book: SqlSessionBook, amal: User
):
    for key, days in (("one", 1), ("two", 7), ("three", 7), ("four", 7)):
        log_in(session_book, amal, key, days)
    assert user_book.users(NOW)[0].sessions == 4
    assert session_book.user_of("one", NOW + DAY - timedelta(seconds=1)) is not None
    assert session_book.user_of("one", NOW + DAY) is None
    session_book.end("two")
    assert session_book.user_of("two", NOW) is None
    assert session_book.user_of("three", NOW) is not None
    assert session_book.end_all(amal.id) == 3
    assert session_book.user_of("three", NOW) is None


def test_sessions_that_have_ended_are_forgotten_when_somebody_logs_in(
    engine: Engine, session_book: SqlSessionBook, amal: User
):
    log_in(session_book, amal, "old", 1)
    session_book.begin(user=amal, key="new", ends_at=NOW + 9 * DAY, address=None, now=NOW + 2 * DAY)
    with reading(engine) as connection:
        assert len(connection.execute(select(metadata.tables["sessions"])).all()) == 1


def test_who_changed_while_logging_in_gets_no_session(user_book: SqlUserBook, session_book: SqlSessionBook, amal: User):
    user_book.rotate("amal", "pw_new", NOW + DAY)
    with pytest.raises(UnknownUser):
        log_in(session_book, amal)
    user_book.change("amal", now=NOW, is_disabled=True)
    with pytest.raises(UnknownUser):
        log_in(session_book, user_book.users(NOW)[0])
    user_book.remove("amal")
    with pytest.raises(UnknownUser):
        log_in(session_book, amal)


def test_a_number_of_a_removed_user_is_given_to_nobody(user_book: SqlUserBook, amal: User):
    user_book.remove("amal")
    assert user_book.add(name="amal", role=Role.READER, token="pw_again", now=NOW).id != amal.id


def test_it_is_noted_when_a_user_was_there(user_book: SqlUserBook, amal: User):
    user_book.note_seen(amal.id, NOW + DAY)
    assert user_book.users(NOW)[0].seen_at == NOW + DAY


def test_the_audit_log_tells_changes_newest_first_and_how_they_ended(
    engine: Engine, session_book: SqlSessionBook, amal: User
):
    log = SqlAuditLog(engine)
    log_in(session_book, amal)
    number = log.begin(who="amal", address="203.0.113.5", what="POST /watchlists", about="/watchlists", now=NOW)
    cut = log.begin(who="boaz", address=None, what="presswatch retry", about="x\0" * 1_000, now=NOW)
    log.end(number, "303")
    newest, edited, log_in_entry = log.entries(10)
    assert (newest.id, newest.outcome, len(newest.about)) == (cut, None, 500)
    assert (edited.who, edited.what, edited.outcome) == ("amal", "POST /watchlists", "303")
    assert (log_in_entry.who, log_in_entry.what, log_in_entry.address) == ("amal", "log-in", "203.0.113.5")
    assert [each.id for each in log.entries(1, before_id=edited.id)] == [log_in_entry.id]
    assert [each.id for each in log.entries(10, who="boaz")] == [cut]
