"""What different data would have changed, one fact at a time.

Knows how to change a request and asks what would then rank first; knows nothing of words or layouts. The
draw plays no part: what is compared is the first choice, so chance is not mistaken for an effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from models.domain.actions import Treatment
from models.domain.decision import DecisionRequest
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, run_steps

MOST: Final = 40
"""Changes that are tried: enough for every attribute, consent and touchpoint of a usual customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A change of one fact, and what would rank first after it.

    Attributes:
        kind: ``consent_given``, ``consent_withdrawn``, ``attribute_unknown`` or ``touchpoint_never``.
        name: of the consent, attribute or touchpoint.
        first: what would rank first.
        differs: whether that is another treatment than without the change.
    """

    kind: str
    name: str
    first: Treatment
    differs: bool


def first_choice(engine: Engine, steps: DecisionSteps) -> Treatment:
    """What ranks first in the first slot, before any exploration."""
    best = steps.chooser.best(steps.picks[0].admitted)
    return engine.journey.treatments[int(steps.candidates[best])]


def alternatives(engine: Engine, request: DecisionRequest, now: Treatment) -> tuple[Alternative, ...]:
    """What each known fact, taken away or turned round, would have changed.

    At most ``MOST`` of them. ``now``: the first choice with all facts as they are.
    """
    tried = []
    for (kind, name, changed), _ in zip(_changes(engine, request), range(MOST), strict=False):
        first = first_choice(engine, run_steps(engine, changed))
        tried.append(Alternative(kind=kind, name=name, first=first, differs=first != now))
    return tuple(tried)


def _changes(engine: Engine, request: DecisionRequest) -> Iterator[tuple[str, str, DecisionRequest]]:
    customer = request.customer
    for flag in engine.journey.consents:
        given = customer.consent.get(flag) is True
        turned = replace(customer, consent={**customer.consent, flag: not given})
        kind = "consent_withdrawn" if given else "consent_given"
        yield kind, flag, replace(request, customer=turned)
    for attribute in engine.journey.attributes:
        if attribute.name in customer.attributes:
            rest = {n: value for n, value in customer.attributes.items() if n != attribute.name}
            changed = replace(request, customer=replace(customer, attributes=rest))
            yield "attribute_unknown", attribute.name, changed
    for name in request.counts():
        yield "touchpoint_never", name, request.with_events(without={name})
