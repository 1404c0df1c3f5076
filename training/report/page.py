"""The page of a report.

Figures, what the log cannot tell and the model card, as one HTML file and one JSON file. Self-contained: no
script, no font, no address outside. Knows how it looks; computes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np

from training.report.data_figures import data_figures
from training.report.drawings import draw
from training.report.figure import Figure, number
from training.report.findings import Findings
from training.report.journey_figures import journey_figures
from training.report.model_card import limits, model_card, summary
from training.report.satisfaction_figures import satisfaction_figures
from training.report.style import STYLE
from training.report.trust_figures import trust_figures
from training.report.value_figures import champion_figures, value_figures

HTML_FILE: Final = "report.html"
JSON_FILE: Final = "report.json"


def write_report(findings: Findings, folder: Path, rng: np.random.Generator) -> None:
    """Write ``report.html`` and ``report.json``; the same findings give the same bytes.

    Args:
        folder: made if it is not there.
        rng: draws the resamples of intervals.
    """
    figures = [
        *data_figures(findings),
        *journey_figures(findings),
        *value_figures(findings, rng),
        *satisfaction_figures(findings),
        *trust_figures(findings),
        *champion_figures(findings),
    ]
    content = report_json(findings, figures)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / JSON_FILE).write_text(text + "\n", encoding="utf-8")
    (folder / HTML_FILE).write_text(render(content, figures), encoding="utf-8")


def report_json(findings: Findings, figures: Sequence[Figure]) -> dict[str, Any]:
    """Everything that the page says, as JSON values."""
    own = findings.manifest.provenance
    return {
        "bundle_id": findings.manifest.bundle_id,
        "company": findings.prepared.journey.company,
        "summary": summary(findings),
        "limits": limits(findings),
        "figures": {figure.name: figure.to_json() for figure in figures},
        "model_card": model_card(findings),
        "metrics": own.metrics,
        "gate": own.extra["gate"],
    }


def render(content: dict[str, Any], figures: Sequence[Figure]) -> str:
    """The page."""
    title = f"{content['company']}: bundle {content['bundle_id']}"
    sections: dict[str, list[Figure]] = {}
    for figure in figures:
        sections.setdefault(figure.section, []).append(figure)
    body = [
        f"<header><p class='kicker'>Next best action · training report</p><h1>{escape(title)}</h1></header>",
        _section("In short", _list(content["summary"])),
        *(_section(name, _columns(own)) for name, own in sections.items()),
        _section("What the log cannot tell", _list(content["limits"])),
        _section("Model card", _card(content["model_card"])),
    ]
    return _PAGE.format(title=escape(title), style=STYLE, body="\n".join(body))


def _section(name: str, inner: str) -> str:
    return f"<section><h2>{escape(name)}</h2>{inner}</section>"


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in lines)}</ul>"


def _columns(figures: Sequence[Figure]) -> str:
    """Two columns of about the same height: each figure goes where there is more room."""
    columns: tuple[list[str], list[str]] = ([], [])
    heights = [0.0, 0.0]
    for figure in figures:
        picture = draw(figure)
        at = heights.index(min(heights))
        columns[at].append(_figure(figure, picture))
        heights[at] += _height(figure, picture)
    return (
        f"<div class='grid'>{''.join(f'<div>{chr(10).join(each)}</div>' for each in columns if each)}</div>"
    )


def _height(figure: Figure, picture: str) -> float:
    """Roughly, in pixels: the picture, or the table, and its words."""
    drawn = re.search(r'viewBox="0 0 [0-9.]+ ([0-9.]+)"', picture)
    rows = 34.0 * len(figure.rows) if figure.kind == "table" else 30.0
    return (float(drawn[1]) if drawn else 0.0) + rows + 90.0 + len(figure.sentence) / 2


def _figure(figure: Figure, picture: str) -> str:
    table = _table(figure)
    numbers = table if figure.kind == "table" else f"<details><summary>Numbers</summary>{table}</details>"
    return (
        f"<figure id='{escape(figure.name)}'><h3>{escape(figure.title)}</h3>{picture}"
        f"<figcaption>{escape(figure.sentence)}</figcaption>{numbers}</figure>"
    )


def _table(figure: Figure) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in figure.columns.values())
    lines = []
    for row in figure.rows:
        cells = (_cell(row.get(key)) for key in figure.columns)
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f"<div class='scroll'><table>{body}</table></div>"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    kind = " class='n'" if isinstance(value, (int, float)) else ""
    return f"<td{kind}>{escape(number(value))}</td>"


def _card(card: dict[str, Any]) -> str:
    parts = []
    for name, lines in card.items():
        items = "".join(
            f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in lines.items()
        )
        parts.append(f"<div class='card'><h3>{escape(name)}</h3><dl>{items}</dl></div>")
    half = (len(parts) + 1) // 2
    left, right = ("".join(each) for each in (parts[:half], parts[half:]))
    return f"<div class='grid'><div>{left}</div><div>{right}</div></div>"


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
