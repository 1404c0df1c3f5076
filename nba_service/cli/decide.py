"""The command ``nba decide``.

One decision at the terminal, by the same code that answers over HTTP.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nba_service.cli.clock import command_clock
from nba_service.cli.lists.audience_path import AudiencePath
from nba_service.cli.output import Table, json_option

if TYPE_CHECKING:
    from nba_service.decisions.made import AnsweredDecision
    from nba_service.mail.audience_file import Stated


@click.command()
@click.option("--customer", metavar="ID", help="Customer id; an unknown one is decided too.")
@click.option(
    "--audience",
    type=AudiencePath(),
    metavar="FILE|URL",
    help="Decide for all of a list instead: one id a line, or CSV with a header. Needs --out and --channel.",
)
@click.option("--out", help="Where the result goes: a file; with an engine for tables a folder or URL.")
@click.option("--message-id", metavar="ID", help="Of the mail, for lists; the list's name if left out.")
@click.option("--consent", "consents", multiple=True, help="All of the list have given it; may be repeated.")
@click.option("--prefix", default="NBA_", show_default=True, help="Of the columns of a list's result.")
@click.option("--encoding", help="Of the list, such as cp1252; found if left out.")
@click.option("--delimiter", help="Of the list; found if left out.")
@click.option("--id-column", metavar="NAME", help="Of the list: where the ids are.")
@click.option("--no-header", is_flag=True, help="The only column of the list has no header.")
@click.option("--spreadsheet", is_flag=True, help="The result is for people: defuse ids and numbers, too.")
@click.option(
    "--at", metavar="TIME", help="Moment of the decision, such as 2026-11-20T18:04:00Z; now if left out."
)
@click.option("--channel", "channels", multiple=True, help="Only this channel; may be repeated.")
@click.option("--placement", "placements", multiple=True, help="Fill this placement; may be repeated.")
@click.option("--phase", help="State the phase instead of deriving it from the history.")
@click.option("--locale", help="Language of the content, such as de-AT.")
@click.option("--limit", type=int, default=1, show_default=True, help="How many actions.")
@click.option("--decision-id", metavar="ID", help="Seeds the draw; the same id draws the same.")
@click.option("--explain", is_flag=True, help="Show every candidate, and every drop-out with its reason.")
@click.option(
    "--engine",
    type=click.Choice(["service", "shards", "spark"]),
    default="service",
    show_default=True,
    help="Of a list: the store, or exported tables on this machine or on Spark (extra: train or spark).",
)
@click.option("--data", help="Of exported tables: their folder, with Spark also a URL.")
@click.option("--run-id", metavar="ID", help="Of tables: the same run decides the same.")
@click.option("--master", help="Of Spark, such as local[4].")
@click.option("--work", help="With Spark: a folder or URL that all workers see.")
@click.option("--log", is_flag=True, help="Store the decision, as HTTP does; without it nothing changes.")
@json_option
def decide(
    customer: str | None,
    audience: Path | None,
    out: str | None,
    message_id: str | None,
    consents: tuple[str, ...],
    prefix: str,
    encoding: str | None,
    delimiter: str | None,
    id_column: str | None,
    no_header: bool,
    spreadsheet: bool,
    at: str | None,
    channels: tuple[str, ...],
    placements: tuple[str, ...],
    phase: str | None,
    locale: str | None,
    limit: int,
    decision_id: str | None,
    explain: bool,
    engine: str,
    data: str | None,
    run_id: str | None,
    master: str | None,
    work: str | None,
    log: bool,
    as_json: bool,
) -> None:
    """Decide what is next for a customer, and say why.

    \b
    Reads the store and the registry that `nba serve` reads; gives the answer that POST /v1/decisions gives.
      nba decide --customer c-1042 --channel email --explain
      nba decide --customer c-1042 --at 2026-11-20T18:04:00Z --json | jq '.actions[0]'
      nba decide --audience audience.csv --channel email --out newsletter.csv
      nba decide --audience all.csv --channel email --engine spark --data var/export --out decisions/
    """
    _refuse_options_of_the_other_kind(audience is not None)
    if audience is not None:
        if out is None or customer is not None or len(channels) + len(placements) != 1:
            raise click.UsageError("--audience needs --out and one --channel or --placement, no --customer.")
        from nba_service.cli.lists.audience import ListOptions, decide_audience
        from nba_service.mail.audience_file import Stated

        header = False if no_header else None
        stated = Stated(encoding=encoding, delimiter=_sign(delimiter), id_column=id_column, header=header)
        if engine != "service":
            _on_tables(audience, out, stated, run_id or message_id or audience.stem, as_json)
            return
        options = ListOptions(
            place=(channels + placements)[0],
            kind="channel" if channels else "placement",
            message_id=message_id,
            locale=locale,
            consent=consents,
            at=at,
            phase=phase,
            prefix=prefix,
            for_spreadsheets=spreadsheet,
        )
        decide_audience(audience, Path(out), stated, options, as_json=as_json)
        return
    if customer is None:
        raise click.UsageError("Missing option '--customer' (or '--audience').")
    body: dict[str, Any] = {"customer_id": customer, "limit": limit, "explain": explain}
    optional = {"channels": list(channels), "placements": list(placements), "phase": phase}
    body.update({name: value for name, value in optional.items() if value})
    body["context"] = {name: value for name, value in (("time", at), ("locale", locale)) if value}
    if decision_id:
        body["decision_id"] = decision_id
    decision = _decide(body, log)
    if as_json:
        click.echo(_pretty(decision.explained()))
    else:
        _show(decision.explained())


_OF_TABLES: Final = ("data", "run_id", "master", "work")
_NOT_OF_TABLES: Final = ("locale", "phase", "consents", "prefix", "spreadsheet", "placements")


def _on_tables(audience: Path, out: str, stated: Stated, run_id: str, as_json: bool) -> None:
    """Decide for a list from exported tables."""
    from nba_service.cli.lists.audience_on_tables import TableOptions, decide_on_tables

    given = click.get_current_context().params
    _refuse(_NOT_OF_TABLES, "goes with --engine service only")
    options = TableOptions(
        engine=given["engine"],
        data=given["data"],
        run_id=run_id,
        channel=given["channels"][0],
        at=given["at"],
        master=given["master"],
        work=given["work"],
    )
    decide_on_tables(audience, out, stated, options, as_json=as_json)


_OF_LISTS: Final = (
    *("engine", *_OF_TABLES, "out", "message_id", "consents", "prefix"),
    *("encoding", "delimiter", "id_column", "no_header", "spreadsheet"),
)
_OF_ONE: Final = ("limit", "decision_id", "explain", "log")


def _refuse_options_of_the_other_kind(is_list: bool) -> None:
    """An option that would do nothing is a mistake, and said."""
    _refuse(_OF_ONE if is_list else _OF_LISTS, f"goes with {'--customer' if is_list else '--audience'} only")
    if click.get_current_context().params["engine"] == "service":
        _refuse(_OF_TABLES, "goes with --engine shards or spark only")


def _refuse(names: tuple[str, ...], why: str) -> None:
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = {"consents": "consent", "placements": "placement"}.get(name, name).replace("_", "-")
            raise click.UsageError(f"--{option} {why}.")


def _sign(delimiter: str | None) -> str | None:
    """A delimiter as it is or by name, as tabs are hard to type."""
    if delimiter is None:
        return None
    sign = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "bar": "|"}.get(delimiter, delimiter)
    if len(sign) != 1:
        raise click.UsageError(f"--delimiter: expected one sign, or tab, got {delimiter!r}.")
    return sign


def _decide(body: dict[str, Any], log: bool) -> AnsweredDecision:
    """The decision for a request body, by the path that HTTP takes."""
    import marshmallow

    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.api.decisions.requests import DecisionSchema
    from nba_service.http.body import problem_of_messages
    from nba_service.services import make_services
    from nba_service.settings import load_settings

    parts = make_services(load_settings(), clock=command_clock(), poll=False)
    parts.store.plain.migrate()
    try:
        call = DecisionSchema().load(body)
    except marshmallow.ValidationError as error:
        raise problem_of_messages(error.messages, body) from None
    try:
        decision = parts.decisions.decide([call])[0] if log else parts.decisions.what_if(call)
    finally:
        parts.store.close()
    return decision


def _pretty(answer: dict[str, Any]) -> str:
    import orjson

    from nba_service.http.precision import shown

    return orjson.dumps(shown(answer), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()


def _show(answer: dict[str, Any]) -> None:
    phase = answer["phase"]
    click.echo(
        f"{answer['customer_id']} at {_time(answer['decided_at'])}: {phase['name']} ({phase['source']}, since"
        f" {_time(phase['since'])})\n"
        f"{answer['reason']}, bundle {answer['bundle']}, policy {answer['policy']}, arm {answer['arm']}\n"
    )
    _treatments("Chosen", answer["actions"], answer["currency"]).show()
    for action in answer["actions"]:
        if action["content"]:
            click.echo(f"{action['content']['title']}\n{action['content']['body']}\n")
    explanation = answer.get("explanation")
    if explanation:
        ranked = sorted(explanation["candidates"], key=lambda one: -one["value"]["priority"])
        _treatments("Candidates", ranked, answer["currency"]).show()
        for candidate in ranked:
            if candidate["contributions"]:
                click.echo(_moved_by(candidate))
        _drop_outs(explanation["drop_outs"]).show()
        if explanation["not_asked"]:
            click.echo(
                f"{explanation['not_asked']} more are on channels or placements that were not asked for."
            )


def _time(moment: datetime | str | None) -> str:
    """A time as HTTP writes it; a stored answer has it as text already."""
    return moment.isoformat().replace("+00:00", "Z") if isinstance(moment, datetime) else str(moment)


def _treatments(title: str, treatments: list[dict[str, Any]], currency: str) -> Table:
    columns = (
        "action",
        "channel",
        "P(action)",
        "P(positive)",
        "now",
        "journey",
        "cost",
        "priority",
        "gain",
        "leads to",
    )
    rows = []
    for treatment in treatments:
        value, likely = treatment["value"], max(treatment["leads_to"].items(), key=lambda item: item[1])
        money = [
            f"{value[name]:z.2f}" for name in ("immediate", "journey", "cost", "priority", "over_nothing")
        ]
        chances = [f"{treatment['action_probability']:.3f}", f"{treatment['propensity']['value']:.3f}"]
        rows.append(
            [
                treatment["action"],
                treatment["channel"] or "-",
                *chances,
                *money,
                f"{likely[0]} {likely[1]:z.2f}",
            ]
        )
    return Table(f"{title} ({currency})", columns, rows, right=frozenset(columns[2:9]))


def _moved_by(candidate: dict[str, Any]) -> str:
    """The features that moved a candidate's propensity most, in words."""
    moved = ", ".join(
        f"{contribution['text']} ({contribution['log_odds']:+z.2f})"
        for contribution in candidate["contributions"]
    )
    return f"{candidate['action']}@{candidate['channel'] or '-'}: {moved}"


def _drop_outs(drop_outs: list[dict[str, Any]]) -> Table:
    columns = ("action", "channel", "tier", "code", "detail")
    rows = [[str(drop_out[name] or "-") for name in columns] for drop_out in drop_outs]
    return Table("Dropped out", columns, rows)
