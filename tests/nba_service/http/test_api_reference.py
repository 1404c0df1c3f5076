"""The documentation page: Swagger UI from its package, under a strict policy, without the network."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files

import pytest

from nba_service.http.api_reference import COMPONENT, CONTENT_SECURITY_POLICY, asset, docs_page


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    page = docs_page("NBA & Co")

    assert "<title>NBA &amp; Co: API reference</title>" in page
    assert "<style" not in page
    assert "style=" not in page
    assert re.findall(r"<script([^>]*)>(.*?)</script>", page) == [
        (" src='/docs/swagger-ui-bundle.js'", ""),
        (" src='/docs/start.js'", ""),
    ]
    assert all(address.startswith("/") for address in re.findall(r"(?:src|href)='([^']+)'", page))
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"(?:src|href)='/docs/([^']+)'", docs_page("x"))

    found = {name: asset(name) for name in named}

    assert set(named) == {*COMPONENT, "start.js", "look.css"}
    assert None not in found.values()
    for name in COMPONENT:
        one = asset(name)
        assert one is not None
        assert one.content == (files("flask_swagger_ui") / "dist" / name).read_bytes()
        assert gzip.decompress(one.zipped) == one.content


@pytest.mark.parametrize("name", ["gone.js", "../flask_swagger_ui.py", "oauth2-redirect.html", ""])
def test_no_other_file_of_the_package_is_served(name: str) -> None:
    assert asset(name) is None


def test_kinds_are_those_that_browsers_run() -> None:
    kinds = {name: one.kind for name in (*COMPONENT, "start.js", "look.css") if (one := asset(name))}

    assert kinds["start.js"].endswith("/javascript")
    assert (kinds["look.css"], kinds["favicon-32x32.png"]) == ("text/css", "image/png")
