"""The path ahead as a sentence, in English and German.

What is done now, what is likely after it, and when. The console, lists of whom to contact and pages for
advisers all say it with this function. Knows a path; knows nothing of how it was computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.domain.actions import NOTHING
from models.domain.journey import Journey

_WEEKS_FROM: Final = 21.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PathNames:
    """What phases and actions are called.

    ``action``: of a name and its channel; a channel None is not named.
    """

    phase: Callable[[str], str]
    action: Callable[[str, str | None], str]


def names_of(journey: Journey) -> PathNames:
    """The labels of a journey file."""
    phases = {one.name: one.label for one in journey.phases}
    actions = {one.name: one.label for one in journey.actions}
    channels = {one.name: one.label for one in journey.channels}

    def action(name: str, channel: str | None) -> str:
        return actions[name] if channel is None else f"{actions[name]}, {channels[channel]}"

    return PathNames(phase=phases.__getitem__, action=action)


def path_text(path: Mapping[str, Any], first: str, names: PathNames, language: str) -> str:
    """The likeliest sequence on which the customer moves, or that they likely stay.

    Args:
        path: a ``PathAhead`` as a mapping, as an explanation has it.
        first: what is done now, as it is called.
        language: ``en`` or ``de``.
    """
    phrases = _PHRASES[language]
    moving = next((way for way in path["ways"] if way["phases"]), None)
    if moving is None:
        return str(phrases["stays"].format(first=first, days=round(path["days"])))
    then: list[str] = []
    before = 0.0
    for point in moving["phases"]:
        then.append(_then(point, point["days"] - before, names, language))
        before = point["days"]
    share = round(100 * moving["probability"])
    return str(phrases["moves"].format(first=first, then="; ".join(then), share=f"{share}\u00a0%"))


def _then(point: Mapping[str, Any], days: float, names: PathNames, language: str) -> str:
    phrases, phase, when = _PHRASES[language], names.phase(point["phase"]), in_about(days, language)
    if point["action"] in (None, NOTHING):
        return str(phrases["then"].format(phase=phase, when=when))
    action = names.action(point["action"], point["channel"])
    return str(phrases["then_action"].format(phase=phase, when=when, action=action))


def in_about(days: float, language: str) -> str:
    """About when, as people say it.

    Example:
        >>> in_about(5.4, "en"), in_about(30.0, "de")
        ('in about five days', 'in etwa vier Wochen')
    """
    phrases = _PHRASES[language]
    weeks = days >= _WEEKS_FROM
    number = max(round(days / 7 if weeks else days), 1)
    one, many = phrases["weeks" if weeks else "days"]
    spelled = phrases["numbers"]
    return str(one if number == 1 else many.format(spelled[number] if number < len(spelled) else number))


_PHRASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "en": {
        "moves": "Now {first}, then {then}. This is the likeliest way on which something moves: {share}.",
        "stays": "Now {first}; then no move is likely within {days} days.",
        "then": "{when} likely {phase}",
        "then_action": "{when} likely {phase}, where “{action}” would come next",
        "days": ("in about one day", "in about {} days"),
        "weeks": ("in about one week", "in about {} weeks"),
        "numbers": (
            *("zero", "one", "two", "three", "four", "five", "six"),
            *("seven", "eight", "nine", "ten", "eleven", "twelve"),
        ),
    },
    "de": {
        "moves": "Jetzt {first}, dann {then}. Das ist der wahrscheinlichste Weg, auf dem sich etwas bewegt:"
        " {share}.",
        "stays": "Jetzt {first}; danach ist binnen {days} Tagen wohl kein Schritt zu erwarten.",
        "then": "{when} wahrscheinlich {phase}",
        "then_action": "{when} wahrscheinlich {phase}, wo „{action}“ als Nächstes käme",
        "days": ("in etwa einem Tag", "in etwa {} Tagen"),
        "weeks": ("in etwa einer Woche", "in etwa {} Wochen"),
        "numbers": (
            *("null", "einem", "zwei", "drei", "vier", "fünf", "sechs"),
            *("sieben", "acht", "neun", "zehn", "elf", "zwölf"),
        ),
    },
}
