"""A comparison as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from training.evaluation.off_policy.bootstrap import Estimate
from training.run.tables_shown import FittingTable, estimate_text, number_text
from training.studies.compare import Comparison, Where

_WHY_NOT: Final = frozenset({"why not"})


def show(found: Comparison, console: Console) -> None:
    """Print the verdict, then what it rests on."""
    console.print(Text(found.verdict, style="bold"))
    console.print(Text(_rows(found)))
    if found.per_customer is not None and found.agree < 1:
        console.print(
            Text(
                f"Per customer: {estimate_text(found.per_customer)} {found.currency}, all decisions added up."
            )
        )
    columns = ("", "decisions", "agree", f"{found.a} minus {found.b}, {found.currency}", "why not")
    console.print(FittingTable("By phase", columns, list(_wheres(found.phases)), _WHY_NOT))
    if found.disagreements:
        title = f"Where they disagree: what {found.a} does instead of what {found.b} does"
        console.print(FittingTable(title, columns, list(_wheres(found.disagreements)), _WHY_NOT))
    known = [
        (
            each.policy,
            f"{each.contacts:,}",
            number_text(each.auc),
            number_text(each.log_loss),
            number_text(each.calibration_error),
            number_text(each.next_phase_log_loss),
        )
        for each in found.foresight
    ]
    heads = ("policy", "contacts", "AUC", "log-loss", "calibration error", "next phase, log-loss")
    console.print(FittingTable("What each knew of these decisions", heads, known))
    if found.origin:
        console.print(FittingTable("What differs in their making", ("", found.a, found.b), found.origin))
    for note in found.notes:
        console.print(Text(f"Note: {note}."))


def _rows(found: Comparison) -> str:
    later = "all of the log" if found.since is None else f"later than {found.since:%Y-%m-%d %H:%M} UTC"
    return (
        f"{found.decisions:,} decisions of {found.customers:,} customers, {later}; both choose alike in "
        f"{found.agree:.0%} of them."
    )


def _wheres(parts: Sequence[Where]) -> Iterator[tuple[str, ...]]:
    for each in parts:
        found: Estimate | None = each.gain.estimate
        yield (
            each.label,
            f"{each.decisions:,}",
            f"{each.agree:.0%}",
            "-" if found is None else estimate_text(found),
            each.gain.refused or "",
        )
