"""The words of explanations in English and German.

Knows languages; knows nothing of decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Braces are filled by position or name; ``comma``: decimal comma."""

    comma: bool
    times: Mapping[str, str]
    days: Mapping[str, tuple[str, str]]
    phases: Mapping[str, str]
    codes: Mapping[str, str]
    weekdays: tuple[str, ...]
    month: str
    never: str
    days_ago: str
    unknown: str
    none: str
    yes: str
    no: str
    once: str
    often: str
    days_of: str
    in_days: str
    active_on: str
    hour: str
    last: str
    average: str

    def number(self, text: str) -> str:
        """A number as this language writes it."""
        return text.replace(".", ",") if self.comma else text


ENGLISH: Final = Words(
    comma=False,
    times={
        "phases_entered": "moved between phases",
        "events_total": "all that happened so far",
        "contacts_total": "contacted by us so far",
        "positives_total": "answered with a yes so far",
        "contacts": "contacted by us",
        "touchpoints": "did something",
        "action_contacts": "contacted with this action",
        "action_contacts_total": "contacted with this action so far",
        "action_positives_total": "said yes to this action so far",
        "channel_contacts": "contacted on this channel",
        "channel_positives_total": "said yes on this channel so far",
    },
    days={
        "dwell_days": ("in this phase", "in this phase: not known"),
        "tenure_days": ("since the first event", "nothing has happened yet"),
        "days_since_contact": ("since our last contact", "never contacted by us"),
        "days_since_touchpoint": (
            "since the customer last did something",
            "the customer never did anything",
        ),
        "days_since_action": ("since the last contact with this action", "never contacted with this action"),
        "days_since_channel_contact": (
            "since the last contact on this channel",
            "never contacted on this channel",
        ),
    },
    phases={"phase": "phase", "phase_lag_1": "came from phase", "phase_lag_2": "before that in phase"},
    codes={"action": "action", "channel": "channel", "group": "group"},
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    month="month",
    never="{}: never",
    days_ago="{}: {} days ago",
    unknown="not known",
    none="none",
    yes="yes",
    no="no",
    once="once",
    often="{} times",
    days_of="{} days {}",
    in_days="{}: {} in {} days",
    active_on="active on {}",
    hour="{} o'clock",
    last="{}, last",
    average="{}, on average in {} days",
)

GERMAN: Final = Words(
    comma=True,
    times={
        "phases_entered": "Wechsel zwischen Phasen",
        "events_total": "alles bisher Geschehene",
        "contacts_total": "bisher von uns angesprochen",
        "positives_total": "bisher mit Ja geantwortet",
        "contacts": "von uns angesprochen",
        "touchpoints": "etwas unternommen",
        "action_contacts": "mit dieser Aktion angesprochen",
        "action_contacts_total": "bisher mit dieser Aktion angesprochen",
        "action_positives_total": "bisher Ja zu dieser Aktion gesagt",
        "channel_contacts": "auf diesem Kanal angesprochen",
        "channel_positives_total": "bisher Ja auf diesem Kanal gesagt",
    },
    days={
        "dwell_days": ("in dieser Phase", "in dieser Phase: nicht bekannt"),
        "tenure_days": ("seit dem ersten Ereignis", "bisher ist nichts geschehen"),
        "days_since_contact": ("seit unserem letzten Kontakt", "nie von uns angesprochen"),
        "days_since_touchpoint": ("seit der letzten eigenen Handlung", "noch keine eigene Handlung"),
        "days_since_action": (
            "seit dem letzten Kontakt mit dieser Aktion",
            "nie mit dieser Aktion angesprochen",
        ),
        "days_since_channel_contact": (
            "seit dem letzten Kontakt auf diesem Kanal",
            "nie auf diesem Kanal angesprochen",
        ),
    },
    phases={"phase": "Phase", "phase_lag_1": "kam aus Phase", "phase_lag_2": "davor in Phase"},
    codes={"action": "Aktion", "channel": "Kanal", "group": "Gruppe"},
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    month="Monat",
    never="{}: nie",
    days_ago="{}: vor {} Tagen",
    unknown="nicht bekannt",
    none="keine",
    yes="ja",
    no="nein",
    once="einmal",
    often="{}-mal",
    days_of="{} Tage {}",
    in_days="{}: {} in {} Tagen",
    active_on="aktiv auf {}",
    hour="{} Uhr",
    last="{}, zuletzt",
    average="{}, im Mittel von {} Tagen",
)

LANGUAGES: Final[Mapping[str, Words]] = {"en": ENGLISH, "de": GERMAN}


def words_for(locale: str | None) -> tuple[str, Words]:
    """Language and words for a locale such as ``de-AT``.

    English for what is not known.
    """
    language = (locale or "").partition("-")[0]
    return (language, LANGUAGES[language]) if language in LANGUAGES else ("en", ENGLISH)
