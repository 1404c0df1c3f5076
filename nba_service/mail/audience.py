"""Lists for tools that cannot call.

A decision for everybody of an audience, as columns to import. Ids, numbers and telephone numbers come back
as they went in; any other text that a spreadsheet would take for a formula is defused. Decisions are made
as for mails that are fetched, so the same list again decides nothing anew, and a mail that is fetched later
shows the same. Knows rows; knows nothing of terminals.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nba_service.errors import AudienceError, Problem
from nba_service.mail.audience_file import Audience, AudienceMember
from nba_service.mail.calls import Mail, MailCall, MailReason
from nba_service.mail.request_values import read_call

PREFIX: Final = "NBA_"
COLUMNS: Final = {
    "TITLE": "title",
    "BODY": "body",
    "IMAGE": "image_url",
    "LINK": "click_url",
    "DECISION_ID": "decision_id",
    "REASON": "reason",
    "OPEN_IMAGE": "open_image_url",
    "OPEN_LINK": "open_click_url",
}
"""Merge field (after the prefix) → what it holds."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9 ().,/-]*")


@dataclass(slots=True)
class ListResult:
    """What became of an audience.

    Attributes:
        written: rows of the list.
        decided: those with a decision, doing nothing included.
        actions: action → how many got it.
        nothing: why the others got nothing, by code → how many.
        bad: line, and why it is not in the list.
        noted: line, and what of it could not be used.
    """

    written: int = 0
    decided: int = 0
    actions: dict[str, int] = field(default_factory=dict)
    nothing: dict[str, int] = field(default_factory=dict)
    bad: list[tuple[int, str]] = field(default_factory=list)
    noted: list[tuple[int, str]] = field(default_factory=list)


def write_list(
    audience: Audience,
    out: Path,
    decide: Callable[[MailCall], Mail],
    call: MailCall,
    *,
    prefix: str = PREFIX,
    for_spreadsheets: bool = False,
    step: Callable[[], None] = lambda: None,
) -> ListResult:
    """Decide for everybody and write the list, whole or not at all.

    Args:
        decide: what the mail of a call shows.
        call: what holds for all; a row's ``locale`` wins.
        for_spreadsheets: defuse ids and numbers, too.
        step: called after each row.

    Raises:
        AudienceError: the file cannot be written, or a column has a merge field's name.
    """
    names = [prefix + name for name in COLUMNS]
    if taken := sorted(set(names) & set(audience.header)):
        raise AudienceError(
            f"Expected an audience without {', '.join(taken)}, got it. Choose another --prefix."
        )
    result = ListResult()

    def lines() -> Iterator[list[str]]:
        yield [defused(name) for name in (*audience.header, *names)]
        for member in audience.members:
            step()
            mail = member if isinstance(member, tuple) else _mail(member, decide, call)
            if isinstance(member, tuple) or isinstance(mail, tuple):
                result.bad.extend([mail] if isinstance(mail, tuple) else [])
                continue
            _count(result, member, mail)
            own = [
                _own(value, for_spreadsheets, is_id=name == audience.id_column)
                for name, value in member.values.items()
            ]
            yield [*own, *(defused(getattr(mail, name)) for name in COLUMNS.values())]

    _write(out, lines())
    return result


def _count(result: ListResult, member: AudienceMember, mail: Mail) -> None:
    result.written += 1
    result.decided += mail.reason in (MailReason.DECIDED, MailReason.NOTHING)
    got = mail.reason == MailReason.DECIDED
    counts, name = (result.actions, mail.action) if got else (result.nothing, mail.reason)
    if mail.reason == MailReason.NOTHING:
        name = mail.blocked_by or name
    counts[name] = counts.get(name, 0) + 1
    if mail.ignored:
        result.noted.append((member.line, f"not used: {mail.ignored}"))


def defused(text: str) -> str:
    """The text so that no spreadsheet computes it: an apostrophe before what could begin a formula.

    Example:
        >>> defused("=1+1"), defused("plain")
        ("'=1+1", 'plain')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _own(text: str, for_spreadsheets: bool, *, is_id: bool) -> str:
    """A cell of the audience as it goes back: ids, numbers and telephone numbers as they came."""
    as_it_came = is_id or _NUMBER.fullmatch(text.strip(" "))
    return text if as_it_came and not for_spreadsheets else defused(text)


def _mail(
    member: AudienceMember, decide: Callable[[MailCall], Mail], call: MailCall
) -> Mail | tuple[int, str]:
    locale = {"locale": member.locale} if member.locale else {}
    try:
        own = read_call(call.placement, {"recipient": member.recipient, **locale})
    except Problem as problem:
        return member.line, str(problem)
    return decide(
        replace(call, recipient=own.recipient, locale=own.locale or call.locale, ignored=own.ignored)
    )


def _write(out: Path, lines: Iterator[list[str]]) -> None:
    """All lines, under the name only when they are all there."""
    name = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=out.parent, prefix=f".{out.name}.", delete=False
        ) as file:
            name = file.name
            csv.writer(file).writerows(lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, out)
    except OSError as error:
        raise AudienceError(f"{out}: expected a file that can be written, got {error.strerror}.") from None
    finally:
        if name is not None:
            with suppress(OSError):
                os.unlink(name)
