"""Whom to contact next on a channel, in order of gain.

A customer's contact is the one that ranks first, without trying anything; it is on the list where it gains
something over doing nothing. Knows steps of decisions; knows nothing of where customers come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Final

from models.policy.choice.best_time import WINDOW
from models.policy.compose import best_time_of
from models.policy.engine import Engine
from models.policy.explain.path_ahead import path_ahead
from models.policy.explain.path_text import names_of, path_text
from models.policy.explain.translations import words_for
from models.policy.steps import DecisionSteps
from models.statistics import DECIDED_90

NOT_WORTH_IT: Final = "NOT_WORTH_IT"
"""Why somebody is not on the list although rules allow it: leaving them in peace is worth more."""
MOST_PATHS: Final = 200
"""Of how many contacts, from the best on, the path ahead is said: somebody reads it before a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One customer to contact.

    ``gain``: EUR over doing nothing, ``low`` and ``high`` its 90 % interval; ``best_time``: within a week;
    None: none is allowed. ``path``: the path ahead in words; empty: not asked, or no model tells of it.
    """

    customer_id: str
    action: str
    channel: str
    phase: str
    gain: float
    low: float
    high: float
    propensity: float
    best_time: datetime | None = None
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Contacts, best first.

    ``seen``: customers that were decided; ``worth``: those for whom a contact is worth more than none;
    ``room``: what the channel's day has left, None: it has no capacity; ``nothing``: why the others get none,
    reason → customers.
    """

    contacts: tuple[Contact, ...]
    seen: int
    worth: int
    room: int | None
    nothing: Mapping[str, int]


@dataclass(slots=True)
class Ranking:
    """The best contacts so far, and what became of everybody else.

    Customers may come in any order. ``most``: how many are kept. Of two that gain the same the one with the
    lesser id is the better.
    """

    most: int
    seen: int = 0
    worth: int = 0
    nothing: Counter[str] = field(default_factory=Counter)
    _kept: list[Contact] = field(default_factory=list)

    def add(self, found: Contact | str) -> None:
        """A customer's contact, or why there is none."""
        self.seen += 1
        if isinstance(found, str):
            self.nothing[found] += 1
            return
        self.worth += 1
        self._keep([found])

    def join(self, other: Ranking) -> None:
        """What was found among other customers."""
        self.seen += other.seen
        self.worth += other.worth
        self.nothing.update(other.nothing)
        self._keep(other.best())

    def best(self) -> list[Contact]:
        """The ``most`` best, best first."""
        self._kept.sort(key=lambda contact: (-contact.gain, contact.customer_id))
        del self._kept[self.most :]
        return [*self._kept]

    def listed(self, contacts: Iterable[Contact], room: int | None) -> Worklist:
        """The list of these contacts, with what became of everybody; ``room``: as of a ``Worklist``."""
        return Worklist(
            contacts=tuple(contacts), seen=self.seen, worth=self.worth, room=room, nothing=dict(self.nothing)
        )

    def _keep(self, found: Iterable[Contact]) -> None:
        self._kept += found
        if len(self._kept) > 2 * self.most + 1_000:
            self.best()


def contact_of(engine: Engine, steps: DecisionSteps) -> Contact | str:
    """The contact that ranks first for a customer, or why there is none."""
    position = steps.chooser.best(steps.picks[0].admitted)
    treatment = engine.journey.treatments[int(steps.candidates[position])]
    gain = float(steps.scores.over_nothing[position])
    if treatment.channel is None or gain <= 0:
        return _why(steps)
    spread = DECIDED_90 * float(steps.scores.deviation[position])
    return Contact(
        customer_id=steps.request.customer.customer_id,
        action=treatment.action,
        channel=treatment.channel,
        phase=engine.journey.phases[int(steps.situations.phase[0])].name,
        gain=gain,
        low=gain - spread,
        high=gain + spread,
        propensity=float(steps.scores.propensity[position]),
    )


def told(engine: Engine, steps: DecisionSteps, contact: Contact, *, path: bool) -> Contact:
    """The contact with its best time, and the path ahead if asked.

    ``steps``: of the customer at that moment.
    """
    timed = with_best_time(engine, steps, contact)
    return with_path(engine, steps, timed) if path else timed


def with_best_time(engine: Engine, steps: DecisionSteps, contact: Contact) -> Contact:
    """The contact with its best time within a week; ``steps``: of the customer at that moment."""
    request = steps.request
    asked = replace(request, window=(request.decided_at, request.decided_at + WINDOW))
    code = engine.journey.treatment_index[contact.action, contact.channel]
    return replace(contact, best_time=best_time_of(engine, replace(steps, request=asked), code))


def with_path(engine: Engine, steps: DecisionSteps, contact: Contact) -> Contact:
    """The contact with the path ahead once it is made, in the language of the journey's texts.

    ``steps``: of the customer at that moment. English where the language has no words.
    """
    position = steps.chooser.best(steps.picks[0].admitted)
    path = path_ahead(engine, steps, position)
    if path is None:
        return contact
    names, (language, _) = names_of(engine.journey), words_for(engine.journey.default_locale)
    first = names.action(contact.action, contact.channel)
    return replace(contact, path=path_text(asdict(path), first, names, language))


def _why(steps: DecisionSteps) -> str:
    """The barrier that took the last treatment out, or that none of those left is worth it."""
    if len(steps.candidates) > 1:
        return NOT_WORTH_IT
    refusals = [code for tier, code, _ in steps.refusals() if tier != "asked"]
    return refusals[-1] if refusals else NOT_WORTH_IT
