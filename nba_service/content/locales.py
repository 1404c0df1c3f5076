"""A customer's language among the written ones, and its numbers.

How numbers are written goes with the language.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1_024)
def negotiate(wished: str | None, default: str, offered: tuple[str, ...]) -> str:
    """The best of the ``offered`` locales: the wish, its language, the default, its language, the first.

    Example:
        >>> negotiate("de-AT", "en", ("en", "de"))
        'de'
    """
    by_tag = {_tag(locale): locale for locale in reversed(offered)}
    for wish in (wished, default):
        tag = _tag(wish or "")
        while tag:
            if tag in by_tag:
                return by_tag[tag]
            tag = tag.rpartition("-")[0]
    return offered[0]


def written_as(wished: str | None, spoken: str) -> str:
    """The locale of numbers in a text: the wished region if the text has the wished language.

    Example:
        >>> written_as("de-AT", "de"), written_as("fr-CH", "de")
        ('de-AT', 'de')
    """
    same = wished is not None and _tag(wished).split("-")[0] == _tag(spoken).split("-")[0]
    return wished if same and wished is not None and len(wished) <= 20 else spoken


def _tag(locale: str) -> str:
    return locale.lower().replace("_", "-")
