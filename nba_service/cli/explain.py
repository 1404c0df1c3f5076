"""The command ``nba explain``.

It says why a customer got, or would get, what: as tables, or as a text for the customer.
"""

from __future__ import annotations

from typing import Any

import click

from nba_service.cli.clock import command_clock
from nba_service.cli.output import Table, json_option, print_json


@click.command()
@click.argument("decision_id", required=False)
@click.option("--customer", metavar="ID", help="Explain what this customer would get now, instead.")
@click.option("--at", metavar="TIME", help="... or would have got then, such as 2026-11-20T18:04:00Z.")
@click.option("--channel", "channels", multiple=True, help="Only this channel; may be repeated.")
@click.option("--placement", "placements", multiple=True, help="Fill this placement; may be repeated.")
@click.option("--phase", help="What if: the customer were in this phase.")
@click.option("--without", multiple=True, metavar="TOUCHPOINT", help="What if: this had never happened.")
@click.option("--bundle", metavar="ID", help="What if: this bundle decided.")
@click.option("--text", type=click.Choice(["en", "de"]), help="The text for the customer (GDPR art. 15, 22).")
@click.option(
    "--all", "everyone", is_flag=True, help="What moved each candidate; what was not asked for, too."
)
@json_option
def explain(
    decision_id: str | None,
    customer: str | None,
    at: str | None,
    channels: tuple[str, ...],
    placements: tuple[str, ...],
    phase: str | None,
    without: tuple[str, ...],
    bundle: str | None,
    text: str | None,
    everyone: bool,
    as_json: bool,
) -> None:
    """Say why: every candidate with its factors, every drop-out with its rule, where each leads.

    \b
    Of a stored decision, or of one that is only thought of; nothing is stored or counted.
      nba explain mail-77/c-1042
      nba explain mail-77/c-1042 --text de
      nba explain --customer c-1042 --channel email --phase purchase_decision
    """
    if (decision_id is None) == (customer is None):
        raise click.UsageError("Say either a DECISION_ID or --customer ID.")
    body: dict[str, Any] = {"customer_id": customer, "of": decision_id, "text": text}
    body |= {"channels": list(channels) or None, "placements": list(placements) or None}
    if everyone:
        body |= {"contributions": "all", "detail": "full"}
    if at:
        body["context"] = {"time": at}
    changes = {"phase": phase, "without": list(without), "bundle": bundle}
    if any(changes.values()):
        body["changes"] = {name: value for name, value in changes.items() if value}
    answer = _answer({name: value for name, value in body.items() if value is not None})
    if as_json:
        print_json(answer)
        return
    if text:
        click.echo(answer["customer_text"]["text"])
        return
    show(answer)
    if "what_if" in answer:
        click.echo("\nWhat if:\n")
        show(answer["what_if"])
        _differences(answer["differences"]).show()


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request body, by the path that HTTP takes."""
    import marshmallow
    import orjson

    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.api.decisions.requests import ExplanationSchema
    from nba_service.http.body import problem_of_messages
    from nba_service.http.json_body import dump_json
    from nba_service.http.precision import shown
    from nba_service.services import make_services
    from nba_service.settings import load_settings

    parts = make_services(load_settings(), clock=command_clock(), poll=False)
    parts.store.plain.migrate()
    try:
        answer = dump_json(shown(parts.what_if.answer(ExplanationSchema().load(body))))
    except marshmallow.ValidationError as error:
        raise problem_of_messages(error.messages, body) from None
    finally:
        parts.store.close()
    loaded: dict[str, Any] = orjson.loads(answer)
    return loaded


def show(answer: dict[str, Any]) -> None:
    """An explained answer as tables."""
    chosen = ", ".join(f"{action['action']}@{action['channel'] or '-'}" for action in answer["actions"])
    phase = f"{answer['phase']['name']} ({answer['phase']['source']}{_believed(answer)})"
    click.echo(
        f"{answer['customer_id']} at {answer['decided_at']}, phase {phase}\n"
        f"{chosen}: {', '.join(answer['actions'][0]['reasons'])};"
        f" bundle {answer['bundle']}, policy {answer['policy']}, arm {answer['arm']}\n"
    )
    explanation = answer["explanation"]
    _candidates(explanation["candidates"], answer["currency"]).show()
    _contributions(explanation["candidates"]).show()
    if any(one.get("learned_effect") for one in explanation["candidates"]):
        _learned_effects(explanation["candidates"], answer["currency"]).show()
    if any(one.get("satisfaction") for one in explanation["candidates"]):
        _satisfaction(explanation["candidates"], answer["currency"]).show()
    if explanation.get("path"):
        _path(explanation["path"]).show()
    _drop_outs(explanation["drop_outs"]).show()
    if explanation["not_asked"] and not any(one["tier"] == "asked" for one in explanation["drop_outs"]):
        click.echo(
            f"{explanation['not_asked']} more are on channels or placements that were not asked for"
            " (--all lists them)."
        )
    for policy in explanation["rule_failures"]:
        click.echo(f"The rule of policy {policy} failed while it ran, which refuses; see the drop-outs.")


def _believed(answer: dict[str, Any]) -> str:
    """How far the phase is believed, and what else it may be."""
    believed = answer["explanation"].get("believed_phases")
    if believed is None:
        return ""
    own = answer["phase"]["name"]
    others = sorted((p for p in believed if p != own), key=lambda p: -believed[p])[:2]
    told = ", ".join(f"{phase} {believed[phase]:.2f}" for phase in others if believed[phase] >= 0.05)
    return f", believed {believed[own]:.2f}" + (f"; {told}" if told else "")


def _candidates(candidates: list[dict[str, Any]], currency: str) -> Table:
    columns = ("treatment", "P(action)", "propensity", "value", "weight", "lever", "cost", "journey gain",
               "price", "priority", "gain", "leads to")  # fmt: skip
    rows = []
    for candidate in candidates:
        used, value = candidate["factors"], candidate["value"]
        moves = sorted(candidate["changes"].items(), key=lambda item: -abs(item[1]))[:2]
        leads = ", ".join(f"{phase} {change:+.3f}" for phase, change in moves if abs(change) >= 5e-4)
        money = [used["value"], used["weight"], used["lever"], used["cost"], used["journey_gain"]]
        rows.append(
            [
                _treatment(candidate),
                f"{candidate['action_probability']:.3f}",
                f"{used['propensity']:.4f}",
                *(f"{number:g}" if index < 3 else f"{number:z.2f}" for index, number in enumerate(money)),
                f"{used['share_price']:g}",
                f"{value['priority']:z.2f}",
                f"{value['over_nothing']:z.2f}",
                leads or "-",
            ]
        )
    return Table(f"Candidates ({currency})", columns, rows, right=frozenset(columns[1:11]))


def _contributions(candidates: list[dict[str, Any]]) -> Table:
    rows = [
        [_treatment(candidate), part["text"], f"{part['log_odds']:+.3f}"]
        for candidate in candidates
        for part in candidate["contributions"]
    ]
    rows += [
        [
            _treatment(candidate),
            f"{since['decisions']:.0f} decisions since the training",
            f"{since['log_odds']:+.3f}",
        ]
        for candidate in candidates
        if (since := candidate["since_training"])
    ]
    return Table(
        "What moved the propensity (log-odds)", ("treatment", "because", "by"), rows, frozenset({"by"})
    )


def _learned_effects(candidates: list[dict[str, Any]], currency: str) -> Table:
    columns = ("treatment", "by phase", "by customer", "later")
    rows = [
        [_treatment(one), *(f"{part[name]:+z.2f}" for name in ("phase", "customer", "later"))]
        for one in candidates
        if (part := one.get("learned_effect"))
    ]
    return Table(f"What it adds to doing nothing, before its cost ({currency})", columns, rows,
                 frozenset(columns[1:]))  # fmt: skip


def _satisfaction(candidates: list[dict[str, Any]], currency: str) -> Table:
    told = [(one, one["satisfaction"]) for one in candidates if one.get("satisfaction")]
    columns = ("treatment", "points", "90 %", f"worth ({currency})")
    rows = [
        [
            _treatment(one),
            f"{part['over_nothing']:+.2f}",
            f"{part['low']:+.2f} to {part['high']:+.2f}",
            f"{part['worth']:z.2f}",
        ]
        for one, part in told
    ]
    title = f"What it changes in the next {told[0][1]['fact']}, over doing nothing"
    return Table(title, columns, rows, frozenset(columns[1:]))


def _path(path: dict[str, Any]) -> Table:
    """Chances to enter each other phase, likeliest first."""
    columns = ("phase", "chance", "with nothing", "days")
    rows = []
    for phase, chance in sorted(path["chosen"].items(), key=lambda item: -item[1]):
        time = path["times"].get(phase)
        days = "-" if time is None else f"{time['median']:.0f} ({time['low']:.0f} to {time['high']:.0f})"
        rows.append([phase, f"{chance:.1%}", f"{path['nothing'][phase]:.1%}", days])
    title = f"The path ahead: chance to enter within {path['days']:.0f} days"
    return Table(title, columns, rows, frozenset(columns[1:]))


def _drop_outs(drop_outs: list[dict[str, Any]]) -> Table:
    rows = [
        [_treatment(drop_out), drop_out["tier"], drop_out["code"], drop_out["detail"]]
        for drop_out in drop_outs
    ]
    return Table("Dropped out", ("treatment", "tier", "code", "what it saw"), rows)


def _differences(differences: list[dict[str, Any]]) -> Table:
    columns = ("treatment", "P before", "P after", "priority before", "priority after")
    rows = []
    for difference in differences:
        sides = [difference["before"], difference["after"]]
        chances = ["-" if side is None else f"{side['action_probability']:.3f}" for side in sides]
        money = ["-" if side is None else f"{side['priority']:z.2f}" for side in sides]
        rows.append([_treatment(difference), *chances, *money])
    return Table("What differs", columns, rows, right=frozenset(columns[1:]))


def _treatment(one: dict[str, Any]) -> str:
    return f"{one['action']}@{one['channel']}" if one["channel"] else str(one["action"])
