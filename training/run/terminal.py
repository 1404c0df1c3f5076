"""A training's figures as tables on the terminal.

Each with its baseline. Knows the manifest's metrics and rich; computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from training.run.result import TrainingResult
from training.run.tables_shown import FittingTable

Figures = Mapping[str, Any]
_REFUSED: Final = frozenset({"refused"})


def show(result: TrainingResult, console: Console) -> None:
    """Print what was learned, how good it is, and what the log cannot tell."""
    manifest = result.manifest
    metrics, extra = manifest.provenance.metrics, manifest.provenance.extra
    _data(extra, console)
    _response(metrics["response"], console)
    _transition(metrics["transition"], console)
    _policies(metrics["policy_value"], console)
    _journeys(metrics["journey_value"], console)
    _gate(extra["gate"], console)
    for finding in metrics["data_checks"]:
        if finding["warning"]:
            console.print(Text(f"Warning: {finding['sentence']}", style="yellow"))
    for note in metrics["notes"]:
        console.print(Text(f"Note: {note}."))
    console.print(Text(f"Reports: {result.reports}"))
    if result.promoted:
        state = f"promoted: {result.promoted}"
        if result.refused:
            checks = ", ".join(check.name for check in result.refused)
            state += f" (there was nothing to protect yet; another would have been refused for {checks})"
    elif result.refused:
        state = (
            f"not promoted, the gate refuses it; `nba promote {manifest.bundle_id} --force --reason WHY` "
            "overrules it"
        )
    else:
        state = f"not promoted; `nba promote {manifest.bundle_id} --reason WHY` makes it decide"
    console.print(Text(f"Bundle {manifest.bundle_id}: {state}", style="bold"))


def _data(extra: Figures, console: Console) -> None:
    counts = [(name, f"{number:,}") for name, number in {**extra["tables"], **extra["rows"]}.items()]
    console.print(FittingTable("Data and rows", ("what", "rows"), counts))
    for reject in extra["rejected"][:10]:
        console.print(
            Text(f"Rejected: {reject['rows']:,} of {reject['table']}, {reject['column']}: {reject['reason']}")
        )


def _response(response: Figures, console: Console) -> None:
    parts: dict[str, Figures] = {"all actions": response["overall"], **response["subsets"]}
    parts |= {f"group {name}": figures for name, figures in response["by_group"].items()}
    again = response.get("random_split")
    if again:
        parts["random split (customers at random)"] = again["overall"]
    console.print(_response_table("Response, on later times than training", parts))
    console.print(_response_table("Response by action", response["by_action"]))
    console.print(_response_table("Response by phase", response["by_phase"]))


def _response_table(title: str, parts: Mapping[str, Figures]) -> FittingTable:
    columns = (
        "part",
        "rows",
        "base rate",
        "AUC",
        "table AUC",
        "log-loss",
        "table",
        "base rate only",
        "calibration error",
    )
    keys = (
        "auc",
        "table_auc",
        "log_loss",
        "table_log_loss",
        "base_rate_log_loss",
        "calibration_error",
    )
    return FittingTable(
        title,
        columns,
        [
            (name, f"{each['rows']:,}", _number(each["base_rate"]), *(_number(each[key]) for key in keys))
            for name, each in parts.items()
        ],
    )


def _transition(transition: Figures, console: Console) -> None:
    parts = {"all rows": transition["overall"], **transition["subsets"]}
    rows = []
    for name, each in parts.items():
        pairs = [(each[f"{k}top_1"], each[f"{k}log_loss"]) for k in ("", "chain_", "order_2_", "order_3_")]
        cells = [f"{_number(top)} / {_number(loss)}" for top, loss in pairs]
        rows.append((name, f"{each['rows']:,}", _number(each["stays"]), *cells))
    console.print(
        FittingTable(
            "Next phase, top-1 / log-loss, on later times than training",
            ("part", "rows", "stays", "model", "phase chain", "2-gram", "3-gram"),
            rows,
        )
    )


def _policies(value: Figures, console: Console) -> None:
    if not value["identifiable"]:
        console.print(Text(f"Policy value: {value['reason']}.", style="bold"))
        return
    minus = value["ours_minus"]
    rows = [
        (
            name,
            _estimate(each.get("dr") or each.get("ips")),
            _estimate(each.get("snips")),
            _estimate(each.get("ips")),
            _estimate(minus.get(name)),
            f"{each['effective_sample_size']:,.0f}",
            f"{each['largest_weight']:.1f}",
            "; ".join(each["refused"]),
        )
        for name, each in value["policies"].items()
    ]
    console.print(
        FittingTable(
            f"Policy value, {value['unit']}, {value['rows']:,} later decisions ({value['measured']})",
            (
                "policy",
                "doubly robust",
                "SNIPS",
                "IPS",
                "ours minus it",
                "effective rows",
                "largest weight",
                "refused",
            ),
            rows,
            sentences=_REFUSED,
        )
    )


def _journeys(value: Figures | None, console: Console) -> None:
    if value is None:
        return
    rows = [
        (
            name,
            _estimate(each.get("wdr") or each.get("wpdis")),
            _estimate(each.get("wpdis")),
            ", ".join(f"{size:,.0f}" for size in each["effective_sample_size"]),
            "; ".join(each["refused"]),
        )
        for name, each in value["policies"].items()
    ]
    console.print(
        FittingTable(
            f"Journey value over {value['decisions']} decisions, {value['unit']}, {value['journeys']:,} "
            f"later journeys ({value['left_out']:.0%} of the customers have fewer decisions)",
            ("policy", "weighted doubly robust", "per decision", "effective journeys", "refused"),
            rows,
            sentences=_REFUSED,
        )
    )


def _gate(gate: Figures, console: Console) -> None:
    against = "no champion" if gate["champion"] is None else gate["champion"]
    rows = [
        (check["name"], "passed" if check["passed"] else "REFUSED", check["sentence"])
        for check in gate["checks"]
    ]
    columns = ("check", "", "what was found")
    console.print(FittingTable(f"Gate, compared with {against}", columns, rows, sentences=frozenset(columns)))


def _estimate(estimate: Figures | None) -> str:
    if not estimate:
        return "-"
    digits = 2 if max(abs(estimate["low"]), abs(estimate["high"])) >= 1 else 4
    value, low, high = (f"{estimate[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
