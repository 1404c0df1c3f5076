"""nba.js as it is served: small, cacheable, and the bytes that its hash promises."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nba_service.web.script import module, script

LIMIT = 5 * 1024
"""Bytes on the wire (issue 6)."""

SOURCE = Path(__file__).parents[3] / "nba_service" / "web"


def test_the_script_is_at_most_5_kb_on_the_wire(shared_client: FlaskClient) -> None:
    zipped = shared_client.get("/nba.js", headers={"Accept-Encoding": "gzip"})

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == (SOURCE / "nba.js").read_bytes()
    assert len(zipped.data) <= LIMIT
    assert len(module().zipped) <= LIMIT


def test_the_script_needs_nothing_that_a_strict_policy_forbids() -> None:
    text = script().content.decode()

    assert not re.findall(r"\beval\(|new Function|setTimeout\(\s*[\"'`]|document\.write|import\(", text)


@pytest.mark.parametrize("ending", ["js", "mjs"])
def test_a_version_is_named_by_its_hash_for_ever(shared_client: FlaskClient, ending: str) -> None:
    file = {"js": script(), "mjs": module()}[ending]

    pinned = shared_client.get(f"/nba-{file.digest}.{ending}")
    other = shared_client.get(f"/nba-0000000000000000.{ending}")

    digest = base64.b64encode(hashlib.sha384(pinned.data).digest()).decode()
    assert file.integrity == f"sha384-{digest}"
    assert "immutable" in pinned.headers["Cache-Control"]
    assert pinned.headers["Access-Control-Allow-Origin"] == "*"
    assert pinned.mimetype == "text/javascript"
    assert (other.status_code, other.get_json()["code"]) == (404, "NOT_FOUND")


def test_an_unchanged_script_is_not_sent_twice(shared_client: FlaskClient) -> None:
    tag = shared_client.get("/nba.js").headers["ETag"]

    again = shared_client.get("/nba.js", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
    weak = shared_client.get("/nba.js", headers={"If-None-Match": f"W/{tag}"})
    assert weak.status_code == 304


def test_the_types_name_everything_that_the_script_offers(shared_client: FlaskClient) -> None:
    text = shared_client.get("/nba.d.ts").text
    api = re.search(r"const api = \{(.*?)\n  \};", script().content.decode(), re.DOTALL)

    assert api is not None
    offered = set(re.findall(r"^    (?:async )?(\w+)[(:,]", api[1], re.MULTILINE))
    typed = re.search(r"export interface NBA \{(.*?)\n\}", text, re.DOTALL)
    assert typed is not None
    assert offered == set(re.findall(r"^  (?:readonly )?(\w+)[(:]", typed[1], re.MULTILINE))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_script_and_module_are_valid_javascript(tmp_path: Path) -> None:
    for name, file in (("nba.js", script()), ("nba.mjs", module())):
        path = tmp_path / name
        path.write_bytes(file.content)
        done = subprocess.run(["node", "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
