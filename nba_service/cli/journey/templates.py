"""Checks the texts of a journey file.

Whether they compile, and read only what there is to read. Here and not in the core, because Liquid and its
limits are the service's; ``nba journey check`` adds these findings to those of ``lint_journey``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from models.domain.actions import Content
from models.domain.journey import Journey
from models.journey_file import Finding
from models.journey_file.problems import Path, closest, dotted_path, listed
from models.journey_file.yaml_tree import read_yaml
from nba_service.content.limits import make_environment
from nba_service.content.places import written_at
from nba_service.content.variables import DECISION_MEMBERS, VARIABLES

_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]*>")


def lint_templates(journey: Journey, source: str, data: bytes) -> list[Finding]:
    """Findings ``TEMPLATE_BROKEN``, ``…_UNKNOWN_NAME`` and ``…_MARKUP``, each once, at the text's line."""
    _, problems = read_yaml(data, source)
    environment = make_environment(html=True)
    attributes = {"id", *(attribute.name for attribute in journey.attributes)}
    findings: dict[tuple[int, str], Finding] = {}
    for path, text in _texts(journey, set(problems.lines.by_path)):
        try:
            said = _unknown_names(environment.from_string(text), attributes, set(environment.filters))
            code = "TEMPLATE_UNKNOWN_NAME"
        except LiquidError as error:
            said, code = [f"no valid Liquid template: {error.message}; correct it there"], "TEMPLATE_BROKEN"
        if not said and path[-1] in ("title", "body", "button") and (tag := _MARKUP.search(text)):
            said = [f"{tag.group()[:40]} is shown as it stands, this is plain text; markup belongs in html"]
            code = "TEMPLATE_MARKUP"
        for one in said:
            line, field = problems.lines.of(path), dotted_path(path)
            findings[line, one] = Finding(source=source, line=line, field=field, code=code, text=one)
    return [findings[key] for key in sorted(findings)]


def _texts(journey: Journey, written: set[Path]) -> Iterator[tuple[Path, str]]:
    """Each text with the place where it stands."""
    for action in journey.actions:
        for variant, key, locale, content in action.shown_texts():
            for field in fields(Content):
                path = written_at(
                    action, key, locale, field.name, journey.placement_channel, written, variant
                )
                yield path, getattr(content, field.name)


def _unknown_names(template: BoundTemplate, attributes: set[str], filters: set[str]) -> list[str]:
    """What the template uses and nobody provides."""
    analysis = template.analyze()
    strange = [name for name in analysis.filters if name not in filters]
    texts = [
        f"there is no filter {name}; did you mean {closest(name, filters) or 'default'}?" for name in strange
    ]
    for name, uses in analysis.globals.items():
        if name not in VARIABLES:
            texts.append(f"templates cannot read {name}; use {listed(sorted(VARIABLES))}")
        members = {str(use.segments[1]) for use in uses if name == "customer" and len(use.segments) > 1}
        texts += [
            f"a decision has no {member}; use {listed(sorted(DECISION_MEMBERS))}"
            for use in uses
            if name == "decision" and len(use.segments) > 1
            for member in [str(use.segments[1])]
            if member not in DECISION_MEMBERS
        ]
        for member in sorted(members - attributes):
            near = closest(member, attributes)
            hint = f"did you mean {near}?" if near else "declare it under attributes"
            texts.append(f"customers have no attribute {member}; {hint}")
    return texts
