"""Warnings about what is valid and most likely not meant.

Each finding has a stable code, a place and a remedy. Whether they fail a build is the caller's choice
(``nba journey check --strict``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from models.configurations.availability import ALWAYS, EVERYWHERE, Availability
from models.configurations.search import nearest
from models.domain.actions import Action, ChannelKind, Policy, Purpose
from models.domain.journey import Journey, Sentiment
from models.domain.rules.rule_folding import fold
from models.domain.rules.rule_syntax import parse_rule
from models.journey_file.problems import Lines, Path, dotted_path, listed
from models.journey_file.rules import checked_rules
from models.journey_file.schema import JourneyShape
from models.journey_file.yaml_tree import read_yaml

_MOST_SPOKEN: Final = 3
_SENTENCE: Final = re.compile(r"[.!?](?=\s|$)")
_OPENS: Final = re.compile(r"(?:.*_)?(?:open|opens|opened|view|viewed|seen|impression|delivered|sent|shown)")
"""Outcomes that say a thing was shown or opened: machines open mails, so they are no sign of interest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One warning: where, which rule of thumb (``code``) and what to do."""

    source: str
    line: int
    field: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.field}: {self.text} [{self.code}]"


Found = Iterator[tuple[Path, str, str]]  # where, code, text


def lint_journey(journey: Journey, source: str, data: bytes) -> list[Finding]:
    """Findings of a valid journey, in the order of the file's lines.

    Args:
        journey: what ``parse_journey(data, source)`` gave.
        source: the file's name, for the findings.
        data: the file's bytes, for line numbers and for what the journey does not keep.
    """
    raw, problems = read_yaml(data, source)
    reachable = reachable_phases(journey)
    parts = (
        _phases(journey, reachable),
        _channels(journey, raw),
        _admission(journey, reachable),
        _contents(journey),
        _variants(journey),
        _voices(journey),
        _outcomes(journey),
        _rewarded_opens(journey),
        _withdrawals(journey),
        _mail(journey),
        _guards(raw, problems),
        _playbook(journey),
        _configurations(journey),
    )
    return sorted(
        (_finding(source, problems.lines, *finding) for part in parts for finding in part),
        key=lambda finding: (finding.line, finding.field, finding.code),
    )


def reachable_phases(journey: Journey) -> frozenset[str]:
    """Phases that rules and lapses lead to from the first one.

    All of them if data must state phases.
    """
    if not journey.phase_rules:
        return frozenset(journey.phase_index)
    reached = {journey.phases[0].name}
    lapses = {phase.name: phase.lapse.to for phase in journey.phases if phase.lapse}
    while True:
        new = {lapses[name] for name in reached if name in lapses}
        for rule in journey.phase_rules:
            origins = set(rule.from_phases) or reached
            if origins & reached and fold(parse_rule(rule.when), {}) is not False:
                new.add(rule.to)
        if new <= reached:
            return frozenset(reached)
        reached |= new


def admitted(journey: Journey, action: Action, phases: frozenset[str]) -> frozenset[tuple[str, str]]:
    """(channel, phase) pairs of the action that no policy refuses for any customer."""
    own = [name for name in (action.phases or journey.phase_index) if name in phases]
    return frozenset(
        (channel, phase)
        for channel in action.channels
        for phase in own
        if not any(_always_refuses(policy, action, channel, phase) for policy in journey.policies)
    )


def _always_refuses(policy: Policy, action: Action, channel: str, phase: str) -> bool:
    concerned = (
        (not policy.actions or action.name in policy.actions)
        and (not policy.groups or action.group in policy.groups)
        and (not policy.purposes or action.purpose in policy.purposes)
        and (not policy.channels or channel in policy.channels)
    )
    known = {
        "phase.name": phase,
        "action.name": action.name,
        "action.group": action.group or "",
        "action.purpose": action.purpose.value,
        "action.channel": channel,
        "action.value": action.value,
    }
    return concerned and fold(parse_rule(policy.when), known) is False


def _phases(journey: Journey, reachable: frozenset[str]) -> Found:
    for phase in journey.phases:
        path: Path = ("phases", phase.name)
        if phase.name not in reachable:
            text = "no rule or lapse leads here; add a phase rule, unless callers or data state this phase"
            yield path, "PHASE_UNREACHABLE", text
        if not any(not action.phases or phase.name in action.phases for action in journey.actions):
            yield path, "PHASE_UNCOVERED", "no action is for this phase; only doing nothing is left here"


def _channels(journey: Journey, raw: Mapping[str, Any]) -> Found:
    used = {channel for action in journey.actions for channel in action.channels}
    marketing = {c for a in journey.actions if a.purpose is Purpose.MARKETING for c in a.channels}
    for channel in journey.channels:
        path: Path = ("channels", channel.name)
        if channel.inbound and channel.name not in used:
            continue  # a place of touchpoints only
        if "cost" not in (raw["channels"][channel.name] or {}):
            text = "no cost is stated, so contacts look free; add `cost:` in the journey's currency"
            yield path, "CHANNEL_WITHOUT_COST", text
        if channel.name not in used:
            yield path, "CHANNEL_UNUSED", "no action uses this channel; remove it or add it to actions"
        consented = channel.inbound or channel.consent is not None or not journey.consents
        if not consented and channel.name in marketing:
            text = "marketing goes out here without a consent, unlike elsewhere; name one with `consent:`"
            yield path, "CHANNEL_WITHOUT_CONSENT", text


def _admission(journey: Journey, reachable: frozenset[str]) -> Found:
    for action in journey.actions:
        path: Path = ("actions", action.name)
        pairs = admitted(journey, action, reachable)
        if not pairs:
            text = (
                "nobody can ever get it: no phase of it is reached, or a policy always refuses; correct one"
            )
            yield path, "ACTION_IMPOSSIBLE", text
            continue
        for index, channel in enumerate(action.channels):
            if channel not in {admitted_channel for admitted_channel, _ in pairs}:
                text = f"a policy always refuses it on {channel}; remove the channel or change the policy"
                yield (*path, "channels", index), "TREATMENT_IMPOSSIBLE", text


def _contents(journey: Journey) -> Found:
    locales = {locale for a in journey.actions for texts in a.content.values() for locale in texts}
    if not locales:
        text = "no action has content, so decisions come without texts; add it unless callers have their own"
        yield ("actions",), "CONTENT_MISSING", text
        return
    wanted = sorted(locales | {journey.default_locale})
    for action in journey.actions:
        for channel in action.channels:
            texts = action.content.get(channel, {})
            missing = [locale for locale in wanted if locale not in texts]
            if missing:
                path: Path = ("actions", action.name, "content", channel)
                text = f"no text on {channel} in {listed(missing)}; add it here or under default"
                yield path, "CONTENT_MISSING", text


def _variants(journey: Journey) -> Found:
    """Variants between which customers could see no difference."""
    for action in journey.actions:
        seen: list[str] = []
        for name, texts in action.variants.items():
            same = next((other for other in seen if action.variants[other] == texts), None)
            if same is not None:
                path: Path = ("actions", action.name, "variants", name)
                text = f"says the same as {same} everywhere; change a text, or remove one"
                yield path, "VARIANTS_ALIKE", text
            seen.append(name)


def _voices(journey: Journey) -> Found:
    """Texts for the ear that are too long to listen to."""
    voices = {channel.name for channel in journey.channels if channel.kind is ChannelKind.VOICE}
    for action in journey.actions:
        for variant, channel, locale, content in action.shown_texts():
            if channel in voices:
                sentences = len(_SENTENCE.findall(content.body)) or 1
                if sentences > _MOST_SPOKEN:
                    root = ("variants", variant) if variant else ("content",)
                    path: Path = ("actions", action.name, *root, channel, locale, "body")
                    text = f"{sentences} sentences, nobody listens to more than {_MOST_SPOKEN}; say less"
                    yield path, "VOICE_TOO_LONG", text


def _outcomes(journey: Journey) -> Found:
    for outcome in journey.outcomes:
        if outcome.sentiment is Sentiment.POSITIVE and _OPENS.fullmatch(outcome.name):
            text = (
                "opens and views are never a reward: mail programs open mails by themselves; make it neutral"
            )
            yield ("outcomes", "named", outcome.name), "OPEN_AS_REWARD", text


def _rewarded_opens(journey: Journey) -> Found:
    """Actions that name an open as their own success, whatever its sentiment elsewhere."""
    for action in journey.actions:
        for index, name in enumerate(action.positive_outcomes):
            if _OPENS.fullmatch(name):
                text = f"{name} is never a reward: mail programs open mails by themselves; remove it"
                yield ("actions", action.name, "positive_outcomes", index), "OPEN_AS_REWARD", text


def _withdrawals(journey: Journey) -> Found:
    """E-mail without a word that ends it, although there is a consent to withdraw."""
    for channel in journey.channels:
        if channel.kind is not ChannelKind.EMAIL or channel.consent is None:
            continue
        if not any(channel.consent in consents for consents in journey.withdrawals.values()):
            text = (
                f"no touchpoint or outcome withdraws {channel.consent!r}: unsubscribing would change nothing;"
                f" add `withdraws: [{channel.consent}]` to the one that your mail tool reports"
            )
            yield ("channels", channel.name, "consent"), "CONSENT_FOR_EVER", text


def _mail(journey: Journey) -> Found:
    """Addresses in mails that no click could lead to."""
    for name, texts in journey.mail.defaults.items():
        for locale, content in texts.items():
            host = urlsplit(content.click_url).hostname
            if journey.mail.links and host is not None and host not in journey.mail.links:
                path: Path = ("mail", "defaults", name, locale, "click_url")
                yield path, "LINK_NOT_ALLOWED", f"{host} is not in mail.links, so it is not followed; add it"


def _guards(raw: Mapping[str, Any], problems: Any) -> Found:
    for checked in checked_rules(JourneyShape().load(raw), problems):
        for member in checked.verdict.unguarded:
            text = (
                f"customers without {member} make this rule fail, which refuses; guard it with has({member})"
            )
            yield checked.path, "RULE_UNGUARDED", text


def _playbook(journey: Journey) -> Found:
    for phase, order in journey.playbook.items():
        for index, name in enumerate(order):
            own = journey.actions[journey.action_index[name]].phases
            if own and phase not in own:
                text = f"{name} is not for this phase (only {listed(own)}) and is always skipped; remove it"
                yield ("playbook", phase, index), "PLAYBOOK_SKIPPED", text


def _finding(source: str, lines: Lines, path: Path, code: str, text: str) -> Finding:
    return Finding(source=source, line=lines.of(path), field=dotted_path(path), code=code, text=text)


def _configurations(journey: Journey) -> Found:
    """Rules that leave nothing, choices that no configuration can have, and configurators nobody uses."""
    for configurator in journey.configurators:
        path: Path = ("configurations", configurator.name)
        if not journey.configured_actions[configurator.name]:
            text = "no action speaks of it; name it under an action's configuration, or leave it to checks"
            yield path, "CONFIGURATION_UNUSED", text
        everything = Availability(
            {(o.name, c.name, EVERYWHERE): ALWAYS for o in configurator.options for c in o.choices}
        )
        for option in configurator.options:
            for choice in option.choices:
                wish = {option.name: choice.name}
                found = nearest(configurator, everything, wish, "", ALWAYS, most_steps=2_000)
                if found.exact and found.choices.get(option.name) != choice.name:
                    text = "no configuration can have it, by the rules that hold everywhere; correct them"
                    yield (*path, "options", option.name), "CHOICE_IMPOSSIBLE", f"{choice.name}: {text}"
