"""Ids, and placeholders that must not become one.

Which texts may be an id, in any script, and which are placeholders that a broken tag sends. One rule for
every door: API, headers, paths, clients of other tools, mail, imports. An id is kept in Unicode's composed
form (NFC): two ways to type the same letters are one person. A placeholder ("undefined", an unfilled
template, the nil UUID) would make one person of everybody whose page is broken in the same way.

Other systems' lists of them: PostHog ("illegal distinct ids") and Mixpanel ("blocked distinct ids").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_ID: Final = 200
ID_EXPECTED: Final = f"an id of 1 to {MAX_ID} letters, digits or ._~:@+=|*,;!$'()&-, parts joined by single /"

_SEGMENT: Final = r"[\w~:@+=|*,;!$'()&.-]+"
_ID: Final = re.compile(rf"(?!.*(?:^|/)\.{{1,2}}(?:/|$)){_SEGMENT}(?:/{_SEGMENT})*")
_RESERVED_ENDINGS: Final = ("/explanation", "/replay")

PLACEHOLDERS: Final = frozenset(
    {
        "anon",
        "anonymous",
        "customer_id",
        "customerid",
        "distinct_id",
        "distinctid",
        "email",
        "false",
        "guest",
        "id",
        "infinity",
        "n/a",
        "na",
        "nan",
        "nil",
        "none",
        "not_authenticated",
        "not_set",
        "notset",
        "null",
        "true",
        "undefined",
        "unknown",
        "user_id",
        "userid",
        "visitor_id",
        "-1",
    }
)
"""Words that are nobody's id, whatever their case and with or without quotes or brackets around them."""

_UNFILLED: Final = re.compile(
    r"""(?:v-)?[0-]*0[0-]*           # zeros: the nil UUID, a refused advertising id, a counter's start
    | f{8}-f{4}-f{4}-f{4}-f{12}      # the largest UUID
    | \$+[(!]*[\w.]*\)*\$* | :\w+ | @+\w+@+ | __\w+__ | =+ | \|+ | \*+  # $user_id, :id, @@id@@, __USER_ID__
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HOLES: Final = ("*|", "undef", "null")
"""What every text has that ``_UNFILLED_PART`` can match: most ids are looked at for these alone."""

_COMMON: Final = re.compile(r"(?:[A-Za-z0][A-Za-z0_.-]*)?[1-9][A-Za-z0-9_.-]*(?<![Dd])")
"""Most ids: plain letters with a digit above 0, without "undefined" at the end. They are no placeholder."""

_UNFILLED_PART: Final = re.compile(
    r"""
    .*\*\|.*\|\*.*                   # *|UNIQID|*
    | (?:.*[/:=|])?(?:undefined|null)(?:/.*)?  # user:undefined, null/42
    | .*[-_]undefined                # user-undefined
    """,
    re.VERBOSE | re.IGNORECASE,
)

_refused_here: frozenset[str] = frozenset()


def refuse_placeholders(words: Iterable[str]) -> None:
    """Take more words for placeholders in this process: those of ``NBA_PLACEHOLDER_IDS``, and no others."""
    global _refused_here
    _refused_here = frozenset(_plain(word) for word in words)


def own_placeholders() -> tuple[str, ...]:
    """The words that ``refuse_placeholders`` was given, sorted."""
    return tuple(sorted(_refused_here))


def composed(text: str) -> str:
    """``text`` in Unicode's composed form (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def stored_id(text: str) -> str | None:
    """The id that ``text`` is, in the form in which ids are stored; None: it can be none.

    For what looks up: a placeholder that became a person before it was refused can be read and erased.

    Example:
        >>> stored_id("c-1042"), stored_id("a b"), stored_id("undefined")
        ('c-1042', None, 'undefined')
    """
    text = composed(text)
    if not 0 < len(text) <= MAX_ID or text.endswith(_RESERVED_ENDINGS):
        return None
    plain = text if text.isascii() else _without_marks(text)
    return text if _ID.fullmatch(plain) else None


def read_id(value: object) -> str | None:
    """The id that ``value`` is, for what stores and decides; None: it can be no id, or is nobody's.

    Example:
        >>> read_id("c-1042"), read_id("undefined"), read_id(7)
        ('c-1042', None, None)
    """
    if not isinstance(value, str):
        return None
    if _COMMON.fullmatch(value) and len(value) <= MAX_ID and not _refused_here:
        return value
    text = stored_id(value)
    return None if text is None or is_placeholder(text) else text


def is_placeholder(text: str) -> bool:
    """Whether ``text`` stands where an id should and is nobody's.

    Example:
        >>> [is_placeholder(each) for each in ("NULL", "*|UNIQID|*", "0000-0000", "0x")]
        [True, True, True, False]
    """
    plain = _plain(text)
    if plain in PLACEHOLDERS or plain in _refused_here or _UNFILLED.fullmatch(text):
        return True
    return any(hole in plain for hole in _HOLES) and _UNFILLED_PART.fullmatch(text) is not None


def why_no_id(value: object) -> str:
    """What was expected where ``read_id`` gives None, and what came."""
    shown = repr(str(value)[:60])
    if isinstance(value, str) and stored_id(value) is not None:
        return (
            f"Expected somebody's id, got the placeholder {shown}. Send nothing until the id is known;"
            " without one, leave the field out or draw an id."
        )
    return f"Expected {ID_EXPECTED}, got {shown}."


def _plain(text: str) -> str:
    return text.strip("()'\"<>[] ").casefold()


def _without_marks(text: str) -> str:
    """The text without combining marks, which belong to the letter before them; unusable if one has none."""
    letters: list[str] = []
    after_letter = False
    for character in text:
        if unicodedata.category(character).startswith("M"):
            if not after_letter:
                return ""
            continue
        letters.append(character)
        after_letter = character.isalnum()
    return "".join(letters)
