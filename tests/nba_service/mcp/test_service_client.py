"""What a tool says when the service cannot or will not answer."""

from __future__ import annotations

import threading

from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.nba_service.mcp.asking import ask


def test_a_service_that_is_not_there_is_named_with_what_to_do() -> None:
    told = ask("http://127.0.0.1:9", None, "bundles")

    assert told.is_error
    assert "SERVICE_UNREACHABLE" in told.content[0].text
    assert "nba serve" in told.content[0].text


def test_a_key_that_is_not_known_reads_nothing(url: str) -> None:
    told = ask(url, "nba_no_such_key", "bundles")

    assert (told.is_error, "KEY_INVALID" in told.content[0].text) == (True, True), told.content


def test_something_else_at_the_address_is_no_service() -> None:
    server = make_server("127.0.0.1", 0, Response("<h1>It works</h1>", mimetype="text/html"), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told = ask(f"http://127.0.0.1:{server.server_port}", None, "bundles")
    server.shutdown()

    assert told.is_error
    assert "expected JSON" in told.content[0].text
    assert "text/html" in told.content[0].text
