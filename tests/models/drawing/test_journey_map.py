"""The journey map: all steps on one scale, lapses curve back, on a phone phases are rows."""

from __future__ import annotations

import re

from models.drawing.journey_map import Rows, Stage, Step, journey_map

ROWS = Rows(customers="Customers", steps="Steps", back="Back", days="Days")


def stage(label: str, customers: float = 100.0, lapses: float | None = None) -> Stage:
    return Stage(
        label=label,
        customers=customers,
        shown=f"{customers:g}",
        days=[5, 10, 20, 40, 80],
        median="20 d",
        lapses=lapses,
    )


def step(start: int, end: int, ours: float, nothing: float, **more: object) -> Step:
    return Step(
        start=start,
        end=end,
        ours=ours,
        nothing=nothing,
        shown=f"{ours:g}",
        without=f"{nothing:g} without",
        title="a step",
        **more,
    )  # type: ignore[arg-type]


def drawn(*steps: Step) -> tuple[str, str]:
    both = journey_map([stage("A"), stage("B", 40, lapses=90), stage("C", 10)], steps, ROWS, "a journey")
    wide, narrow = both.split("</svg>")[:2]
    return wide, narrow


def heights(drawing: str, cls: str) -> list[float]:
    """How thick the arrows of a class are."""
    found = []
    for d in re.findall(rf'<path d="(M[^"]*Z)" class="{cls}', drawing):
        ys = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", d)]
        found.append(max(ys) - min(ys))
    return found


def test_arrows_of_all_columns_have_one_scale() -> None:
    wide, _ = drawn(step(0, 1, 20, 10), step(1, 2, 10, 5))
    first, second = heights(wide, "f1 lt"), heights(wide, "f2 lt")

    assert abs(first[0] - 2 * second[0]) < 0.3
    assert abs(heights(wide, "f1 md")[0] - second[0]) < 0.3


def test_a_lapse_is_red_and_the_greatest_says_what_happens_without_us() -> None:
    wide, narrow = drawn(step(0, 1, 20, 10), step(2, 1, 3, 4, strong=True), step(1, 0, 1, 1))

    assert wide.count('class="ln kb"') == 2
    assert "3, 4 without" in wide
    assert "↑ B" in narrow


def test_a_step_that_skips_a_phase_arches_above() -> None:
    wide, _ = drawn(step(0, 2, 1, 0.5))

    assert 'class="ln k1"' in wide


def test_steps_lead_to_their_actions() -> None:
    wide, narrow = drawn(step(0, 1, 20, 10, href="/console/journey?from=A&to=B#step"))

    assert wide.count('<a href="/console/journey?from=A&amp;to=B#step">') == 1
    assert narrow.count("<a href=") == 1


def test_phases_without_figures_keep_their_place() -> None:
    name = "A very long name of a phase that fits nowhere at all, however wide"
    empty = Stage(label=name, customers=None, shown="", days=None, median="")
    drawing = journey_map([empty, *(stage(letter) for letter in "BCDE")], [], ROWS, "a journey")

    assert "…" in drawing
    assert ">B</text>" in drawing
