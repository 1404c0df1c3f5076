"""What is said of bundles on trial: challenger and shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.drawing.intervals import Value, intervals
from models.measures.lift import FEWEST
from nba_service.console.page import Cell, Column, Table
from nba_service.console.wording import Words

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSentence:
    """A bundle on trial in two sentences.

    What it would earn, and how sure that is.
    """

    bundle: str
    finding: str
    doubt: str


def short(bundle: str) -> str:
    """The end of the id, which tells bundles apart."""
    return bundle.rsplit("-", 1)[-1]


def too_few(t: Words, comparison: Json) -> str:
    """Why a comparison has no interval: how small one of the groups is, unless that is hidden."""
    if not comparison["seen"] or comparison["refused"] is None:
        return t("too_few")
    return t("too_few_seen", n=comparison["seen"], needed=FEWEST)


def challenger_sentence(t: Words, found: Json) -> TrialSentence:
    """Customers whom it decided for against the champion's."""
    comparison, difference = found["comparison"], found["comparison"]["difference"]
    share = t.percent(found["share"], 0)
    if difference is None:
        doubt = too_few(t, comparison)
        return TrialSentence(
            bundle=found["bundle"], finding=t("trials.challenger.young", share=share), doubt=doubt
        )
    case = {"up": "up", "down": "down"}.get(str(difference["proved"]), "open")
    eur = t.money(abs(difference["value"]))
    side = t("more" if difference["value"] >= 0 else "less")
    doubt = t("truth_between", low=t.number(difference["low"], 2), high=t.number(difference["high"], 2))
    if not found["draw"]["fair"]:
        doubt = f"{doubt} {t('trials.challenger.unfair')}"
    return TrialSentence(
        bundle=found["bundle"],
        finding=t(f"trials.challenger.{case}", share=share, eur=eur, side=side),
        doubt=doubt,
    )


def shadow_sentence(t: Words, found: Json) -> TrialSentence:
    """What it would have earned, estimated, or why that cannot be told."""
    estimate, bundle = found["estimate"], found["bundle"]
    seen = t("trials.shadow.seen", n=_count(t, found["looked_at"]), all=_count(t, found["decisions"]))
    if found["same"] is not None:
        seen += " " + t("trials.shadow.same", share=t.percent(found["same"], 0))
    if found["failed"]:
        seen += " " + t.counted("trials.shadow.failed", found["failed"])
    if estimate is None:
        return TrialSentence(bundle=bundle, finding=t("trials.shadow.hidden"), doubt=seen)
    if estimate["refused"] is not None:
        why = refusal(t, estimate["refused"])
        return TrialSentence(bundle=bundle, finding=t("trials.shadow.refused", why=why), doubt=seen)
    difference = estimate["difference"]
    case = {"up": "up", "down": "down"}.get(str(difference["proved"]), "open")
    between = t("truth_between", low=t.number(difference["low"], 2), high=t.number(difference["high"], 2))
    eur, side = t.money(abs(difference["value"])), t("more" if difference["value"] >= 0 else "less")
    return TrialSentence(
        bundle=bundle, finding=t(f"trials.shadow.{case}", eur=eur, side=side), doubt=f"{between} {seen}"
    )


def refusal(t: Words, refused: Json) -> str:
    """Why nothing can be estimated, in words."""
    numbers = {
        name: t.number(value, 2 if name == "mean_weight" else 0)
        for name, value in refused.items()
        if isinstance(value, int | float)
    }
    return t(f"refusals.{refused['code']}", **numbers)


def draw_estimate(t: Words, estimate: Json | None, names: tuple[str, str], label: str) -> str:
    """EUR a decision of what was done and of a policy, on one axis; empty where nothing can be said."""
    if estimate is None or estimate["policy"] is None:
        return ""
    policy, difference, done = estimate["policy"], estimate["difference"], estimate["done"]
    values = [
        Value(label=names[0], value=done, low=done, high=done, proved=True, cls="t"),
        Value(label=names[1], value=policy["value"], low=policy["low"], high=policy["high"], strong=True,
              proved=difference["proved"] in ("up", "down")),
    ]  # fmt: skip
    return intervals(values, label, reference=done, wide=1000, names=300)


def trial_table(answer: Json) -> Table:
    """Challenger and shadow, a row each."""
    columns = (
        Column("bundle"), Column("role"), Column("difference_eur", "money"), Column("low", "money"),
        Column("high", "money"), Column("decisions", "count"), Column("effective", "count"),
        Column("refused"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    challenger, shadow = answer.get("challenger"), answer.get("shadow")
    if challenger:
        found = challenger["comparison"]
        ends, why = _ends(found["difference"]), found.get("refused") or ""
        rows.append((challenger["bundle"], "challenger", *ends, found["seen"], None, why))
    if shadow and shadow["estimate"]:
        found = shadow["estimate"]
        ends, why = _ends(found["difference"]), (found["refused"] or {}).get("sentence", "")
        rows.append((shadow["bundle"], "shadow", *ends, found["decisions"], found["effective"], why))
    return Table(name="trials", columns=columns, rows=rows)


def _ends(interval: Json | None) -> tuple[Cell, ...]:
    return (None, None, None) if interval is None else (interval["value"], interval["low"], interval["high"])


def _count(t: Words, number: float | None) -> str:
    return "··" if number is None else t.number(number)
