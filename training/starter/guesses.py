"""Which column is what: customer, time, action, outcome.

Guesses from names and values, and takes what the user states instead. Knows profiles of files; every guess is
a line that the user reads, so that a wrong one is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from models.errors import TrainingConfigError
from training.starter.names import identifier
from training.starter.profiles import Column, FileProfile, Kind


def _part(*words: str) -> str:
    """A name with one of the words in it."""
    return f".*({'|'.join(words)}).*"


CUSTOMER: Final = (
    r"(customer|client|user|member|person|subscriber|contact|lead|visitor|kunden?)"
    r"_?(id|no|nr|nummer|number|key|code)?|(e_?)?mail(_?address)?|id"
)
TIME: Final = _part(
    "sent", "date", "time", "day", "datum", "zeit", "created", "occurred", "_at", "_on", "when"
)
ACTION: Final = _part(
    "action", "campaign", "offer", "treatment", "variant", "segment", "creative", "template", "mailing",
    "promo", "letter", "arm", "group", "kampagne", "aktion", "angebot",
)  # fmt: skip
RESPONSE: Final = "y|" + _part(
    "respon", "click", "conver", "purchas", "bought", "order", "visit", "success", "accept", "signed", "won",
    "reply", "booked", "kauf", "bestell", "antwort",
)  # fmt: skip
EVENT: Final = _part("event", "type", "touchpoint", "page", "activity", "status", "stage", "ereignis")
MONEY: Final = _part(
    "amount", "value", "revenue", "price", "total", "spend", "spent", "sum", "betrag", "umsatz", "wert"
)
CHANNEL: Final = _part("channel", "medium", "kanal")
CHANCE: Final = _part("probab", "propensity", "pscore")
CONTROL: Final = r"(none|nothing|control|holdout|no[ _-].*|kein.*|nichts|without.*)"
OPENS: Final = _part("open")  # mail programs open mails by themselves
MOST_ACTIONS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """A file of what customers did.

    Without ``kind`` all of it is one touchpoint, named like the file.
    """

    file: FileProfile
    customer: str
    time: Column
    kind: Column | None
    money: Column | None

    def touchpoints(self) -> dict[str, str]:
        """Value of ``kind`` → name of the touchpoint; without ``kind`` the file's own name."""
        values = self.kind.values if self.kind else (self.file.source,)
        return {value: identifier(value) for value in values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What a folder holds.

    Attributes:
        contacts: the file that says what was done to whom.
        customer: its customers; None: it names none, so every row is a customer.
        time: when it was done; None: not said.
        action: what was done.
        control: values of it that mean nothing was done.
        outcome: whether the customer responded, in the same file.
        response: the touchpoint that is a response, where it stands among the events.
        attributes: file and column of what is known about customers before anything is done.
        unsure: what the user should look at.
    """

    contacts: FileProfile
    customer: str | None
    time: Column | None
    action: Column
    control: tuple[str, ...]
    channel: Column | None = None
    chance: Column | None = None
    outcome: Column | None = None
    response: str | None = None
    customers: FileProfile | None = None
    events: tuple[Events, ...] = ()
    attributes: tuple[tuple[FileProfile, Column], ...] = ()
    unsure: tuple[str, ...] = ()


def guess(files: Sequence[FileProfile], stated: Mapping[str, str]) -> Roles:
    """What the files are.

    Args:
        stated: ``customer``, ``time``, ``action``, ``channel``, ``outcome`` → column, ``FILE.COLUMN`` where
            several files have it; ``outcome`` may be the value of an event, ``channel`` ``none``.

    Raises:
        TrainingConfigError: nothing says what was done, or a stated column is not there.
    """
    contacts, action = _contacts(files, stated.get("action"))
    key = _named(files, stated["customer"])[1].name if "customer" in stated else _customer(files, contacts)
    customer = None if key is None else _same(contacts, key)
    time = _named([contacts], stated["time"])[1] if "time" in stated else _best(contacts, TIME, Kind.TIME)
    others = [file for file in files if file is not contacts]
    customers = next((file for file in others if key and _are_customers(file, key, contacts)), None)
    events = tuple(_events([f for f in others if f is not customers], key))
    outcome, response = _outcome(contacts, action, events, stated.get("outcome"))
    taken = {action.name, customer, *(column.name for column in (time, outcome) if column)}
    channel = _channel(contacts, stated.get("channel"), taken)
    chance = _best(contacts, CHANCE, Kind.NUMBER, without=taken)
    taken |= {column.name for column in (channel, chance) if column}
    afterwards: list[str] = []
    known = [(f, c) for f in (customers,) if f for c in f.columns if c.name != _same(f, key or "")]
    if customer is None or (customers is None and _unique(contacts, customer)):
        afterwards = [c.name for c in contacts.columns if c.name not in taken and _comes_after(c)]
        known += [(contacts, c) for c in contacts.columns if c.name not in {*taken, *afterwards}]
    return Roles(
        contacts=contacts,
        customer=customer,
        time=time,
        action=action,
        control=tuple(value for value in action.values if re.fullmatch(CONTROL, value.strip().lower())),
        channel=channel,
        chance=chance,
        outcome=outcome,
        response=response,
        customers=customers,
        events=events,
        attributes=tuple((file, column) for file, column in known if _is_attribute(column)),
        unsure=tuple(_unsure(contacts, customer, time, response, chance, known, afterwards)),
    )


def _contacts(files: Sequence[FileProfile], stated: str | None) -> tuple[FileProfile, Column]:
    if stated is not None:
        file, column = _named(files, stated)
        if not column.values:
            raise TrainingConfigError(
                f"{file.path.name}, {column.name}: expected at most {MOST_ACTIONS} different actions, got"
                f" {column.distinct}. Name another column with --action, or put like ones together first."
            )
        return file, column
    found = [
        (_score(column.name, ACTION) + bool(_best(file, RESPONSE, Kind.FLAG)), file, column)
        for file in files
        for column in file.columns
        if column.kind is Kind.TEXT
        and 2 <= len(column.values) <= MOST_ACTIONS
        and _score(column.name, ACTION)
    ]
    if not found:
        told = "; ".join(f"{file.path.name}: {', '.join(c.name for c in file.columns)}" for file in files)
        raise TrainingConfigError(
            f"expected a column that says what was done to a customer (a campaign, an offer, a variant), got"
            f" {told}. Name it: --action FILE.COLUMN. Without one there is nothing to choose from; begin with"
            " --template instead."
        )
    _, file, column = max(found, key=lambda one: (one[0], -found.index(one)))
    return file, column


def _customer(files: Sequence[FileProfile], contacts: FileProfile) -> str | None:
    """The column of the contacts that looks most like the id of a customer."""
    found: list[tuple[int, int, str]] = []
    for column in contacts.columns:
        score = _score(column.name, CUSTOMER)
        if score and column.kind is not Kind.TIME and column.distinct > 1:
            shared = sum(_same(file, column.name) is not None for file in files)
            found.append((score + shared, -len(found), column.name))
    return max(found)[2] if found else None


def _events(files: Sequence[FileProfile], key: str | None) -> Iterator[Events]:
    for file in files:
        customer, time = _same(file, key or ""), _best(file, TIME, Kind.TIME)
        if customer is not None and time is not None:
            kind = _best(file, EVENT, Kind.TEXT, without={customer})
            yield Events(
                file=file,
                customer=customer,
                time=time,
                kind=kind if kind and kind.values else None,
                money=_best(file, MONEY, Kind.NUMBER),
            )


def _outcome(
    contacts: FileProfile, action: Column, events: Sequence[Events], stated: str | None
) -> tuple[Column | None, str | None]:
    """Whether somebody responded: a column of the contacts, or a touchpoint."""
    touchpoints = [value for one in events for value in one.touchpoints()]
    if stated is not None:
        if stated in touchpoints:
            return None, identifier(stated)
        return _yes_or_no(_named([contacts], stated)[1], contacts), None
    flags = [
        column
        for column in contacts.columns
        if column.kind is Kind.FLAG
        and column is not action
        and _score(column.name, RESPONSE)
        and not _score(column.name, OPENS)
    ]
    if flags:
        return max(flags, key=lambda column: (_score(column.name, RESPONSE), -flags.index(column))), None
    likely = [value for value in touchpoints if _score(value, RESPONSE)]
    if likely:
        return None, identifier(likely[0])
    raise TrainingConfigError(
        f"expected a column of yes and no, or an event, that says whether a customer responded, got"
        f" {', '.join(column.name for column in contacts.columns)} in {contacts.path.name}. Name it:"
        " --outcome COLUMN, or --outcome EVENT."
    )


def _yes_or_no(column: Column, contacts: FileProfile) -> Column:
    """The column, if it can say whether somebody responded: yes and no, or a number (more than 0)."""
    if column.kind in (Kind.FLAG, Kind.NUMBER):
        return column
    values = ", ".join(column.values[:5]) or f"{column.distinct:,} different values"
    raise TrainingConfigError(
        f"expected yes and no (or a number, where more than 0 is yes) in {contacts.path.name},"
        f" {column.name}, got {values}. Name another column: --outcome COLUMN."
    )


def _unsure(
    contacts: FileProfile,
    customer: str | None,
    time: Column | None,
    response: str | None,
    chance: Column | None,
    known: Sequence[tuple[FileProfile, Column]],
    afterwards: Sequence[str],
) -> Iterator[str]:
    if customer is None:
        yield f"{contacts.path.name} names no customer: every row is taken as one (--customer COLUMN)"
    if time is None:
        yield f"{contacts.path.name} has no time: its rows are put one after the other (--time COLUMN)"
    if chance is None:
        yield "no column says with which chance an action was drawn: policies cannot be compared on this log"
    if response is not None:
        yield f"a response is {response!r} within the response window after the action (--outcome)"
    if afterwards:
        yield f"known only afterwards, so no attributes: {', '.join(afterwards)}"
    later = [c.name for f, c in known if f is contacts and _is_attribute(c)]
    if later:
        yield (
            f"attributes come from the same file as the outcome ({', '.join(later[:6])}"
            f"{', ...' if len(later) > 6 else ''}): delete those that were known only afterwards"
        )


def _best(
    file: FileProfile,
    pattern: str,
    kind: Kind,
    without: Set[str | None] = frozenset(),
) -> Column | None:
    """The column of a kind whose name fits best; a time needs no telling name."""
    fitting = [c for c in file.columns if c.kind is kind and c.name not in without]
    named = [column for column in fitting if _score(column.name, pattern)]
    if not named and kind is Kind.TIME:
        named = fitting
    return named[0] if named else None


def _score(name: str, pattern: str) -> int:
    """2: the whole name fits without more around it; 1: a part; 0: nothing."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not re.fullmatch(pattern, plain):
        return 0
    return 2 if re.fullmatch(pattern.replace(".*", ""), plain) else 1


def _named(files: Sequence[FileProfile], stated: str) -> tuple[FileProfile, Column]:
    file_name, _, name = stated.rpartition(".")
    for file in files:
        column = file.column(stated) or (
            file.column(name)
            if file_name in (file.source, file.path.name, file.path.name.partition(".")[0])
            else None
        )
        if column is not None:
            return file, column
    told = "; ".join(f"{file.source}: {', '.join(c.name for c in file.columns)}" for file in files)
    raise TrainingConfigError(f"expected a column of {told}; got {stated!r}. Write COLUMN or FILE.COLUMN.")


def _same(file: FileProfile, name: str) -> str | None:
    """The file's column of that name, however it is written."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((c.name for c in file.columns if re.sub(r"[^a-z0-9]", "", c.name.lower()) == plain), None)


def _unique(file: FileProfile, name: str) -> bool:
    column = file.column(name)
    return column is not None and column.distinct == file.rows


def _channel(contacts: FileProfile, stated: str | None, taken: Set[str | None]) -> Column | None:
    if stated == "none":
        return None
    if stated is not None:
        return _named([contacts], stated)[1]
    return _best(contacts, CHANNEL, Kind.TEXT, without=taken)


def _comes_after(column: Column) -> bool:
    """Its name says that it tells of what the customer did then."""
    return any(_score(column.name, pattern) for pattern in (RESPONSE, OPENS, MONEY))


def _are_customers(file: FileProfile, key: str, contacts: FileProfile) -> bool:
    """A row for each, of most of those who were contacted, and no events."""
    own, contacted = _same(file, key), contacts.column(_same(contacts, key) or "")
    events = _best(file, TIME, Kind.TIME) is not None and _best(file, EVENT, Kind.TEXT) is not None
    most = contacted is not None and 2 * file.rows >= contacted.distinct
    return own is not None and _unique(file, own) and most and not events


def _is_attribute(column: Column) -> bool:
    """A number, a flag, or one of few words; free texts and times are none."""
    return column.kind in (Kind.NUMBER, Kind.FLAG) or (column.kind is Kind.TEXT and len(column.values) > 1)
