"""A comparison on the terminal says what the log cannot tell, too."""

from __future__ import annotations

from rich.console import Console

from training.cli.show_comparison import show
from training.gate.gain import Gain
from training.studies.compare import Comparison, Where


def test_reasons_and_notes_are_printed() -> None:
    unknown = Gain(estimate=None, refused="the logging policy never explored", differ=0.5, rows=10)
    found = Comparison(
        a="new",
        b="old",
        currency="EUR",
        since=None,
        decisions=10,
        customers=7,
        agree=0.5,
        per_decision=unknown,
        per_customer=None,
        phases=(Where(label="Trigger", decisions=10, agree=0.5, gain=unknown),),
        disagreements=(),
        foresight=(),
        origin=(("seed", "1", "2"),),
        notes=("the journey files differ",),
    )
    console = Console(width=160)
    with console.capture() as said:
        show(found, console)

    text = said.get()
    assert text.startswith("The log cannot tell which earns more: the logging policy never explored.")
    assert "10 decisions of 7 customers, all of the log; both choose alike in 50% of them." in text
    assert "Note: the journey files differ." in text
    assert "seed" in text
