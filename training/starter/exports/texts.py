"""The journey and training file of a known tool's export.

Decisions are mails that were sent, outcomes the clicks that people made: what a machine opened or clicked is
left out and counted by its reason (the view ``filtered``). Knows the form of both files; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from training.starter.exports.known import Recognised
from training.starter.journey_text import Company
from training.starter.names import identifier, scalar, text

SECONDS_AFTER_SENDING: Final = 10
AT_ONCE_SECONDS: Final = 10
AT_ONCE_LINKS: Final = 3
_OF_MAILS: Final = ("sent", "open", "click", "unsubscribe", "complaint")
OTHER: Final = "other_campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an export holds.

    ``campaigns`` and ``kinds``: the commonest first; ``more``: campaigns that are not listed.
    """

    campaigns: Sequence[str] = ()
    kinds: Sequence[str] = ()
    more: int = 0

    def actions(self) -> dict[str, str]:
        """Campaign → name of the action; two with one name are one action."""
        return {campaign: identifier(campaign) for campaign in self.campaigns}

    def touchpoints(self) -> dict[str, str]:
        """Kind of event → name of the touchpoint."""
        return {kind: identifier(kind) for kind in self.kinds if kind != "sent"}


def journey_text(found: Recognised, contents: Contents, company: Company) -> str:
    """The whole journey file."""
    return "\n".join(_journey(found, contents, company)) + "\n"


def training_text(found: Recognised, contents: Contents, company: Company) -> str:
    """The whole training file."""
    return "\n".join(_training(found, contents, company)) + "\n"


def _journey(found: Recognised, contents: Contents, company: Company) -> Iterator[str]:
    export, touchpoints = found.export, contents.touchpoints()
    yield f"# Made by `nba init` from an export of {export.label}; change everything. `nba journey check`"
    yield "# says what is wrong, docs/reference/journey-file.md what each field means."
    yield f"company: {scalar(company.name)}"
    yield f"currency: {company.currency}"
    yield f"time_zone: {company.time_zone}"
    yield "default_locale: en"
    yield ""
    if export.mail:
        yield "consents: {email: E-mail}"
        yield ""
    yield "touchpoints:"
    for kind, name in {
        **touchpoints,
        **({"click": "click", "unsubscribe": "unsubscribe"} if export.mail else {}),
    }.items():
        label = scalar(kind.replace("_", " ").capitalize())
        withdraws = ", withdraws: [email]" if export.mail and name == "unsubscribe" else ""
        yield f"  {name}: {{label: {label}{withdraws}}}"
    yield ""
    yield "phases:"
    if export.mail:
        yield "  open: {label: Has not clicked}"
        lapse = max(30, 3 * company.window_days)
        value = f"value: {company.worth:g}, lapse: {{after_days: {lapse}, to: open}}"
        yield f"  responded: {{label: Has clicked, {value}}}"
        yield ""
        yield "phase_rules:"
        yield '  - {when: interaction.touchpoint == "click", to: responded}'
    else:
        yield "  seen: {label: Has been seen}"
    yield ""
    yield "channels:"
    yield (
        "  email: {label: E-mail, cost: 0.01, consent: email}"
        if export.mail
        else "  contact: {label: Contact, cost: 0.01}"
    )
    yield ""
    yield "outcomes:"
    yield "  default: ignored"
    yield f"  response_window_days: {company.window_days}"
    yield "  named:"
    yield "    responded: {label: Responded, sentiment: positive}"
    if export.mail:
        yield "    unsubscribed: {label: Unsubscribed, sentiment: negative, withdraws: [email]}"
    yield "    ignored: Did not respond"
    yield ""
    actions = dict.fromkeys(contents.actions().values())
    if contents.more:
        actions[OTHER] = None
    if not actions:
        yield "# The export says what people did, and nothing of what you did. Write your actions here."
        yield "actions: {}"
        return
    labels = {name: campaign for campaign, name in reversed(contents.actions().items())}
    yield "actions:"
    for name in actions:
        words = scalar(_plain(labels.get(name, "Other campaigns")))
        yield f"  {name}:"
        yield f"    label: {words}"
        yield "    channels: [email]"
        yield "    value: 0"
        yield f"    content: {{default: {{en: {{title: {words}, body: {words}}}}}}}"
    yield ""
    yield "playbook:"
    yield f"  open: [{', '.join(list(actions)[:50])}]"
    yield ""
    yield "objective:"
    yield f"  horizon_days: {company.window_days}"
    yield "  arms:"
    yield "    treatment: {share: 0.9, policy: default}"
    yield "    control: {share: 0.1, policy: random} # so that later you know what it earned"


def _training(found: Recognised, contents: Contents, company: Company) -> Iterator[str]:
    export = found.export
    yield f"# How the four tables come out of an export of {export.label} ({export.page})."
    yield "# Made by `nba init`; change everything. `nba tables` says what comes out and what is filtered."
    yield "journey: journey.yaml"
    yield f"time_zone: {export.time_zone or company.time_zone} # of times without a zone"
    yield ""
    yield "sources:"
    for name, pattern in found.files.items():
        yield f"  {name}:"
        yield f"    file: {scalar(pattern)}"
        if export.formats:
            pairs = ", ".join(f"{scalar(column)}: {scalar(form)}" for column, form in export.formats.items())
            yield f"    formats: {{{pairs}}}"
    yield ""
    yield "views:"
    yield "  # What the tool says, in one form. `machine`: the tool itself says that nobody was there."
    yield "  told: |"
    yield from _indented(found.sql.split("\n"), 4)
    yield ""
    yield "  # Once each: exports overlap, and some tools deliver a row twice."
    yield "  once: |"
    yield "    SELECT * FROM told"
    yield "    WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL AND kind IS NOT NULL"
    yield "    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY occurred_at) = 1"
    yield ""
    yield from _machines() if export.mail else _no_machines()
    yield ""
    yield "tables:"
    yield "  interactions: |"
    yield from _indented(_interactions(found, contents), 4)
    if export.mail:
        yield ""
        yield "  # Every mail that was sent. With `action_probability` (the chance with which its campaign"
        yield "  # was drawn) other policies can be valued on your log."
        yield "  decisions: |"
        yield from _indented(_decisions(contents), 4)
        yield ""
        yield "  outcomes: |"
        yield from _indented(_outcomes(company), 4)
    yield ""
    yield "rows:"
    yield "  immature: keep # the export ends with what was seen"


def _machines() -> Iterator[str]:
    """Views that say of each event whether a person did it."""
    yield "  # What machines do: security scanners click every link of a mail within seconds, privacy"
    yield "  # proxies open it when it arrives. Links that nobody can see (write yours below) are clicked by"
    yield "  # machines alone."
    yield "  judged: |"
    yield "    SELECT e.*, s.sent_at,"
    yield "      CASE"
    yield "        WHEN e.kind NOT IN ('open', 'click') THEN NULL"
    yield "        WHEN e.machine THEN 'said by the tool'"
    yield "        WHEN h.hidden THEN 'hidden link'"
    yield f"        WHEN date_diff('second', s.sent_at, e.occurred_at) BETWEEN 0 AND {SECONDS_AFTER_SENDING}"
    yield "          THEN 'seconds after sending'"
    yield f"        WHEN e.kind = 'click' AND coalesce(b.links, 0) >= {AT_ONCE_LINKS}"
    yield "          THEN 'all links at once'"
    yield "      END AS machine_because"
    yield "    FROM once AS e"
    yield "    LEFT JOIN (SELECT customer_id, campaign, min(occurred_at) AS sent_at"
    yield "      FROM once WHERE kind = 'sent' GROUP BY 1, 2) AS s"
    yield "      ON s.customer_id = e.customer_id AND s.campaign IS NOT DISTINCT FROM e.campaign"
    yield "    LEFT JOIN ("
    yield "      SELECT c.event_id, count(DISTINCT o.link) AS links FROM once AS c JOIN once AS o"
    yield "        ON o.kind = 'click' AND c.kind = 'click' AND o.customer_id = c.customer_id"
    yield "        AND o.campaign IS NOT DISTINCT FROM c.campaign"
    yield f"        AND abs(date_diff('second', c.occurred_at, o.occurred_at)) <= {AT_ONCE_SECONDS}"
    yield "      GROUP BY 1) AS b ON b.event_id = e.event_id"
    yield "    LEFT JOIN ("
    yield "      SELECT c.event_id, true AS hidden FROM once AS c JOIN once AS o"
    yield "        ON o.kind = 'click' AND c.kind IN ('open', 'click') AND o.customer_id = c.customer_id"
    yield "        AND o.campaign IS NOT DISTINCT FROM c.campaign"
    yield "        AND regexp_matches(lower(o.link), '(hidden|honeypot|bot-trap)')"
    yield f"        AND abs(date_diff('second', c.occurred_at, o.occurred_at)) <= {AT_ONCE_SECONDS}"
    yield "      GROUP BY 1) AS h ON h.event_id = e.event_id"
    yield ""
    yield "  filtered: | # what is left out; `nba tables` and `nba train` say it"
    yield "    SELECT kind || ' by a machine, ' || machine_because AS reason, count(*) AS count"
    yield "    FROM judged WHERE machine_because IS NOT NULL GROUP BY 1"
    yield "    UNION ALL"
    yield "    SELECT 'no customer, time or kind, or told twice',"
    yield "      (SELECT count(*) FROM told) - (SELECT count(*) FROM once)"
    yield ""
    yield "  kept: SELECT * FROM judged WHERE machine_because IS NULL"


def _no_machines() -> Iterator[str]:
    yield "  filtered: | # what is left out; `nba tables` and `nba train` say it"
    yield "    SELECT 'no customer, time or kind, or told twice' AS reason,"
    yield "      (SELECT count(*) FROM told) - (SELECT count(*) FROM once) AS count"
    yield ""
    yield "  kept: SELECT * FROM once"


def _interactions(found: Recognised, contents: Contents) -> Iterator[str]:
    cases = " ".join(f"WHEN {text(kind)} THEN {text(name)}" for kind, name in contents.touchpoints().items())
    channel = "CASE WHEN kind IN ('open', 'click', 'unsubscribe', 'complaint') THEN 'email' END"
    yield "SELECT event_id AS interaction_id, customer_id, occurred_at,"
    yield f"       {channel if found.export.mail else 'NULL::VARCHAR'} AS channel,"
    yield f"       CASE kind {cases} ELSE kind END AS touchpoint, 0.0 AS value"
    yield "FROM kept WHERE kind <> 'sent' ORDER BY occurred_at, event_id"


def _decisions(contents: Contents) -> Iterator[str]:
    cases = " ".join(f"WHEN {text(value)} THEN {text(name)}" for value, name in contents.actions().items())
    yield "SELECT 'd/' || event_id AS decision_id, customer_id, occurred_at AS decided_at,"
    yield f"       CASE campaign {cases} ELSE {text(OTHER)} END AS action,"
    yield "       'email' AS channel, NULL::DOUBLE AS action_probability, occurred_at AS delivered_at"
    yield "FROM kept WHERE kind = 'sent' AND campaign IS NOT NULL ORDER BY occurred_at, event_id"


def _outcomes(company: Company) -> Iterator[str]:
    yield "SELECT 'o/' || kind || '/' || decision_id AS outcome_id, decision_id,"
    yield "       CASE kind WHEN 'click' THEN 'responded' ELSE 'unsubscribed' END AS outcome,"
    yield "       min(occurred_at) AS occurred_at"
    yield "FROM (SELECT e.kind, e.occurred_at, 'd/' || s.event_id AS decision_id"
    yield "      FROM kept AS e JOIN kept AS s ON s.kind = 'sent' AND s.campaign IS NOT NULL"
    yield "       AND s.customer_id = e.customer_id AND s.campaign IS NOT DISTINCT FROM e.campaign"
    yield "       AND e.occurred_at >= s.occurred_at"
    yield f"       AND e.occurred_at < s.occurred_at + INTERVAL {company.window_days} DAY"
    yield "      WHERE e.kind IN ('click', 'unsubscribe'))"
    yield "GROUP BY kind, decision_id ORDER BY 1"


def _plain(value: str) -> str:
    """A text in which Liquid finds nothing."""
    return "".join(sign for sign in value if sign not in "{}%").strip()[:200] or "Campaign"


def _indented(lines: Iterator[str] | Sequence[str], width: int) -> Iterator[str]:
    yield from (" " * width + line for line in lines)
