"""Tries every text of a journey file on every sample customer.

Each in every language it is written in. Knows how to fill texts without a decision; knows nothing of files or
terminals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from models.domain.actions import Action, Content
from models.domain.configurations import Configured
from models.domain.journey import Journey
from models.journey_file.problems import Path
from nba_service.content.facts import FactBook
from nba_service.content.places import written_at
from nba_service.content.render import Rendered, Renderer
from nba_service.content.samples import Sample
from nba_service.content.variables import configuration_variables, present

LINK_DROPPED: Final = "LINK_DROPPED"
"""A link is written and none comes out: it is none of http(s), mailto, a path, or a tel: that is allowed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One text for one sample.

    ``key``: the channel or placement whose text it is; ``variant``: empty where it has none.
    """

    action: str
    channel: str
    key: str
    locale: str
    sample: Sample
    rendered: Rendered
    problem: str = ""
    field: str = ""
    detail: str = ""
    variant: str = ""


def place_of(journey: Journey, trial: Trial, written: Collection[Path]) -> Path:
    """Where the text of a trial stands in the journey file; ``written``: the paths that the file has."""
    action = journey.actions[journey.action_index[trial.action]]
    return written_at(
        action, trial.key, trial.locale, trial.field, journey.placement_channel, written, trial.variant
    )


def trials(journey: Journey, facts: FactBook, samples: Sequence[Sample], moment: datetime) -> Iterator[Trial]:
    """All of them, in the order of the file."""
    renderer = Renderer(journey)
    local = moment.astimezone(ZoneInfo(journey.time_zone))
    configured = _configured(journey, local)
    known = [(sample, _shared(journey, facts, sample, local)) for sample in samples]
    for action in journey.actions:
        for channel, placement in _places(journey, action):
            key = placement or channel
            texts = ((v, locale, text) for v, at, locale, text in action.shown_texts() if at == key)
            for variant, locale, content in texts:
                for sample, shared in known:
                    variables = {
                        **shared,
                        "decision": _decision(journey, action, channel, placement),
                        **configuration_variables(journey, action.name, configured),
                    }
                    rendered = renderer.rendered(
                        action.name, channel, placement, locale, variables, variant=variant or None
                    )
                    problem = _problem(content, rendered)
                    yield Trial(action.name, channel, key, locale, sample, rendered, *problem, variant)


def _configured(journey: Journey, now: datetime) -> dict[str, Configured]:
    """Of each configurator what is taken where nothing is wished."""
    defaults = {
        one.name: {option.name: option.default for option in one.options} for one in journey.configurators
    }
    return {
        one.name: Configured(
            configurator=one.name,
            region="",
            wish={},
            choices=defaults[one.name],
            price=one.price(defaults[one.name]),
            deliverable_on=now.date().isoformat(),
        )
        for one in journey.configurators
    }


def _places(journey: Journey, action: Action) -> Iterator[tuple[str, str | None]]:
    for channel in action.channels:
        yield channel, None
        for slot in journey.channels[journey.channel_index[channel]].placements:
            if slot in action.content and slot not in action.channels:
                yield channel, slot


def _problem(content: Content, rendered: Rendered) -> tuple[str, str, str]:
    if rendered.fallback is not None:
        return rendered.fallback.value, rendered.field or "body", rendered.detail
    for name in ("image_url", "click_url"):
        if getattr(content, name) and not rendered.texts[name]:
            return LINK_DROPPED, name, "no http(s), mailto, path or allowed tel: address came out"
    return "", "", ""


def _shared(journey: Journey, facts: FactBook, sample: Sample, now: datetime) -> dict[str, object]:
    attributes = present(sample.attributes)
    return {
        "customer": {**attributes, "id": "sample"},
        "facts": facts.about(attributes, now),
        "context": {},
        "phase": journey.phases[0].name,
        "company": journey.company,
        "currency": journey.currency,
        "now": now,
        "today": now.date(),
    }


def _decision(journey: Journey, action: Action, channel: str, placement: str | None) -> Mapping[str, object]:
    return {
        "id": "sample",
        "action": action.name,
        "label": action.label,
        "channel": channel,
        "placement": placement,
        "phase": (action.phases or (journey.phases[0].name,))[0],
        "value": action.value,
        "currency": journey.currency,
    }
