"""The answer to "why did I get this?" for the customer.

Knows an explanation and says it in plain words: what was used, what it changed, what different data would
have changed, and what the customer may do about it (GDPR, articles 15 (1) (h), 21 and 22). Knows nothing of
HTTP; a person may edit the text before it is sent. Labels are those of the journey file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from models.domain.actions import NOTHING
from models.domain.decision import DecisionRequest, DropOut
from models.domain.journey import Journey
from models.policy.eligibility.profiling import may_profile
from models.policy.engine import Engine
from models.policy.explain.alternatives import Alternative, alternatives
from models.policy.explain.explanation import ExplainedCandidate, Explanation
from models.policy.explain.feature_words import FeatureWords
from models.policy.explain.translations import Words, words_for

_MOST_LINES: Final = 8
_SAID: Final = ("consent", "eligibility", "applicability", "suitability", "contact", "repeat", "bounds")
"""Tiers of drop-outs that concern the customer; the others say only what was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its lines."""

    heading: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """As plain text."""
        return "\n".join((self.heading, *(f"- {line}" for line in self.lines)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerText:
    """The whole text. ``language``: ``en`` or ``de``."""

    language: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """As plain text."""
        return "\n\n".join(section.text for section in self.sections)


def customer_text(
    engine: Engine, request: DecisionRequest, explanation: Explanation, locale: str | None
) -> CustomerText:
    """The text for the customer of ``request``.

    Args:
        explanation: of the decision on ``request``.
        locale: such as ``de-AT``; English where the language is not known.
    """
    language, words = words_for(locale)
    writer = _Writer(engine, request, explanation, _PHRASES[language], words)
    return CustomerText(
        language=language,
        sections=(
            writer.decision(),
            writer.used(),
            writer.method(),
            writer.effect(),
            *writer.ruled_out(),
            writer.otherwise(alternatives(engine, request, explanation.first_choice)),
            writer.rights(),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """One method a section."""

    engine: Engine
    request: DecisionRequest
    explanation: Explanation
    phrases: Mapping[str, Any]
    words: Words

    def decision(self) -> Section:
        journey, decision = self.engine.journey, self.explanation.decision
        chosen = [
            self.phrases["chosen"].format(self._treatment(action.action, action.channel))
            for action in decision.actions
        ]
        opening = self.phrases["opening"].format(
            company=journey.company, when=self._day(decision.decided_at), id=decision.decision_id
        )
        return Section(heading=self.phrases["decision"], lines=(opening, *chosen, *self._configurations()))

    def used(self) -> Section:
        journey, customer = self.engine.journey, self.request.customer
        phase = next(p.label for p in journey.phases if p.name == self.explanation.decision.phase.name)
        lines = [self.phrases["phase"].format(phase), *self._account()]
        counts = Counter(self.request.counts())
        labels = _labels(journey)
        for name, number in counts.most_common(_MOST_LINES):
            often = self.words.once if number == 1 else self.words.often.format(number)
            label = self.phrases["contacts"] if name == "contact" else labels.get(name, name)
            lines.append(f"{label}: {often}")
        attributes = {a.name: a.label for a in journey.attributes}
        for name, value in customer.attributes.items():
            lines.append(f"{attributes.get(name, name)}: {self._value(value)}")
        for flag, given in customer.consent.items():
            lines.append(self.phrases["consent" if given else "no_consent"].format(flag))
        return Section(heading=self.phrases["used"], lines=tuple(lines))

    def _configurations(self) -> list[str]:
        """Which configuration was chosen, and what of it is another than was wished."""
        journey = self.engine.journey
        known = {one.configurator: one for one in self.explanation.configured if one.choices}
        lines = []
        for action in self.explanation.decision.actions:
            name = next((a.configuration for a in journey.actions if a.name == action.action), None)
            if name is None or name not in known:
                continue
            configurator = next(one for one in journey.configurators if one.name == name)
            configured = known[name]
            parts = ", ".join(configurator.labels(configured.choices))
            day = configured.deliverable_on
            lines.append(self.phrases["configuration"].format(configurator.label, parts, day))
            for change in configured.changes:
                option = configurator.options[configurator.option_index[change.option]]
                wished = option.choices[option.position(change.wished)].label
                lines.append(self.phrases["not_as_wished"].format(option.label, wished, change.detail))
        return lines

    def _account(self) -> tuple[str, ...]:
        """What was used of the account: the role, and what others in it did, in sums."""
        journey, account = self.engine.journey, self.request.account
        accounts = journey.accounts
        if account is None or accounts is None or not may_profile(journey, self.request.customer.consent):
            return ()
        role = next((role.label for role in accounts.roles if role.name == account.role), None)
        others = sum(account.people.values())
        lines = () if role is None else (self.phrases["role"].format(role),)
        return (*lines, self.phrases["colleagues"].format(others)) if others else lines

    def method(self) -> Section:
        first = self.explanation.decision.actions[0]
        number = len(self.explanation.candidates) - 1
        lines = [self.phrases["method_1"], self.phrases["method_2"].format(number)]
        if first.action_probability < 1.0:
            share = self.words.number(f"{100 * first.action_probability:.1f}")
            lines.append(self.phrases["chance"].format(share))
        if "CONTROL_ARM" in first.reasons:
            lines.append(self.phrases["arm"])
        return Section(heading=self.phrases["method"], lines=tuple(lines))

    def effect(self) -> Section:
        first = self.explanation.decision.actions[0]
        chosen = self._explained(first.action, first.channel)
        describe = FeatureWords(self.engine.journey, self.engine.builder.spec, self.words).describe
        lines = [
            self.phrases["more" if contribution.log_odds > 0 else "less"].format(
                describe(contribution.feature, math.nan if contribution.value is None else contribution.value)
            )
            for contribution in chosen.contributions
        ]
        if first.action == NOTHING:
            lines = [self.phrases["nothing_better"]]
        elif not lines:
            lines = [self.phrases["no_model"]]
        return Section(heading=self.phrases["effect"], lines=tuple(lines))

    def ruled_out(self) -> tuple[Section, ...]:
        """Actions that no channel was left for, once each, with the first reason."""
        left = {explained.candidate.action for explained in self.explanation.candidates}
        reasons: dict[str, str] = {}
        for drop_out in self.explanation.drop_outs:
            if drop_out.tier in _SAID and drop_out.action not in left:
                reasons.setdefault(drop_out.action, self._refusal(drop_out))
        lines = tuple(f"{self._action(name)}: {why}" for name, why in list(reasons.items())[:_MOST_LINES])
        return (Section(heading=self.phrases["ruled_out"], lines=lines),) if lines else ()

    def otherwise(self, tried: tuple[Alternative, ...]) -> Section:
        lines = [
            self.phrases[alternative.kind].format(
                self._fact(alternative), self._treatment(alternative.first.action, alternative.first.channel)
            )
            for alternative in tried
            if alternative.differs
        ]
        lines = lines[:_MOST_LINES] or [self.phrases["no_alternative"]]
        return Section(heading=self.phrases["otherwise"].format(len(tried)), lines=tuple(lines))

    def rights(self) -> Section:
        company = self.engine.journey.company
        lines = tuple(line.format(company=company) for line in self.phrases["rights_lines"])
        return Section(heading=self.phrases["rights"], lines=lines)

    def _explained(self, action: str, channel: str | None) -> ExplainedCandidate:
        return next(
            explained
            for explained in self.explanation.candidates
            if (explained.candidate.action, explained.candidate.channel) == (action, channel)
        )

    def _refusal(self, drop_out: DropOut) -> str:
        """A policy's own sentence, else what its tier means."""
        messages = {policy.code: policy.message for policy in self.engine.journey.policies}
        return messages.get(drop_out.code) or str(self.phrases["tiers"].get(drop_out.tier, drop_out.code))

    def _treatment(self, action: str, channel: str | None) -> str:
        if action == NOTHING or channel is None:
            return str(self.phrases["nothing"])
        label = next(c.label for c in self.engine.journey.channels if c.name == channel)
        return f"{self._action(action)} ({label})"

    def _action(self, name: str) -> str:
        return next((a.label for a in self.engine.journey.actions if a.name == name), name)

    def _fact(self, alternative: Alternative) -> str:
        if alternative.kind == "attribute_unknown":
            return next(a.label for a in self.engine.journey.attributes if a.name == alternative.name)
        if alternative.name == "contact":
            return str(self.phrases["contacts"])
        return _labels(self.engine.journey).get(alternative.name, alternative.name)

    def _value(self, value: object) -> str:
        if isinstance(value, bool):
            return self.words.yes if value else self.words.no
        return self.words.number(f"{value:g}") if isinstance(value, (int, float)) else str(value)

    def _day(self, moment: datetime) -> str:
        return moment.strftime(self.phrases["date"])


def _labels(journey: Journey) -> dict[str, str]:
    named = {event.name: event.label for event in journey.touchpoints}
    return named | {event.name: event.label for event in journey.outcomes}


_ENGLISH: Final[Mapping[str, Any]] = {
    "date": "%Y-%m-%d %H:%M UTC",
    "decision": "What was decided",
    "opening": "On {when} {company} decided automatically, without a person taking part (decision {id}).",
    "chosen": "The result: {}",
    "nothing": "no offer and no message",
    "configuration": "{}: {}; can be delivered from {}",
    "not_as_wished": "{}: not {} as you wished: {}",
    "used": "What was known about you and used",
    "phase": "Your stage in our relation: {}",
    "role": "Your role in your company or household: {}",
    "colleagues": "What other people of it did, counted without names: {} people",
    "contacts": "Contacted by us",
    "consent": "You have agreed to: {}",
    "no_consent": "You have not agreed to: {}",
    "method": "How it was decided",
    "method_1": "First, rules sort out what may not be offered or is no good for you. For what remains it is "
    "estimated how likely you are to find it useful, what that is worth, what it costs, and where it leads.",
    "method_2": "{} possibilities remained beside doing nothing; the one with the highest value comes first.",
    "chance": "To keep learning, others are tried now and then: this result had a chance of {} %.",
    "arm": "You belong to a comparison group that was drawn by lot; personal data did not decide here.",
    "effect": "What weighed most",
    "more": "{} - this made it more likely",
    "less": "{} - this made it less likely",
    "no_model": "The order was set by hand; your data served only to check the rules.",
    "nothing_better": "Nothing else promised more than leaving you alone.",
    "ruled_out": "What was ruled out for you",
    "tiers": {
        "consent": "you have not agreed to it, or have objected",
        "contact": "you were to be left in peace: contact limits or quiet hours",
        "repeat": "you have had it, or something comes before it",
        "bounds": "it was too unlikely to be useful to you",
    },
    "otherwise": "What different data would have changed ({} changes tried, one at a time)",
    "consent_given": "With your consent to {}: {}",
    "consent_withdrawn": "Without your consent to {}: {}",
    "attribute_unknown": "If this were not known - {}: {}",
    "touchpoint_never": "If this had not happened - {}: {}",
    "no_alternative": "None of them would have changed what comes first.",
    "rights": "What you can do",
    "rights_lines": (
        "Ask {company} for a person to look at the decision, say how you see it, and contest it.",
        "Object to profiling at any time: from the next call on, no such decision uses your data.",
        "Ask for a copy of your data, have wrong data corrected, or have it erased.",
        "Complain to a data protection authority.",
    ),
}

_GERMAN: Final[Mapping[str, Any]] = {
    "date": "%d.%m.%Y %H:%M UTC",
    "decision": "Was entschieden wurde",
    "opening": "Am {when} hat {company} automatisch entschieden, ohne dass ein Mensch beteiligt war "
    "(Entscheidung {id}).",
    "chosen": "Das Ergebnis: {}",
    "nothing": "kein Angebot und keine Nachricht",
    "configuration": "{}: {}; lieferbar ab {}",
    "not_as_wished": "{}: nicht {}, wie gewünscht: {}",
    "used": "Was über Sie bekannt war und verwendet wurde",
    "phase": "Ihr Stand in unserer Beziehung: {}",
    "role": "Ihre Rolle in Ihrer Firma oder Ihrem Haushalt: {}",
    "colleagues": "Was andere dort taten, ohne Namen gezählt: {} Menschen",
    "contacts": "Von uns angesprochen",
    "consent": "Sie haben eingewilligt in: {}",
    "no_consent": "Sie haben nicht eingewilligt in: {}",
    "method": "Wie entschieden wurde",
    "method_1": "Zuerst sortieren Regeln aus, was nicht angeboten werden darf oder für Sie nicht gut ist. "
    "Für den Rest wird geschätzt, wie wahrscheinlich er Ihnen nützt, was das wert ist, was es kostet und "
    "wohin es führt.",
    "method_2": "{} Möglichkeiten blieben neben dem Nichtstun; an erster Stelle steht die wertvollste.",
    "chance": "Um zu lernen, werden ab und zu andere versucht: Dieses Ergebnis hatte eine Chance von {} %.",
    "arm": "Sie gehören zu einer ausgelosten Vergleichsgruppe; Ihre Daten haben hier nicht entschieden.",
    "effect": "Was am meisten zählte",
    "more": "{} - das machte es wahrscheinlicher",
    "less": "{} - das machte es unwahrscheinlicher",
    "no_model": "Die Reihenfolge war von Hand festgelegt; Ihre Daten dienten nur zur Prüfung der Regeln.",
    "nothing_better": "Nichts anderes versprach mehr, als Sie in Ruhe zu lassen.",
    "ruled_out": "Was für Sie ausgeschlossen war",
    "tiers": {
        "consent": "Sie haben nicht eingewilligt oder widersprochen",
        "contact": "Sie sollten in Ruhe gelassen werden: Kontaktgrenzen oder Ruhezeiten",
        "repeat": "Sie hatten es schon, oder etwas anderes kommt davor",
        "bounds": "es hätte Ihnen zu unwahrscheinlich genützt",
    },
    "otherwise": "Was andere Daten geändert hätten ({} Änderungen, einzeln geprüft)",
    "consent_given": "Mit Ihrer Einwilligung in {}: {}",
    "consent_withdrawn": "Ohne Ihre Einwilligung in {}: {}",
    "attribute_unknown": "Wäre dies nicht bekannt - {}: {}",
    "touchpoint_never": "Wäre dies nicht geschehen - {}: {}",
    "no_alternative": "Keine davon hätte geändert, was an erster Stelle steht.",
    "rights": "Was Sie tun können",
    "rights_lines": (
        "Verlangen, dass bei {company} ein Mensch die Entscheidung prüft, Ihren Standpunkt darlegen und "
        "sie anfechten.",
        "Der Profilbildung jederzeit widersprechen: Vom nächsten Aufruf an verwendet keine solche "
        "Entscheidung Ihre Daten.",
        "Eine Kopie Ihrer Daten verlangen, falsche berichtigen oder sie löschen lassen.",
        "Sich bei einer Datenschutzbehörde beschweren.",
    ),
}

_PHRASES: Final = {"en": _ENGLISH, "de": _GERMAN}
