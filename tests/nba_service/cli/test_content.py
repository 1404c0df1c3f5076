"""``nba content``: what goes wrong with which line, and a page that can do no harm."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from nba_service.cli import main

WRITTEN = """{title: "Hello {{ customer.first_name | default: 'there' }}", body: Have a look.}"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["content", *arguments])


def journey(folder: Path, text: str, content: str) -> Path:
    path = folder / "journey.yaml"
    assert WRITTEN in text
    path.write_text(text.replace(WRITTEN, content), encoding="utf-8")
    return path


def test_whole_texts_are_no_problem(tmp_path: Path, tiny_journey_text: str) -> None:
    found = run("check", str(journey(tmp_path, tiny_journey_text, WRITTEN)))

    assert found.exit_code == 0, found.output
    assert "0 problems" in found.stderr


def test_each_problem_has_its_line_and_a_sample(tmp_path: Path, tiny_journey_text: str) -> None:
    content = (
        '{title: "Hi {{ customer.first_name }}", body: "{{ customer.age | money }}",'
        ' click_url: "{{ customer.first_name }}"}'
    )
    path = journey(tmp_path, tiny_journey_text, content)
    line = 1 + next(n for n, one in enumerate(path.read_text().splitlines()) if content in one)

    found = run("check", str(path), "--json")
    told = json.loads(found.stdout)

    assert found.exit_code == 1
    assert told["valid"] is False
    codes = {(one["line"], one["field"].rpartition(".")[2], one["code"]) for one in told["problems"]}
    assert codes == {
        (line, "title", "VARIABLE_MISSING"),
        (line, "body", "VARIABLE_MISSING"),
        (line, "click_url", "LINK_DROPPED"),
    }
    assert f"{path}:{line}" in run("check", str(path)).stdout


def test_own_customers_and_facts_are_tried_too(tmp_path: Path, tiny_journey_text: str) -> None:
    facts, customers = tmp_path / "facts.py", tmp_path / "customers.json"
    facts.write_text(
        "from nba_service.content.facts import Fact, FactType\n"
        "FACTS = [Fact(name='tenth', type=FactType.NUMBER, label='t', needs=('age',),"
        " compute=lambda a, m: 1 / (a['age'] - 44))]\n"
    )
    customers.write_text(json.dumps([{"name": "Eve", "attributes": {"age": 44}}]))
    content = '{title: T, body: "{% if facts.tenth %}{{ facts.tenth | number }}{% else %}none{% endif %}"}'
    path = str(journey(tmp_path, tiny_journey_text, content))

    without = run("check", path, "--facts", str(facts))
    with_eve = run("check", path, "--facts", str(facts), "--customers", str(customers), "--json")

    assert without.exit_code == 0, without.output
    assert json.loads(with_eve.stdout)["problems"][0]["field"] == "facts.tenth"


def test_customers_of_another_form_are_refused(tmp_path: Path, tiny_journey_text: str) -> None:
    customers = tmp_path / "customers.json"
    customers.write_text('["Eve"]')
    path = str(journey(tmp_path, tiny_journey_text, WRITTEN))

    assert run("check", path, "--customers", str(customers)).exit_code == 2


def test_the_preview_is_one_page_without_script(tmp_path: Path, tiny_journey_text: str) -> None:
    content = (
        '{title: "Hi {{ customer.first_name }}", body: "For you",'
        ' html: "<h2>{{ customer.first_name }}</h2><script>x()</script>"}'
    )
    page = tmp_path / "texts.html"

    found = run("preview", str(journey(tmp_path, tiny_journey_text, content)), "--out", str(page))
    html = page.read_text(encoding="utf-8")

    assert found.exit_code == 0, found.output
    assert "<script" not in html
    assert "onclick=" not in html.replace("onclick=&quot;", "")
    assert "default-src 'none'" in html.replace("&#x27;", "'")
    assert '<iframe sandbox loading="lazy"' in html
    assert "VARIABLE_MISSING" in html
    assert "http://" not in html
