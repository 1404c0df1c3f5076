"""Words and numbers in English and German.

Words come from one file per language, numbers from the functions here. A sentence is chosen by its name and
filled with values that are ready to print. Knows languages; knows nothing of what a page shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

LANGUAGES: Final = ("en", "de")
NO_BREAK: Final = "\u00a0"
_MINUS: Final = "\u2212"
_FILES: Final = Path(__file__).parent / "words"
_MONTHS: Final = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "de": ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."],
}


@lru_cache(maxsize=4)
def sentences(language: str) -> Mapping[str, str]:
    """All words of a language by name, such as ``nav.start``."""
    tree = yaml.safe_load((_FILES / f"{language}.yaml").read_text(encoding="utf-8"))
    return dict(_flat(tree, ""))


def _flat(tree: Mapping[str, object], path: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", str(value)


@dataclass(frozen=True, slots=True)
class Words:
    """What one page says, in one language."""

    language: str
    currency: str = "EUR"

    def __call__(self, name: str, /, **values: object) -> str:
        """The sentence of a name, with its values put in.

        Raises:
            KeyError: the language has no such sentence, or the sentence names a value that is not given.
        """
        return sentences(self.language)[name].format(**values)

    def has(self, name: str) -> bool:
        """Whether there is such a sentence."""
        return name in sentences(self.language)

    def or_name(self, group: str, name: str, /, **values: object) -> str:
        """The sentence ``group.name``; the bare name where nobody wrote one (a code of the company's own)."""
        key = f"{group}.{name}"
        return self(key, **values) if self.has(key) else name

    def counted(self, name: str, number: float, /, **values: object) -> str:
        """``name.one`` or ``name.many``, with ``n``."""
        return self(f"{name}.{'one' if number == 1 else 'many'}", n=self.number(number), **values)

    def number(self, value: float, digits: int = 0, *, sign: bool = False) -> str:
        """1,234.5 or 1.234,5, with a real minus sign."""
        shown = f"{abs(value):,.{digits}f}"
        if self.language == "de":
            shown = shown.translate(str.maketrans(",.", ".,"))
        zero = not any(digit in shown for digit in "123456789")
        return ("" if zero else _MINUS if value < 0 else "+" if sign else "") + shown

    def money(self, value: float, digits: int = 2, *, sign: bool = False) -> str:
        return f"{self.number(value, digits, sign=sign)}{NO_BREAK}{self.currency}"

    def percent(self, share: float, digits: int = 1) -> str:
        return f"{self.number(100 * share, digits)}{NO_BREAK}%"

    def rate(self, share: float) -> str:
        """Below a tenth of 1,000, else in per cent."""
        if share >= 0.1 or share == 0:
            return self.percent(share, 0)
        of = {"en": "of 1,000", "de": "von 1.000"}[self.language]
        return f"{self.number(1000 * share, 0 if share >= 0.01 else 1)} {of}"

    def day(self, moment: datetime, *, year: bool = False) -> str:
        """27 Nov, or 27. Nov.; in UTC."""
        utc = moment.astimezone(UTC)
        month = _MONTHS[self.language][utc.month - 1]
        shown = f"{utc.day}{'.' if self.language == 'de' else ''} {month}"
        return f"{shown} {utc.year}" if year else shown

    def month(self, moment: datetime) -> str:
        return _MONTHS[self.language][moment.month - 1]

    def time(self, moment: datetime) -> str:
        """With hours and minutes, UTC."""
        return f"{self.day(moment)}, {moment.astimezone(UTC):%H:%M}"

    def span(self, time: timedelta) -> str:
        """About how long: 40 s, 12 minutes, 26 hours, 8 days."""
        seconds = max(time.total_seconds(), 0.0)
        for unit, size, until in (("second", 1, 90), ("minute", 60, 5_400), ("hour", 3_600, 172_800)):
            if seconds < until:
                return self.counted(f"units.{unit}", round(seconds / size))
        return self.counted("units.day", round(seconds / 86_400))

    def listed(self, items: list[str]) -> str:
        """a, b and c."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"


def language_of(asked: str | None, accepted: str) -> str:
    """The language of a page: the one asked for, else the first that the browser accepts and we have."""
    if asked in LANGUAGES:
        return asked
    wanted = [part.split(";")[0].strip().lower()[:2] for part in accepted.split(",")]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])
