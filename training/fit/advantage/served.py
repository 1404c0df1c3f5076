"""What a training run learns of treatments in money.

Two accounts of what treatments add are there: that of response and phases, and this one. On later rows, which
neither has seen, each says how the outcome should differ from what was to be expected by what was done. If
they clearly speak for response and phases, these rank: they know the way through the phases, which the
outcome of one decision does not show. Else the account ranks that later rows are likelier under.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle import Models
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.contacts import ContactReader
from models.learned.advantage.model import Effects
from models.learned.advantage.served import Centres, ServedAdvantage
from models.learned.files import json_bytes, read_json
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from training.fit.advantage.believing import attach
from training.fit.advantage.chain import PhaseChain, fit_chain
from training.fit.advantage.design import Design
from training.fit.advantage.fit import Fitted, fit_advantage
from training.fit.advantage.learner import Centres as LogCentres
from training.fit.advantage.learner import Frame, Variances, learn
from training.fit.advantage.log_rows import LogReader, attribute_columns, problem_of
from training.fit.advantage.regression import Explained
from training.fit.advantage.rows import Rows
from training.fit.advantage.scale import StakesScale, fit_stakes
from training.fit.advantage.simple import Simple, learn_simple
from training.fit.prepared import Prepared
from training.rows.split import Part

FEWEST: Final = 2_000
"""Decisions to learn from, and a fifth as many to judge by; with fewer there is nothing to choose."""
SPEAKS: Final = 6.6
"""Twice the log likelihood that an account at its best scale adds; by chance that much in 1 of 100 logs."""
BLOCK: Final = 4_096
CONTEST_FILE: Final = "contest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Why decisions rank by effects in money, or not.

    Attributes:
        ranks: whether they do.
        money, phases: twice the log likelihood that each account adds to expecting no effects, on later rows.
        phases_scaled: the same of response and phases, if they are scaled as later rows want it.
        decisions: later rows that were asked.
        phase_share, personal_share: how much of what was learned the halves of the customers confirmed.
        reason: why there was nothing to choose; None: there was.
        floor: the simple policy that is surely better than what was learned, and is published in its place.
    """

    ranks: bool
    money: float = 0.0
    phases: float = 0.0
    phases_scaled: float = 0.0
    decisions: int = 0
    phase_share: float = 0.0
    personal_share: float = 0.0
    reason: str | None = None
    floor: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedInMoney:
    """``served`` is what a bundle carries, None where the other account ranks.

    ``simple``: policies that could take its place, by name.
    """

    served: ServedAdvantage | None
    contest: Contest
    simple: Mapping[str, Simple] = field(default_factory=dict)

    def to_files(self) -> dict[str, bytes]:
        """For a training that resumes."""
        files = {} if self.served is None else self.served.to_files()
        for name, policy in self.simple.items():
            files |= policy.to_files(name)
        return {CONTEST_FILE: json_bytes(asdict(self.contest)), **files}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> LearnedInMoney:
        """What ``to_files`` gave."""
        contest = Contest(**read_json(files, CONTEST_FILE))
        names = dict.fromkeys(name.split("/")[0] for name in files if "/" in name)  # in the order of then
        simple = {name: Simple.from_files(files, name) for name in names}
        return cls(served=ServedAdvantage.from_files(files), contest=contest, simple=simple)


def learn_in_money(prepared: Prepared, models: Models, at: Ints, candidates: Mask) -> LearnedInMoney:
    """Learn effects from the earlier rows, and let the later ones choose.

    Args:
        at: shape (k,), ascending. Rows as ``learnable`` gives them, whole customers.
        candidates: shape (k, T). What could have been done.
    """
    part = prepared.split.part[at]
    earlier, later = part < Part.TEST, part == Part.TEST
    if earlier.sum() < FEWEST or later.sum() < FEWEST // 5:
        return not_learned("the log has too few decisions with known probabilities")
    log, rows = _reader(prepared, models, at, candidates, earlier)
    chain = fit_chain(log.problem, rows)
    fitted, served = _learned(log, rows, chain)
    contest = _contest(log, later, fitted, served)
    simple = learn_simple(log.problem, rows, chain, log.columns)
    return LearnedInMoney(served=served if contest.ranks else None, contest=contest, simple=simple)


def learn_again(
    prepared: Prepared, models: Models, at: Ints, candidates: Mask, contest: Contest
) -> LearnedInMoney:
    """The same from all rows, once later ones have chosen: ``contest`` stays as it is."""
    if not contest.ranks and contest.floor is None:
        return LearnedInMoney(served=None, contest=contest)
    log, rows = _reader(prepared, models, at, candidates, np.ones(len(at), dtype=bool))
    chain = fit_chain(log.problem, rows)
    if contest.floor is not None:
        simple = learn_simple(log.problem, rows, chain, log.columns)
        return LearnedInMoney(served=None, contest=contest, simple=simple)
    return LearnedInMoney(served=_learned(log, rows, chain)[1], contest=contest)


def _reader(
    prepared: Prepared, models: Models, at: Ints, candidates: Mask, own: Mask
) -> tuple[LogReader, Rows]:
    """Reads the log, and the rows ``own``, (k,), of ``at``."""
    phase = prepared.situations.phase[at[own]].astype(np.int64)
    problem = problem_of(prepared.journey, models, phase)
    columns = attribute_columns(prepared, at[own], problem.treatments)
    journey = prepared.journey
    reader = ContactReader(
        prepared.spec,
        journey,
        tuple((t.action, t.channel) for t in journey.treatments),
        tuple(journey.channel_index),
        models.value.horizon_days,
    )
    log = LogReader(
        prepared=prepared, models=models, problem=problem, columns=columns, reader=reader, at=at,
        candidates=candidates,
    )  # fmt: skip
    return log, log.rows(own)


def _learned(log: LogReader, rows: Rows, chain: PhaseChain) -> tuple[Fitted, ServedAdvantage]:
    scale = fit_stakes(log.problem, rows, chain)
    fitted = fit_advantage(log.problem, rows, _frame(rows, scale))
    return fitted, _served(log.prepared, log.models, log.columns, scale, fitted)


def not_learned(reason: str) -> LearnedInMoney:
    """Nothing, and why."""
    return LearnedInMoney(served=None, contest=Contest(ranks=False, reason=reason))


def _frame(rows: Rows, scale: StakesScale) -> Frame:
    centres = LogCentres(rows.taste.mean(axis=0), rows.contact.mean(axis=0), rows.recent.mean(axis=0))
    return Frame(scale.problem, scale, None, centres)


def _served(
    prepared: Prepared, models: Models, columns: AttributeColumns, scale: StakesScale, fitted: Fitted
) -> ServedAdvantage:
    journey, advantage, centres = prepared.journey, fitted.advantage, fitted.frame.centres
    design = Design(fitted.frame.problem, len(columns.position))

    def errors(kept: Effects, learned: Explained) -> Floats:
        """What was shrunk away for want of evidence may be there all the same."""
        covariance, seen = learned.posterior.covariance, learned.effects
        lost = 1.0 - min(kept.phase_share, 1.0), 1.0 - min(kept.personal_share, 1.0)
        by_customer = np.sqrt((seen.by_attribute**2).sum(axis=1))
        of_cells = np.hypot(design.cell_errors(covariance), lost[0] * seen.by_phase)
        of_people = np.hypot(design.personal_errors(covariance), lost[1] * by_customer)
        return np.asarray(np.hypot(of_cells, of_people), dtype=np.float64)

    moves, cells = advantage.moves, errors(advantage.money, fitted.raw.money)
    return ServedAdvantage(
        advantage=advantage,
        treatments=tuple((t.action, t.channel) for t in journey.treatments),
        channels=tuple(journey.channel_index),
        attributes=columns,
        stakes=scale.stakes,
        centres=Centres(taste=centres.taste, felt=centres.contact, recent=centres.recent),
        step_days=models.value.horizon_days,
        value=Catalogue.of(journey).value.astype(np.float64),
        error=cells,
        error_of_moves=cells * 0.0 if moves is None else errors(moves, fitted.raw.moves),
    )


def _contest(log: LogReader, later: Mask, fitted: Fitted, served: ServedAdvantage) -> Contest:
    rows, at = log.rows(later), _positions(log, later)
    learned = learn(fitted.frame, rows, Variances.of(fitted.raw))
    belief = attach(None, log.problem, rows)[0]
    situation, _ = fitted.frame.situation(rows, belief)
    advantage = served.advantage
    money = advantage.phase_part(situation) + advantage.personal_part(situation)
    waiting = learned.waiting @ fitted.raw.coefficients
    phases = _by_phases(log, rows, at) + log.problem.cost

    own = np.arange(rows.n), rows.treatment

    def told(effect: Floats) -> Floats:
        said: Floats = effect[own] - (rows.probabilities * effect).sum(axis=1)
        return said

    def likelier(said: Floats) -> float:
        return float(((2.0 * learned.residual - said) * said / learned.noise).sum())

    by_phases = told(phases)
    found = likelier(told(money) + waiting), likelier(by_phases)
    scale = max(float((learned.residual * by_phases / learned.noise).sum()), 0.0)
    scale /= max(float((by_phases**2 / learned.noise).sum()), 1e-12)
    scaled = likelier(scale * by_phases)
    return Contest(
        ranks=found[0] >= found[1] and scaled < SPEAKS,
        money=found[0],
        phases=found[1],
        phases_scaled=scaled,
        decisions=rows.n,
        phase_share=max(fitted.moves.kept[0], fitted.money.kept[0]),
        personal_share=max(fitted.moves.kept[1], fitted.money.kept[1]),
    )


def _positions(log: LogReader, part: Mask) -> Ints:
    """Rows of the training run in the order of ``log.rows(part)``."""
    own, logged = log.at[part], log.prepared.rows
    return own[np.lexsort((logged.decided_at[own], logged.customer[own]))]


def _by_phases(log: LogReader, rows: Rows, at: Ints) -> Floats:
    """(k, T) gain over doing nothing as response and phases tell it, EUR; 0 for what is no candidate."""
    engine = Engine(log.prepared.journey, log.models, "phases")
    gain = np.zeros(rows.eligible.shape)
    for begin in range(0, len(at), BLOCK):
        part = slice(begin, begin + BLOCK)
        row, treatment = np.nonzero(rows.eligible[part])
        situations = log.prepared.situations.take(at[part])
        gain[part][row, treatment] = engine.score(situations, row, treatment).over_nothing
    return gain
