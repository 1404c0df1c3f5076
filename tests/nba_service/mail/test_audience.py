"""Lists for tools that cannot call."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from models.domain.decision import Decision, DecisionRequest
from models.policy.decide import decide_in_steps
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps
from nba_service.cli import main
from nba_service.mail.audience import defused
from nba_service.settings import Settings
from tests.nba_service.audience_command import NIGHT, NOON, AudienceCommand, audience_command, rows_of


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AudienceCommand:
    return audience_command(settings, monkeypatch, tmp_path)


def test_a_list_becomes_merge_fields(run: AudienceCommand, tmp_path: Path) -> None:
    audience = "customer_id,name\r\nc-1,Ada\r\nbad id,Bob\r\nc-2\r\nc-3,=1+1\r\n".encode("utf-8-sig")
    result = run(audience)

    assert result.exit_code == 0, result.output
    rows = rows_of(tmp_path / "out.csv")
    assert [(row["customer_id"], row["name"], row["NBA_TITLE"]) for row in rows] == [
        ("c-1", "Ada", "Hello there"),
        ("c-3", "'=1+1", "Hello there"),
    ]
    assert rows[0]["NBA_LINK"] == "https://tiny.example/look?a=1"
    assert "list.csv:3: left out" in result.stderr
    assert "list.csv:4: left out: expected 2 columns, got 1" in result.stderr

    before = (tmp_path / "out.csv").read_bytes()
    assert run(audience).exit_code == 0
    assert (tmp_path / "out.csv").read_bytes() == before


def test_one_id_a_line_will_do(run: AudienceCommand, tmp_path: Path) -> None:
    assert run(b"c-1\nc-2\n\nc-3", "--prefix", "N_").exit_code == 0
    assert [row["customer_id"] for row in rows_of(tmp_path / "out.csv")] == ["c-1", "c-2", "c-3"]
    assert "N_TITLE" in rows_of(tmp_path / "out.csv")[0]


def test_a_list_that_is_made_in_quiet_hours_offers_nothing_and_says_why(
    run: AudienceCommand, tmp_path: Path
) -> None:
    result = run(b"c-1\n", at=NIGHT)

    assert result.exit_code == 0
    assert "1  nothing: QUIET_HOURS" in result.stderr
    (row,) = rows_of(tmp_path / "out.csv")
    assert (row["NBA_DECISION_ID"] != "", row["NBA_REASON"]) == (True, "NOTHING")


def test_a_list_that_was_made_at_night_is_decided_anew_in_the_morning(
    run: AudienceCommand, tmp_path: Path
) -> None:
    """Doing nothing because it is night is no decision about the mailing."""
    found = []
    for at in (NIGHT, NIGHT, NIGHT + timedelta(hours=12), NIGHT + timedelta(hours=24)):
        assert run(b"c-1\n", at=at).exit_code == 0
        found += [(row["NBA_REASON"], row["NBA_DECISION_ID"]) for row in rows_of(tmp_path / "out.csv")]

    assert [reason for reason, _ in found] == ["NOTHING", "NOTHING", "DECIDED", "DECIDED"]
    assert (found[0], found[2]) == (found[1], found[3])


def test_the_time_of_a_list_may_be_stated(run: AudienceCommand, tmp_path: Path) -> None:
    """At noon, for a mailing at night, and at night, for one that went out at noon."""
    assert run(b"c-1\n", "--message-id", "m-1", "--at", "2026-11-20T22:00:00Z", at=NIGHT).exit_code == 0
    assert [row["NBA_REASON"] for row in rows_of(tmp_path / "out.csv")] == ["NOTHING"]
    assert run(b"c-1\n", "--message-id", "m-2", "--at", "2026-11-20T11:00:00Z", at=NIGHT).exit_code == 0
    assert [row["NBA_REASON"] for row in rows_of(tmp_path / "out.csv")] == ["DECIDED"]


def test_the_phase_of_a_list_may_be_stated(run: AudienceCommand, tmp_path: Path) -> None:
    assert run(b"c-1\n", "--phase", "customer", "--json").exit_code == 0
    stated = rows_of(tmp_path / "out.csv")
    assert run(b"c-1\n", "--message-id", "other", "--json").exit_code == 0
    derived = rows_of(tmp_path / "out.csv")

    assert [row["NBA_TITLE"] for row in stated] != [row["NBA_TITLE"] for row in derived]


@pytest.mark.parametrize(
    ("audience", "ids"),
    [
        (b"customer_id;locale\r\nc-1042;de-AT\r\nc-7;en\r\n", ["c-1042", "c-7"]),
        (b"sep=;\r\ncustomer_id;locale\r\nc-1;de\r\n", ["c-1"]),
        (b"customer_id\tlocale\nc-1\tde\n", ["c-1"]),
        (b"name|Customer ID\nAda|c-1\n", ["c-1"]),
        (b"Email\nada@example.org\n", ["ada@example.org"]),
        (b"E-Mail,customer_id\na@b.org,c-1\n", ["c-1"]),
        ("customer_id,name\nc-1,Zoë\n".encode("utf-16"), ["c-1"]),
        ("customer_id,name\nc-1,Zoë\n".encode("utf-16-le"), ["c-1"]),
        ("customer_id,name\nc-1,Zoë €\n".encode("cp1252"), ["c-1"]),
        (gzip.compress(b"customer_id,name\nc-1,Ada\n"), ["c-1"]),
        (b'customer_id,name\n"c-1","Lovelace; Ada"\n', ["c-1"]),
        (b"+4917012345\n0100001\n", ["+4917012345", "0100001"]),
    ],
)
def test_lists_are_read_as_they_were_saved(run, tmp_path: Path, audience: bytes, ids: list[str]) -> None:  # type: ignore[no-untyped-def]
    result = run(audience)

    assert result.exit_code == 0, result.output
    rows = [list(row.values()) for row in rows_of(tmp_path / "out.csv")]
    assert [next(cell for cell in row if cell in ids) for row in rows] == ids
    assert "Zo" not in str(rows) or "Zoë" in str(rows)


@pytest.mark.parametrize(
    ("audience", "options", "said"),
    [
        (b"customer_id,name,name\nc-1,a,b\n", (), "'name' again"),
        (b"Kundennummer\nc-1\nc-2\n", (), "may be a header or an id"),
        (b"a;b,customer_id\n1;2,c-1\n", (), "State `delimiter`"),
        (b"customer_id,name\nc-1,\x81\n", (), "State `encoding`"),
        (b"PK\x03\x04 no zip", (), "zip"),
        (b"", (), "got nothing"),
        (b"c-1\n", ("--channel", "emial"), "one --channel"),
        (b"c-1\n", ("--at", "yesterday"), "TIME_INVALID"),
        (b"c-1\n", ("--at", "2027-01-01T00:00:00Z"), "TIME_IN_FUTURE"),
        (b"c-1\n", ("--phase", "custommer"), "Did you mean 'customer'?"),
        (b"c-1\n", ("--consent", "emial"), "Did you mean 'email'?"),
        (b"c-1\n", ("--locale", "Deutsch!"), "locale: expected a locale"),
        (b"c-1\n", ("--limit", "2"), "--limit goes with --customer only"),
        (b"c-1\n", ("--decision-id", "d"), "--decision-id goes with --customer only"),
        (b"c-1\n", ("--explain",), "--explain goes with --customer only"),
    ],
)
def test_what_can_be_meant_in_two_ways_is_refused(  # type: ignore[no-untyped-def]
    run, tmp_path: Path, audience: bytes, options: tuple[str, ...], said: str
) -> None:
    result = run(audience, *options)

    assert result.exit_code != 0
    assert said in result.output + str(result.exception)
    assert not (tmp_path / "out.csv").exists()


def test_a_channel_that_is_misspelt_is_an_error(run: AudienceCommand, tmp_path: Path) -> None:
    run(b"c-1\n")
    (tmp_path / "out.csv").unlink()
    command = ["decide", "--audience", str(tmp_path / "list.csv"), "--channel", "emial"]
    result = CliRunner().invoke(main, [*command, "--out", str(tmp_path / "out.csv")], obj=lambda: NOON)

    assert result.exit_code != 0
    assert "Did you mean 'email'?" in result.output + str(result.exception)
    assert not (tmp_path / "out.csv").exists()


def test_options_of_a_list_are_no_options_of_one_customer() -> None:
    result = CliRunner().invoke(main, ["decide", "--customer", "c-1", "--consent", "email"])
    assert (result.exit_code, "--consent goes with --audience only" in result.output) == (2, True)


def test_what_two_readings_fit_may_be_stated(run: AudienceCommand, tmp_path: Path) -> None:
    assert run(b"Kundennummer\nc-1\n", "--id-column", "Kundennummer").exit_code == 0
    assert [row["Kundennummer"] for row in rows_of(tmp_path / "out.csv")] == ["c-1"]
    assert run(b"Kundennummer\nc-1\n", "--no-header").exit_code == 0
    assert [row["customer_id"] for row in rows_of(tmp_path / "out.csv")] == ["Kundennummer", "c-1"]
    assert run(b"a;b,customer_id\n1;2,c-1\n", "--delimiter", "comma").exit_code == 0
    assert [row["a;b"] for row in rows_of(tmp_path / "out.csv")] == ["1;2"]
    name = "customer_id,name\nc-1,Łódź\n".encode("cp1250")
    assert run(name, "--encoding", "cp1250").exit_code == 0
    assert [row["name"] for row in rows_of(tmp_path / "out.csv")] == ["Łódź"]


def test_ids_and_numbers_come_back_as_they_went_in(run: AudienceCommand, tmp_path: Path) -> None:
    audience = b'customer_id,phone,latitude,change,note\n+4917012345,+49 (170) 99-9,-33.9,"-1,5",@sum(1)\n'
    assert run(audience).exit_code == 0
    assert list(rows_of(tmp_path / "out.csv")[0].values())[:5] == [
        "+4917012345",
        "+49 (170) 99-9",
        "-33.9",
        "-1,5",
        "'@sum(1)",
    ]
    assert run(audience, "--spreadsheet").exit_code == 0
    assert list(rows_of(tmp_path / "out.csv")[0].values())[:2] == ["'+4917012345", "'+49 (170) 99-9"]


def test_the_summary_says_who_got_what_and_why_not(run: AudienceCommand) -> None:
    audience = b"customer_id,locale\nc-1,de\nc-1,de\nbad id,de\nc-2,Deutsch!\n"
    result = run(audience, "--json")

    told = json.loads(result.stdout)
    assert (told["written"], told["decided"], told["repeated"]) == (3, 3, 1)
    assert told["read"] == "utf-8, comma; ids in 'customer_id'"
    assert told["actions"] == {"teaser": 3}
    assert [line for line, _ in told["bad"]] == [4]
    assert told["noted"] == [[5, "not used: locale"]]

    refused = run(b"c-9\n", "--message-id", "m-2", at=NIGHT)
    assert "nothing: QUIET_HOURS" in refused.stderr


def test_each_row_is_decided_once_and_its_decision_says_why_it_is_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audience_command(settings, monkeypatch, tmp_path)  # the environment
    decided: list[str] = []

    def counted(engine: Engine, request: DecisionRequest) -> tuple[Decision, DecisionSteps]:
        decided.append(request.customer.customer_id)
        return decide_in_steps(engine, request)

    monkeypatch.setattr("nba_service.decisions.render.decide_in_steps", counted)
    (tmp_path / "list.csv").write_text("c-1\nc-2\n")
    files = ["--audience", str(tmp_path / "list.csv"), "--out", str(tmp_path / "out.csv")]
    arguments = ["decide", *files, "--channel", "email", "--json"]  # nobody has agreed
    told = [json.loads(CliRunner().invoke(main, arguments, obj=lambda: NOON).stdout) for _ in range(2)]

    assert decided == ["c-1", "c-2"]
    assert [one["nothing"] for one in told] == [{"CONSENT_MISSING": 2}] * 2


@pytest.mark.parametrize("audience", [b"\xff\xfe", b"name,age\nAda,3\n", b"customer_id,NBA_TITLE\nc-1,x\n"])
def test_a_list_that_cannot_be_is_refused_and_leaves_no_file(run, tmp_path: Path, audience: bytes) -> None:  # type: ignore[no-untyped-def]
    result = run(audience)
    assert result.exit_code != 0
    assert not (tmp_path / "out.csv").exists()
    assert not list(tmp_path.glob(".out.csv.*"))


@given(st.text(max_size=20))
def test_no_cell_begins_a_formula(text: str) -> None:
    assert not defused(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert defused(text).removeprefix("'") == text.removeprefix("'") or defused(text) == text
