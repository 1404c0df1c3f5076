"""The report: self-contained, each picture titled and explained, nothing on it that is not in its file."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from training.report.figure import number


class Page(HTMLParser):
    """Figures with their parts, every attribute, and unclosed tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: dict[str, dict[str, Any]] = {}
        self.attributes: list[tuple[str, str, str | None]] = []
        self.open: list[str] = []
        self._figure: dict[str, Any] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag == "figure":
            self._figure = {"h3": "", "figcaption": "", "cells": [], "svg": False}
            self.figures[str(dict(attributes)["id"])] = self._figure
        if tag == "svg" and self._figure is not None:
            self._figure["svg"] = True
        if tag == "td" and self._figure is not None:
            self._figure["cells"].append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "figure":
            self._figure = None

    def handle_data(self, data: str) -> None:
        if self._figure is None or not self.open:
            return
        if self.open[-1] in ("h3", "figcaption"):
            self._figure[self.open[-1]] += data
        elif self.open[-1] == "td":
            self._figure["cells"][-1] += data


def test_it_needs_nothing_from_outside(page: str) -> None:
    parsed = Page(page)

    assert not any(
        name in ("src", "href", "srcset", "data", "action") or name.startswith("on")
        for _, name, _ in parsed.attributes
    )
    assert not {"script", "link", "iframe", "object", "img"} & {tag for tag, _, _ in parsed.attributes}
    assert not re.search(r"https?://|url\(|@import", page)
    assert parsed.open == []


def test_every_figure_has_a_title_a_sentence_and_its_numbers(page: str, content: dict[str, Any]) -> None:
    figures = Page(page).figures

    assert {*figures} == {*content["figures"]}
    for name, shown in figures.items():
        stored = content["figures"][name]
        assert shown["h3"] == stored["title"], name
        assert shown["figcaption"] == stored["sentence"], name
        assert len(stored["title"]) > 10
        assert stored["sentence"].endswith("."), stored["sentence"]


def test_values_on_the_page_are_those_of_the_file(page: str, content: dict[str, Any]) -> None:
    """Every number in a figure's table is one of its rows in ``report.json``, in the same order."""
    for name, shown in Page(page).figures.items():
        stored = [
            number(value)
            for row in content["figures"][name]["rows"]
            for value in row.values()
            if not isinstance(value, bool)
        ]
        cells = [cell for cell in shown["cells"] if cell not in ("yes", "no")]
        missing = [cell for cell in cells if cell not in stored]
        assert missing == [], name
        assert len(shown["cells"]) % max(len(content["figures"][name]["rows"]), 1) == 0


def test_it_tells_the_whole_story(reports: list[Path], content: dict[str, Any]) -> None:
    first = json.loads((reports[0] / "report.json").read_text(encoding="utf-8"))
    told = {
        "phases",
        "flow",
        "effects",
        "choices",
        "policy_value",
        "uplift",
        "calibration",
        "calibration_by_phase",
        "calibration_by_action",
        "calibration_next_phase",
        "features",
        "gate",
    }

    assert told <= {*first["figures"]}
    assert "champion" not in first["figures"]
    assert "champion" in content["figures"]
    assert content["gate"]["champion"] == first["bundle_id"]
    assert {*content["model_card"]} >= {"What it is", "What it learned from", "What it is for"}


def test_figures_are_those_of_the_metrics(content: dict[str, Any]) -> None:
    rows = {row["policy"]: row for row in content["figures"]["policy_value"]["rows"]}
    ours = content["metrics"]["policy_value"]["policies"]["ours"]

    assert rows["this bundle"]["value"] == ours["dr"]["value"]
    assert sum(row["share"] for row in content["figures"]["phases"]["rows"]) == pytest.approx(1, abs=0.001)
    curve = content["figures"]["uplift"]["rows"]
    assert (curve[0]["share"], curve[0]["value"], curve[-1]["share"]) == (0, 0, 1)
    assert curve[-1]["value"] > 0  # teasers earn; acting beats leaving everybody alone


def test_the_same_run_writes_the_same_report(reports: list[Path]) -> None:
    """Only id, time and champion differ between the two runs."""
    first, second = (json.loads((folder / "report.json").read_text()) for folder in reports)

    for name in ("phases", "flow", "effects", "calibration", "uplift", "features"):
        assert first["figures"][name] == second["figures"][name]


def test_figures_stand_in_two_columns_of_about_the_same_height(page: str) -> None:
    """Each section has both, unless it has a single figure; order is kept within a column."""
    for section in re.findall(r"<section>.*?</section>", page, re.DOTALL):
        figures = re.findall(r"<figure id='(\w+)'", section)
        if len(figures) > 1:
            grid = section[section.index("<div class='grid'>") :]
            assert grid.count("<div><figure") == 2, figures
