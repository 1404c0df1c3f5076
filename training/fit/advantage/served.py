"""What a training run learns of treatments in money.

Two accounts of what treatments add are there: that of response and phases, and this one. On later rows, which
neither has seen, each says how the outcome should differ from what was to be expected by what was done. If
they clearly speak for response and phases, these rank: they know the way through the phases, which the
outcome of one decision does not show. Else the account ranks that later rows are likelier under.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle import Models
from models.learned.advantage.belief import PhaseBelief
from models.learned.advantage.believed import Believed
from models.learned.advantage.contacts import ContactReader
from models.learned.advantage.model import Effects, Situation
from models.learned.advantage.served import Centres, ServedAdvantage
from models.learned.advantage.stated_phases import StatedPhases
from models.learned.files import json_bytes, read_json
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from training.fit.advantage.belief.learning import attach, fit_belief
from training.fit.advantage.belief.scale import BelievedScale, fit_believed_scale
from training.fit.advantage.carried import Champion, carried
from training.fit.advantage.chain import PhaseChain, fit_chain
from training.fit.advantage.design import Design
from training.fit.advantage.fit import Fitted, centres_of, fit_advantage
from training.fit.advantage.learner import Frame, Learned, Variances, learn
from training.fit.advantage.log_rows import LogReader, attribute_columns, problem_of
from training.fit.advantage.regression import Explained
from training.fit.advantage.rows import Problem, Rows, more_than_usual
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
        champion: the bundle whose effects were carried over as a prior, because later rows are likelier so.
        with_champion: twice the log likelihood that effects add which start from the champion's.
        not_carried: why there were none of the champion's to start from, where they were asked for.
        with_belief: twice the log likelihood that effects add where phases are believed, not known; None: the
            log shows no wrong ones.
        misread: share of decisions whose phase was probably stated wrongly, where decisions believe phases.
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
    champion: str | None = None
    with_champion: float | None = None
    not_carried: str | None = None
    with_belief: float | None = None
    misread: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        told = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return {k: v for k, v in told.items() if v is not None or k not in ("with_belief", "misread")}


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


def learn_in_money(
    prepared: Prepared, models: Models, at: Ints, candidates: Mask, champion: Champion | None = None
) -> LearnedInMoney:
    """Learn effects from the earlier rows, and let the later ones choose.

    Args:
        at: shape (k,), ascending. Rows as ``learnable`` gives them, whole customers.
        candidates: shape (k, T). What could have been done.
        champion: its effects may be where those of rows that it has not seen start from.
    """
    part = prepared.split.part[at]
    earlier, later = part < Part.TEST, part == Part.TEST
    if earlier.sum() < FEWEST or later.sum() < FEWEST // 5:
        return not_learned("the log has too few decisions with known probabilities")
    log, rows = _reader(prepared, models, at, candidates, earlier)
    chain = fit_chain(log.problem, rows)
    scale: StakesScale | BelievedScale
    scale, fitted = _learned(log.problem, rows, chain)
    judges = _Judges.of(log, later, fitted)
    said: dict[str, Any] = {}
    if (believing := _believing(log.problem, rows)) is not None:
        others = _Judges.of(log, later, believing[1])
        said["with_belief"] = others.money(believing[1])
        if said["with_belief"] > judges.money(fitted) - SPEAKS:
            (scale, fitted), judges = believing, others
            said["misread"] = _misread(rows, believing[0].hidden.belief)
    started = fitted
    if champion is not None:
        started, of_champion = _from_champion(log, earlier, judges, fitted, champion)
        said |= of_champion
    contest = replace(_contest(log, judges, started), **said)
    served = _served(log, scale, started)
    simple = learn_simple(log.problem, rows, chain, log.columns)
    return LearnedInMoney(served=served if contest.ranks else None, contest=contest, simple=simple)


def learn_again(
    prepared: Prepared,
    models: Models,
    at: Ints,
    candidates: Mask,
    contest: Contest,
    champion: Champion | None = None,
) -> LearnedInMoney:
    """The same from all rows, once later ones have chosen: ``contest`` stays as it is."""
    if not contest.ranks and contest.floor is None:
        return LearnedInMoney(served=None, contest=contest)
    log, rows = _reader(prepared, models, at, candidates, np.ones(len(at), dtype=bool))
    chain = fit_chain(log.problem, rows)
    if contest.floor is not None:
        simple = learn_simple(log.problem, rows, chain, log.columns)
        return LearnedInMoney(served=None, contest=contest, simple=simple)
    scale: StakesScale | BelievedScale
    believing = None if contest.misread is None else _believing(log.problem, rows)
    scale, fitted = _learned(log.problem, rows, chain) if believing is None else believing
    if champion is not None and contest.champion is not None:
        fitted = _started(log, np.ones(len(at), dtype=bool), fitted.frame, champion)
    return LearnedInMoney(served=_served(log, scale, fitted), contest=contest)


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
    stated = StatedPhases(prepared.builder.machine, models.value.horizon_days)
    log = LogReader(
        prepared=prepared, models=models, problem=problem, columns=columns, reader=reader, stated=stated,
        at=at, candidates=candidates,
    )  # fmt: skip
    return log, log.rows(own)


def _from_champion(
    log: LogReader, earlier: Mask, judges: _Judges, fitted: Fitted, champion: Champion
) -> tuple[Fitted, dict[str, Any]]:
    """What starts from the champion's effects where later rows are likelier so, and what to say of it.

    Only rows that the champion has not seen count: it would be asked for its own opinion twice.
    """
    if champion.models.advantage is None:
        return fitted, {"not_carried": f"the champion {champion.bundle_id} has no effects in money"}
    fresh = int((earlier & _unseen(log, champion)).sum())
    if fresh < FEWEST or not _unseen(log, champion)[log.prepared.split.part[log.at] == Part.TEST].all():
        text = f"{fresh:,} decisions to learn from are later than those of the champion {champion.bundle_id}"
        return fitted, {"not_carried": f"{text}, at least {FEWEST:,} are needed"}
    started = _started(log, earlier, fitted.frame, champion)
    with_champion, without = judges.money(started), judges.money(fitted)
    if with_champion <= without:
        return fitted, {"with_champion": with_champion}
    return started, {"with_champion": with_champion, "champion": champion.bundle_id}


def _unseen(log: LogReader, champion: Champion) -> Mask:
    result: Mask = log.prepared.rows.decided_at[log.at] > champion.until
    return result


def _started(log: LogReader, own: Mask, frame: Frame, champion: Champion) -> Fitted:
    """Learned from the rows ``own`` that the champion has not seen, from its effects on."""
    prior = carried(champion, log.prepared.journey, log.prepared.spec, log.columns, frame)
    return fit_advantage(log.problem, log.rows(own & _unseen(log, champion)), frame, prior)


def not_learned(reason: str) -> LearnedInMoney:
    """Nothing, and why."""
    return LearnedInMoney(served=None, contest=Contest(ranks=False, reason=reason))


def _learned(problem: Problem, rows: Rows, chain: PhaseChain) -> tuple[StakesScale, Fitted]:
    """Phases taken at their word."""
    scale = fit_stakes(problem, rows, chain)
    return scale, fit_advantage(problem, rows, Frame(problem, scale, None, centres_of(rows)))


def _believing(problem: Problem, rows: Rows) -> tuple[BelievedScale, Fitted] | None:
    """Phases believed as far as statements are right; None where they are as good as certain."""
    belief = fit_belief(problem, rows)
    if belief is None:
        return None
    nil = np.zeros(rows.attributes.shape[1])
    scale = fit_believed_scale(problem, rows, belief, nil, nil + 1.0)
    return scale, fit_advantage(problem, rows, Frame(problem, scale, scale.hidden.belief, centres_of(rows)))


def _misread(rows: Rows, belief: PhaseBelief) -> float:
    """Share of decisions whose stated phase is probably wrong."""
    return float(1.0 - belief.now(rows.stated)[np.arange(rows.n), rows.phase].mean())


def _served(log: LogReader, scale: StakesScale | BelievedScale, fitted: Fitted) -> ServedAdvantage:
    journey, advantage, frame = log.prepared.journey, fitted.advantage, fitted.frame
    design, centres = Design(frame.problem, len(log.columns.position)), frame.centres

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
        attributes=log.columns,
        stakes=scale.stakes,
        centres=Centres(taste=centres.taste, felt=centres.contact, recent=centres.recent),
        step_days=log.models.value.horizon_days,
        value=Catalogue.of(journey).value.astype(np.float64),
        error=cells,
        error_of_moves=cells * 0.0 if moves is None else errors(moves, fitted.raw.moves),
        believed=Believed(filter=scale.hidden.belief, slopes=scale.slopes)
        if isinstance(scale, BelievedScale)
        else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Judges:
    """Later rows, and what nobody could expect of them.

    ``at``: their positions in the training run.
    """

    rows: Rows
    at: Ints
    situation: Situation
    learned: Learned

    @classmethod
    def of(cls, log: LogReader, later: Mask, fitted: Fitted) -> _Judges:
        rows, frame = log.rows(later), fitted.frame
        situation, _ = frame.situation(rows, attach(frame.belief, log.problem, rows))
        learned = learn(frame, rows, Variances.of(fitted.raw))
        return cls(rows=rows, at=_positions(log, later), situation=situation, learned=learned)

    def told(self, effect: Floats) -> Floats:
        """(k,) what effects say of what was done, more than of what is usually done."""
        return more_than_usual(effect, self.rows.probabilities, self.rows.treatment)

    def likelier(self, said: Floats) -> float:
        """Twice the log likelihood that it adds."""
        return float(((2.0 * self.learned.residual - said) * said / self.learned.noise).sum())

    def money(self, fitted: Fitted) -> float:
        """The same of effects in money, at once and later."""
        own, moves = fitted.advantage.money, fitted.advantage.moves
        said = self.told(own.at_once(self.situation))
        if moves is not None:
            said = said + self.learned.seen * self.told(moves.at_once(self.situation.at_stake()))
        return self.likelier(said + self.learned.waiting @ fitted.raw.coefficients)


def _contest(log: LogReader, judges: _Judges, fitted: Fitted) -> Contest:
    money = judges.money(fitted)
    by_phases = judges.told(_by_phases(log, judges.rows, judges.at) + log.problem.cost)
    phases = judges.likelier(by_phases)
    learned = judges.learned
    scale = max(float((learned.residual * by_phases / learned.noise).sum()), 0.0)
    scale /= max(float((by_phases**2 / learned.noise).sum()), 1e-12)
    scaled = judges.likelier(scale * by_phases)
    return Contest(
        ranks=money >= phases and scaled < SPEAKS,
        money=money,
        phases=phases,
        phases_scaled=scaled,
        decisions=judges.rows.n,
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
