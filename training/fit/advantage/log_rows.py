"""Logged decisions as the learner takes them.

A log states the probability of what was done, seldom those of everything else. So effects are learned under
a policy that is known: the frequencies of the log, by phase, among the candidates. Rows are weighted by how
much more often that policy does what was done; it draws nothing from how good the frequencies fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Floats32, Ints, Mask
from models.bundle import Models
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.contacts import ContactReader
from models.learned.advantage.stated_phases import StatedPhases
from models.learned.transition.effects import softmax
from models.policy.eligibility.catalogue import Catalogue
from training.fit.advantage.rows import Problem, Rows
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN
from training.rows.split import Part

MOST_ROWS: Final = 60_000
LOOKS_AHEAD: Final = 60
"""Decisions that the value of a phase counts ahead, at most."""
MOST_COLUMNS: Final = 600
"""Treatments times attributes whose effects are learned one by one."""
MOST_ATTRIBUTES: Final = 24
MOST_WORDS: Final = 8
"""Words of an attribute that are told from the others, the most frequent ones."""
WEIGHTS: Final = (0.02, 10.0)


def learnable(prepared: Prepared, most: int = MOST_ROWS) -> Ints:
    """Positions of the rows that effects can be learned from or judged on, ascending.

    Args:
        most: where there are more, only every second customer is taken, or every third, and so on.
    """
    rows = prepared.rows
    known = np.isfinite(rows.action_probability) & np.isfinite(rows.reward) & (rows.next_phase != UNKNOWN)
    found = np.flatnonzero(known & (prepared.split.part <= Part.TEST))
    every = -(-len(found) // most)
    return found if every <= 1 else found[rows.customer[found] % every == 0]


def problem_of(journey: Journey, models: Models, phase: Ints) -> Problem:
    """What the journey file says, and how long a step is; ``phase``: (k,) of the logged decisions."""
    catalogue = Catalogue.of(journey)
    discount = float(models.value.discount[phase].mean())
    return Problem(
        phases=len(journey.phases),
        channels=len(journey.channels),
        cost=catalogue.cost.astype(np.float64),
        channel=np.array([journey.channel_index.get(t.channel or "", -1) for t in journey.treatments]),
        tires=np.arange(len(journey.treatments)) > 0,
        discount=discount,
        horizon=LOOKS_AHEAD,
        endless=True,
        pressure=journey.objective.pressure_price,
    )


def attribute_columns(prepared: Prepared, rows: Ints, treatments: int) -> AttributeColumns:
    """Those that go with the reward most, as many as may have effects of their own."""
    spec, x = prepared.spec, prepared.customer_x[rows]
    categorical = set(spec.customer_categorical)
    found: list[tuple[int, int]] = []
    for at, name in enumerate(spec.customer_names):
        if not name.startswith("attribute."):
            continue
        if at in categorical:
            words = np.bincount(x[~np.isnan(x[:, at]), at].astype(np.int64), minlength=1)
            found += [(at, int(w)) for w in np.argsort(-words, kind="stable")[:MOST_WORDS] if words[w]]
        else:
            found.append((at, -1))
    position, code = (
        (np.array(part, dtype=np.int64) for part in zip(*found, strict=True))
        if found
        else (
            np.zeros(0, dtype=np.int64),
            np.zeros(0, dtype=np.int64),
        )
    )
    zero, one = np.zeros(len(position)), np.ones(len(position))
    raw = AttributeColumns(position=position, code=code, mean=zero, spread=one).raw(x)
    mean, spread = _moments(raw)
    columns = AttributeColumns(position=position, code=code, mean=mean, spread=spread)
    most = min(MOST_ATTRIBUTES, max(MOST_COLUMNS // treatments, 2))
    if len(position) > most:
        reward = prepared.rows.reward[rows] - prepared.rows.reward[rows].mean()
        merit = np.abs(columns.read(x).T @ reward)
        kept = np.sort(np.argsort(-merit, kind="stable")[:most])
        columns = AttributeColumns(
            position=position[kept], code=code[kept], mean=mean[kept], spread=spread[kept]
        )
    return columns


def _moments(raw: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(raw)
    count = np.maximum(known.sum(axis=0), 1)
    values = np.where(known, raw, 0.0)
    mean = values.sum(axis=0) / count
    spread = np.sqrt((np.where(known, raw - mean, 0.0) ** 2).sum(axis=0) / count)
    return mean, np.where(spread > 0, spread, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogReader:
    """Turns rows of a training run into rows of the learner.

    ``candidates``: (k, T) of the rows ``at``, which ascend.
    """

    prepared: Prepared
    models: Models
    problem: Problem
    columns: AttributeColumns
    reader: ContactReader
    stated: StatedPhases
    at: Ints
    candidates: Mask

    def rows(self, part: Mask) -> Rows:
        """Those of ``at`` that ``part``, (k,), selects, customer by customer in order of time."""
        logged = self.prepared.rows
        chosen = np.flatnonzero(part)
        own = self.at[chosen]
        order = np.lexsort((logged.decided_at[own], logged.customer[own]))
        own, mask = own[order], self.candidates[chosen[order]].copy()
        treatment = logged.treatment[own].astype(np.int64)
        mask[np.arange(len(own)), treatment] = True
        mask[:, 0] = True
        situations = self.prepared.situations.take(own)
        phase = situations.phase.astype(np.int64)
        contacts = self.reader.read(situations)
        customer_x = self.prepared.customer_x[own]
        customer = np.unique(logged.customer[own], return_inverse=True)[1].astype(np.int64)
        step_days = self.models.value.horizon_days[phase]
        gap = np.diff(logged.decided_at[own], prepend=0) / DAY_MS / step_days
        first = np.diff(customer, prepend=-1) != 0
        usual = frequencies(phase, treatment, mask, self.problem.phases)
        due = usual[np.arange(len(own)), treatment] / logged.action_probability[own]
        return Rows(
            customer=customer,
            step=_numbered(first),
            phase=phase,
            next_phase=logged.next_phase[own].astype(np.int64),
            attributes=self.columns.read(customer_x),
            eligible=mask,
            contact=contacts.felt,
            other=self._other(customer_x, step_days),
            recent=contacts.recent,
            taste=contacts.taste,
            probabilities=usual,
            treatment=treatment,
            reward=logged.reward[own] + self.problem.cost[treatment],
            ends=np.zeros(len(own), dtype=bool),
            elapsed=np.where(first, 1.0, gap),
            weight=np.clip(due, *WEIGHTS).astype(np.float64),
            ahead=softmax(self.models.transition.baseline(customer_x, situations.phase)),
            stated=self.stated.read(situations),
        )

    def _other(self, customer_x: Floats32, step_days: Floats) -> Floats:
        """More history, for the value alone."""
        names = self.prepared.spec.customer_names

        def column(name: str, missing: float) -> Floats:
            return np.nan_to_num(customer_x[:, names.index(name)].astype(np.float64), nan=missing)

        since = [column(f"days_since_{what}", 1e6) / step_days for what in ("contact", "touchpoint")]
        many = [np.log1p(column(name, 0.0)) for name in ("positives_total", "events_total", "phases_entered")]
        return np.column_stack([*(np.minimum(each, 6.0) / 3.0 for each in since), *many])


def frequencies(phase: Ints, treatment: Ints, mask: Mask, phases: int) -> Floats32:
    """(k, T) how often each candidate is chosen in the phase when it is one; rows sum to one."""
    able = np.stack([np.bincount(phase, mask[:, t], phases) for t in range(mask.shape[1])], axis=1)
    taken = np.zeros_like(able)
    np.add.at(taken, (phase, treatment), 1.0)
    weight = ((taken + 0.5) / (able + 1.0))[phase] * mask
    result: Floats32 = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def _numbered(first: Mask) -> Ints:
    """0, 1, 2 … from each first row on."""
    position = np.arange(len(first))
    start = np.maximum.accumulate(np.where(first, position, 0))
    return np.asarray(position - start, dtype=np.int64)
