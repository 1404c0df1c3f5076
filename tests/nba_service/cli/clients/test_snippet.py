"""``nba snippet``: what to paste into a page."""

from __future__ import annotations

import json

from click.testing import CliRunner

from nba_service.cli import main
from nba_service.web.script import module, script


def test_the_snippet_carries_the_address_and_the_hash() -> None:
    runner = CliRunner()
    common = ["snippet", "--url", "https://nba.example.com/", "--key", 'nbapk_"x"']

    text = runner.invoke(main, common).output
    told = json.loads(runner.invoke(main, [*common, "--json"]).output)

    assert f'src="https://nba.example.com/nba-{script().digest}.js"' in text
    assert f'integrity="{script().integrity}"' in text
    assert "crossorigin" in text
    assert "nbapk_&quot;x&quot;" in text
    assert told["integrity"] == script().integrity
    assert "modulepreload" in runner.invoke(main, [*common, "--module"]).output


def test_a_module_is_named_by_its_own_hash() -> None:
    arguments = ["snippet", "--url", "https://nba.example.com", "--module"]

    tag = CliRunner().invoke(main, arguments).stdout
    told = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)

    assert tag.startswith('<link rel="modulepreload" href="https://nba.example.com/nba-')
    assert told["src"] == f"https://nba.example.com/nba-{module().digest}.mjs"
    assert module().integrity in tag
    assert told["bytes_gzipped"] == len(module().zipped)
    assert module().digest != script().digest


def test_an_address_is_needed() -> None:
    assert CliRunner().invoke(main, ["snippet"]).exit_code == 2
