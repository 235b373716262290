"""Certificates are checked; one outlet's may be believed on purpose, and then only at its own hosts."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.stored import Stored
from tests.integration.crawled import crawl, load
from tests.integration.hostileweb import feed, page

pytestmark = pytest.mark.slow


def own_certificate(folder: Path, address: str) -> Path:
    """A certificate that nobody but its owner signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    file = folder / f"{address}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def tls_outlet(folder: Path, address: str, elsewhere: str = "") -> Iterator[str]:
    """An outlet behind such a certificate: a feed, an article, and one that is `elsewhere`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            bodies = {"/feed": feed(f"{base}/own", f"{base}/moved"), "/own": page("Behind its own certificate")}
            body = bodies.get(self.path, b"")
            self.send_response(200 if body else 302 if self.path == "/moved" else 404)
            if self.path == "/moved":
                self.send_header("Location", elsewhere)
            self.send_header("Content-Type", "application/rss+xml" if self.path == "/feed" else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Says nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(folder, address))
    server = ThreadingHTTPServer((address, 0), Handler)
    server.handle_error = lambda *_: None  # handshakes that are refused
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    base = f"https://{address}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield base
    finally:
        server.shutdown()
        server.server_close()


def outlet(key: str, base: str, *hosts: str, any_certificate: bool) -> Outlet:
    sources = (OutletSource(kind=SourceKind.FEED, url=f"{base}/feed"),)
    return Outlet(key=key, name=key, home_url=f"{base}/", sources=sources, hosts=hosts, any_certificate=any_certificate)


def test_a_certificate_that_nobody_vouches_for_is_taken_where_the_operator_says_so_and_nowhere_else(tmp_path: Path):
    with tls_outlet(tmp_path, "127.0.0.3") as other, tls_outlet(tmp_path, "127.0.0.2", f"{other}/own") as own:
        load(
            tmp_path,
            [outlet("trusting", own, any_certificate=True), outlet("checking", other, any_certificate=False)],
        )
        crawl(
            tmp_path,
            ["trusting", "checking"],
            PRESSWATCH_ALLOW_NETWORKS="127.0.0.2/31",
            PRESSWATCH_RETRY_DELAYS_S="0.1",
        )
    stored = Stored(tmp_path / "presswatch.sqlite3")
    assert [(a.outlet_key, a.title) for a in stored.articles()] == [("trusting", "Behind its own certificate")]
    assert {s.outlet_key: s.last_reason for s in stored.sources()} == {
        "trusting": None,
        "checking": "robots-unavailable",  # its robots.txt has the same certificate
    }
    assert {c.url.rpartition("/")[2]: c.reason for c in stored.candidates()} == {"own": "stored", "moved": "off-site"}


@pytest.mark.parametrize(("any_certificate", "reason"), [(True, None), (False, "robots-unavailable")])
def test_a_redirect_of_such_an_outlet_is_checked_again_outside_it(
    tmp_path: Path, any_certificate: bool, reason: str | None
):
    """Robots.txt of the place that it leads to is read over a checked connection, and fails."""
    with tls_outlet(tmp_path, "127.0.0.3") as other, tls_outlet(tmp_path, "127.0.0.2", f"{other}/feed") as own:
        made = outlet("trusting", own, any_certificate=any_certificate)
        moved = OutletSource(kind=SourceKind.FEED, url=f"{own}/moved")
        load(tmp_path, [Outlet(**{name: getattr(made, name) for name in Outlet.__slots__} | {"sources": (moved,)})])
        crawl(tmp_path, ["trusting"], PRESSWATCH_ALLOW_NETWORKS="127.0.0.2/31", PRESSWATCH_RETRY_DELAYS_S="0.1")
    (source,) = Stored(tmp_path / "presswatch.sqlite3").sources()
    assert source.last_reason == "robots-unavailable"
    assert Stored(tmp_path / "presswatch.sqlite3").articles() == []
