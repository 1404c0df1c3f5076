"""What a bundle had to show before it may decide.

Knows verdicts: what was asked, what was found, and whether that is enough for the champion that decides
now. Training gives the verdict, because that needs the data (``training/gate``), and puts it into the
bundle's manifest; a promotion reads it there. Thresholds: section ``gate`` of the journey file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from models.bundle import Manifest
from models.errors import GateError

EXTRA: Final = "gate"
"""Where a manifest's ``extra`` carries the verdict."""

NOT_JUDGED: Final = "not_judged"
OTHER_CHAMPION: Final = "other_champion"
GOLDEN_DECISIONS: Final = "golden_decisions"
GAIN_OVER_NOTHING: Final = "gain_over_nothing"
GAIN_OVER_LOG: Final = "gain_over_log"
RIVALS: Final = "rivals"
MONEY: Final = "money"
CONTACTS_WITHOUT_EFFECTS: Final = "contacts_without_effects"
BINDS_THE_FIRST: Final = frozenset(
    {GOLDEN_DECISIONS, GAIN_OVER_NOTHING, GAIN_OVER_LOG, RIVALS, MONEY, CONTACTS_WITHOUT_EFFECTS}
)
"""Checks that hold where nothing decides yet: then the playbook decides, and that may be better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One question.

    Attributes:
        name: stable, such as ``calibration_propensity``.
        value: what was found; None where the data could not tell, or there was nothing to compare with.
        threshold: what it was held against; None where there is no number.
        passed: whether that is good enough.
        comparative: whether the answer depends on the champion.
        sentence: question, answer and consequence in words.
    """

    name: str
    value: float | None
    threshold: float | None
    passed: bool
    sentence: str
    comparative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All checks.

    ``champion``: the bundle that was compared with; None: there was none.
    """

    champion: str | None
    checks: tuple[GateCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return not self.failed()

    def failed(self) -> tuple[GateCheck, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)

    def objections(self, champion: str | None) -> tuple[GateCheck, ...]:
        """What speaks against promoting now, when ``champion`` decides.

        A comparison with another bundle than that one says nothing; without a champion no comparison
        is needed.
        """
        own = tuple(c for c in self.failed() if champion is not None or not c.comparative)
        if champion is None or champion == self.champion:
            return own
        absolute = tuple(check for check in own if not check.comparative)
        return (*absolute, _other_champion(self.champion, champion))

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for the manifest."""
        checks = [asdict(check) for check in self.checks]
        return {"passed": self.passed, "champion": self.champion, "checks": checks}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Verdict:
        """From what ``to_json`` gave."""
        return cls(
            champion=stored["champion"], checks=tuple(GateCheck(**check) for check in stored["checks"])
        )


def objections(manifest: Manifest, champion: str | None) -> tuple[GateCheck, ...]:
    """What speaks against promoting a bundle while ``champion`` decides; empty: nothing."""
    stored = manifest.provenance.extra.get(EXTRA)
    if not isinstance(stored, Mapping):
        return (_not_judged(),)
    try:
        return Verdict.from_json(stored).objections(champion)
    except (KeyError, TypeError):
        return (_not_judged(),)


def admit(manifest: Manifest, champion: str | None) -> tuple[str, ...]:
    """Let a bundle through that passed; for ``Registry.promote``.

    Raises:
        GateError: it did not, with a sentence for each check.
    """
    failed = objections(manifest, champion)
    if failed:
        lines = "\n".join(f"  {check.name}: {check.sentence}" for check in failed)
        raise GateError(
            f"bundle {manifest.bundle_id!r} was not promoted, the gate refused it:\n{lines}\n"
            "Train again, or overrule the gate with `nba promote … --force --reason WHY`, which is kept."
        )
    return ()


def admit_first(manifest: Manifest, champion: str | None) -> tuple[str, ...]:
    """Let the first bundle of a registry through unless it fails a check that binds it.

    Where nothing decides yet there is no champion to protect: a model whose calibration is off somewhere
    still knows more than none. What it failed is named, printed and kept like any overruled check. It may
    not break a golden decision, though, nor surely be worth less than something simple.

    Raises:
        GateError: a check of ``BINDS_THE_FIRST`` failed.
    """
    failed = objections(manifest, champion)
    if champion is not None or any(check.name in BINDS_THE_FIRST for check in failed):
        return admit(manifest, champion)
    return tuple(check.name for check in failed)


def overrule(manifest: Manifest, champion: str | None) -> tuple[str, ...]:
    """Let any bundle through, and name what it failed; for ``Registry.promote``."""
    return tuple(check.name for check in objections(manifest, champion))


def _not_judged() -> GateCheck:
    return GateCheck(
        name=NOT_JUDGED,
        value=None,
        threshold=None,
        passed=False,
        sentence="The bundle carries no verdict, so nobody knows how good it is; train it again.",
    )


def _other_champion(judged: str | None, champion: str) -> GateCheck:
    against = "nothing" if judged is None else repr(judged)
    return GateCheck(
        name=OTHER_CHAMPION,
        value=None,
        threshold=None,
        passed=False,
        comparative=True,
        sentence=f"It was compared with {against}, but {champion!r} decides now; train it again.",
    )
