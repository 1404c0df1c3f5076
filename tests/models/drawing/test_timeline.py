"""The timeline: theirs above, ours below, phases behind, and no label on another."""

from __future__ import annotations

from models.drawing.timeline import Ours, Stay, Theirs, phase_colour, timeline


def drawn(theirs: list[Theirs], ours: list[Ours]) -> str:
    stays = [
        Stay(label="Trigger", start=0, end=0.5, number=1),
        Stay(label="Loyalty", start=0.5, end=1, number=6),
    ]
    return timeline(stays, theirs, ours, [(0.3, "May")], ("Theirs", "Ours"), "a past")


def ours(at: float, letter: str = "E", **more: object) -> Ours:
    return Ours(at=at, letter=letter, label="A lease", title="A lease, e-mail", **more)  # type: ignore[arg-type]


def test_phases_keep_their_colours_and_repeat_from_the_second() -> None:
    assert [phase_colour(n) for n in (0, 6, 7, 12, 13)] == [1, 7, 2, 7, 2]
    assert 'class="f2 band"' in drawn([], [])
    assert 'class="f7 band"' in drawn([], [])


def test_what_was_skipped_is_an_empty_square_that_opens_its_decision() -> None:
    drawing = drawn([], [ours(0.4, "", href="/console/customer?decision=d-1")])

    assert '<a href="/console/customer?decision=d-1"' in drawing
    assert 'class="fs kr2"' in drawing


def test_a_refusal_and_the_decision_shown_look_different() -> None:
    drawing = drawn([], [ours(0.1, bad=True), ours(0.5), ours(0.9, shown=True)])

    assert [drawing.count(f'rx="3" class="{cls}"') for cls in ("fb", "fa", "fi")] == [1, 1, 1]


def test_contacts_that_stand_close_keep_only_the_names_that_fit() -> None:
    drawing = drawn([], [ours(0.5 + i / 200) for i in range(20)])

    assert drawing.count(">A lease<") < 12


def test_events_of_one_day_pile_up_and_a_move_is_named() -> None:
    drawing = drawn(
        [
            Theirs(at=0.2, label="page"),
            Theirs(at=0.2, label="page"),
            Theirs(at=0.7, label="Quote", moved=True),
        ],
        [],
    )

    assert drawing.count('class="ft"') == 2
    assert ">Quote</text>" in drawing
