"""A training file for what was found in a folder, with comments.

Knows the form of training files and DuckDB's SQL; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from training.starter.guesses import Roles
from training.starter.journey_text import Company, actions_of, channels_of, response_name
from training.starter.names import column, identifier, scalar, text
from training.starter.profiles import YES, Column, FileProfile, Kind

_ROW: Final = "file_row"


def training_text(roles: Roles, company: Company) -> str:
    """The whole file."""
    return "\n".join(_lines(roles, company)) + "\n"


def _lines(roles: Roles, company: Company) -> Iterator[str]:
    yield "# How the four tables come out of your files: one SQL query (DuckDB) a table. Made by `nba init`;"
    yield "# change everything. `nba tables` says what comes out; fields: docs/reference/training-file.md."
    yield "journey: journey.yaml"
    yield f"time_zone: {company.time_zone} # of times without a zone"
    yield ""
    yield "sources:"
    for file in _files(roles):
        yield from _source(roles, file)
    yield ""
    yield "views:"
    yield "  # What was done to whom, when, and whether they responded."
    yield "  contacts: |"
    yield from _indented(_contacts(roles), 4)
    yield ""
    yield "tables:"
    if roles.attributes:
        yield "  customers: |"
        yield from _indented(_customers(roles), 4)
        yield ""
    yield "  interactions: |"
    yield from _indented(_interactions(roles), 4)
    yield ""
    yield "  # `action_probability`: the chance with which the action was drawn, in (0, 1]. With it other"
    yield "  # policies can be valued on your log. If you drew lots among three, write 1.0 / 3."
    yield "  decisions: |"
    yield from _indented(_decisions(roles), 4)
    yield ""
    yield "  outcomes: |"
    yield from _indented(_outcomes(roles, company), 4)
    yield ""
    yield "rows:"
    yield "  immature: keep # the file ends with what was seen"
    if roles.time is None:
        yield "  purge: false # the order of rows is not time"


def _files(roles: Roles) -> list[FileProfile]:
    found = [roles.contacts, *([roles.customers] if roles.customers else []), *(e.file for e in roles.events)]
    return list({file.source: file for file in found}.values())


def _source(roles: Roles, file: FileProfile) -> Iterator[str]:
    if file.written:
        yield f"  # {file.written}"
    yield f"  {file.source}:"
    yield f"    file: {scalar(file.path.name)}"
    if file is roles.contacts:
        yield f"    number_rows: {_ROW}"
    formats = {c.name: c.format for c in file.columns if c.format}
    if formats:
        pairs = ", ".join(f"{scalar(name)}: {scalar(form)}" for name, form in formats.items())
        yield f"    formats: {{{pairs}}}"


def _contacts(roles: Roles) -> Iterator[str]:
    who = f"{column(roles.customer)}::VARCHAR" if roles.customer else f"'row-' || {_ROW}"
    when = (
        _time(roles.time)
        if roles.time
        else f"TIMESTAMPTZ '2026-01-01 09:00:00+00' + to_minutes({_ROW}) -- the file has no time"
    )
    known = {**actions_of(roles), **dict.fromkeys(roles.control, "nothing")}
    cases = " ".join(f"WHEN {text(value)} THEN {text(name)}" for value, name in known.items())
    yield f"SELECT {_ROW}, {who} AS customer_id,"
    yield f"       {when}"
    yield "         AS decided_at,"
    yield f"       CASE {column(roles.action.name)} {cases} END AS action,"
    yield f"       {_channel(roles)} AS channel,"
    yield f"       {_responded(roles.outcome)} AS responded,"
    yield f"       {_chance(roles)} AS action_probability"
    yield f"FROM {roles.contacts.source}"


def _time(moment: Column) -> str:
    """A time in SQL; what has a format of its own comes as a text."""
    return column(moment.name) + ("::TIMESTAMP" if moment.format else "")


def _channel(roles: Roles) -> str:
    named = channels_of(roles)
    if roles.channel is None or not roles.channel.values:
        return text(next(iter(named.values())))
    cases = " ".join(f"WHEN {text(value)} THEN {text(name)}" for value, name in named.items())
    return f"CASE {column(roles.channel.name)} {cases} END"


def _responded(outcome: Column | None) -> str:
    return "NULL::BOOLEAN" if outcome is None else _flag(outcome)


def _flag(flag: Column) -> str:
    """The SQL that says whether a row has it; of a number, whether it is more than 0."""
    if flag.kind is Kind.NUMBER:
        return f"coalesce({column(flag.name)}, 0) > 0"
    words = {value.lower() for value in flag.values}
    said = [word for word in YES if word in words] or YES[:4]
    return f"lower({column(flag.name)}::VARCHAR) IN ({', '.join(map(text, said))})"


def _chance(roles: Roles) -> str:
    return "NULL::DOUBLE" if roles.chance is None else f"{column(roles.chance.name)}::DOUBLE"


def _customers(roles: Roles) -> Iterator[str]:
    file = roles.attributes[0][0]
    pairs = ",\n         ".join(
        f"{text(identifier(c.name))}, {_flag(c) if c.kind is Kind.FLAG else column(c.name)}"
        for _, c in roles.attributes
    )
    key = roles.customer if file is roles.contacts else _key(roles, file)
    who = f"{column(key)}::VARCHAR" if key else f"'row-' || {_ROW}"
    yield f"SELECT {who} AS customer_id,"
    yield from f"       json_object(\n         {pairs}) AS attributes".split("\n")
    yield f"FROM {file.source} ORDER BY 1"


def _key(roles: Roles, file: FileProfile) -> str:
    plain = identifier(roles.customer or "").replace("_", "")
    return next(c.name for c in file.columns if identifier(c.name).replace("_", "") == plain)


def _interactions(roles: Roles) -> Iterator[str]:
    response = text(response_name(roles))
    parts = []
    if roles.outcome is not None:
        parts.append(
            f"SELECT 'r-' || {_ROW} AS interaction_id, customer_id,\n"
            "       decided_at + INTERVAL 1 DAY AS occurred_at, -- the file does not say when: a day later\n"
            f"       {response} AS touchpoint, 0.0 AS value\nFROM contacts WHERE responded"
        )
    for number, events in enumerate(roles.events, start=1):
        kind = text(events.file.source)
        if events.kind is not None:
            cases = " ".join(f"WHEN {text(v)} THEN {text(name)}" for v, name in events.touchpoints().items())
            kind = f"CASE {column(events.kind.name)} {cases} END"
        money = f"{column(events.money.name)}::DOUBLE" if events.money else "0.0"
        parts.append(
            f"SELECT 'e{number}-' || row_number() OVER () AS interaction_id,"
            f" {column(events.customer)}::VARCHAR AS customer_id,\n"
            f"       {_time(events.time)} AS occurred_at,\n"
            f"       {kind} AS touchpoint,\n       {money} AS value\nFROM {events.file.source}"
        )
    yield from "\nUNION ALL\n".join(parts).split("\n")
    yield "ORDER BY 1"


def _decisions(roles: Roles) -> Iterator[str]:
    yield f"SELECT 'd-' || {_ROW} AS decision_id, customer_id, decided_at, action,"
    yield "       CASE WHEN action <> 'nothing' THEN channel END AS channel, action_probability,"
    yield "       CASE WHEN action <> 'nothing' THEN decided_at END AS delivered_at"
    yield f"FROM contacts ORDER BY {_ROW}"


def _outcomes(roles: Roles, company: Company) -> Iterator[str]:
    if roles.outcome is not None:
        yield f"SELECT 'o-' || {_ROW} AS outcome_id, 'd-' || {_ROW} AS decision_id, 'responded' AS outcome,"
        yield "       decided_at + INTERVAL 1 DAY AS occurred_at"
        yield f"FROM contacts WHERE responded AND action <> 'nothing' ORDER BY {_ROW}"
        return
    response = response_name(roles)
    events = next(one for one in roles.events if response in one.touchpoints().values())
    kind = ""
    if events.kind is not None:
        values = ", ".join(text(value) for value, name in events.touchpoints().items() if name == response)
        kind = f" WHERE {column(events.kind.name)} IN ({values})"
    yield f"SELECT 'o-' || {_ROW} AS outcome_id, 'd-' || {_ROW} AS decision_id, 'responded' AS outcome,"
    yield "       min(answers.at) AS occurred_at"
    yield "FROM contacts"
    yield f"JOIN (SELECT {column(events.customer)}::VARCHAR AS who, {_time(events.time)} AS at"
    yield f"      FROM {events.file.source}{kind}) AS answers ON answers.who = contacts.customer_id"
    yield f" AND answers.at >= decided_at AND answers.at < decided_at + INTERVAL {company.window_days} DAY"
    yield f"WHERE action <> 'nothing' GROUP BY {_ROW} ORDER BY {_ROW}"


def _indented(lines: Iterator[str], width: int) -> Iterator[str]:
    yield from (" " * width + line for line in lines)
