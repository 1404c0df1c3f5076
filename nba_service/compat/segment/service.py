"""Segment's messages: each by itself accepted, a duplicate, or rejected with a reason.

``track``, ``page`` and ``screen`` become interactions, ``identify`` and ``group`` profiles, ``alias``
aliases. A message counts once by its ``messageId``. The sender's clock is not believed: a message is
as old as the sender says that it was when it was sent. Knows messages and names; knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import marshmallow as ma

from models.domain.history import DAY_MS, to_ms
from models.domain.journey import Journey
from nba_service.compat.names import slug
from nba_service.compat.segment.schemas import SegmentBatch
from nba_service.customers.events import Events
from nba_service.customers.profiles import Customers
from nba_service.decisions.calls import OutcomeCall, Profile
from nba_service.decisions.checks import profile_problems
from nba_service.engine.names import Names
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.fields import MAX_AMOUNT, Locale, Properties, TimeZone, is_id, parse_instant
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import InteractionRow
from nba_service.telemetry.metrics import Metrics

OLDEST_MS: Final = 366 * DAY_MS
KEPT_MS: Final = 7 * DAY_MS
"""How long the ``messageId`` of an ``identify``, ``group`` or ``alias`` is remembered; of others for ever."""

_STUCK_MS: Final = 60_000
_MESSAGE_ID: Final = re.compile(r"[\x21-\x7e]{1,100}")
_PAGES: Final = ("page_view", "page_viewed", "page", "visit", "website_visit")
_VALUES: Final = ("value", "revenue", "total", "price")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became of a message."""

    message_id: str | None
    type: str | None
    status: str
    code: str | None = None
    message: str | None = None
    ignored: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        told = {"messageId": self.message_id, "type": self.type, "status": self.status}
        more = {"code": self.code, "message": self.message, "ignored": dict(self.ignored)}
        return told | {name: value for name, value in more.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message of the right shape, with its time (ms)."""

    id: str
    type: str
    customer_id: str
    at: int
    raw: Mapping[str, Any]
    anonymous_id: str | None = None

    def part(self, name: str) -> dict[str, Any]:
        found = self.raw.get(name)
        return found if isinstance(found, dict) else {}


class Segment:
    """Takes messages."""

    def __init__(
        self,
        store: ResilientStore,
        source: EngineSource,
        events: Events,
        customers: Customers,
        clock: Callable[[], datetime],
        *,
        metrics: Metrics,
        seconds: float,
    ) -> None:
        """``seconds``: how long to wait for the store to remember a ``messageId``."""
        self._store = store
        self._source = source
        self._events = events
        self._customers = customers
        self._clock = clock
        self._metrics = metrics
        self._seconds = seconds

    def receive(self, batch: SegmentBatch) -> list[Item]:
        """Take the messages in their order; events of one batch are stored together.

        Raises:
            StoreError: the store does not answer; sending all again is harmless.
        """
        now = self._clock()
        items: dict[int, Item] = {}
        rows: dict[int, InteractionRow] = {}
        for index, raw in enumerate(batch.messages):
            try:
                message = _read(raw, batch, now)
                if message.type in _EVENTS and _outcome_of(message) is None:
                    rows[index] = self._interaction(message)
                else:
                    items[index] = self._handle(message)
            except Problem as problem:
                items[index] = _rejected(raw, problem)
        items |= self._store_all(rows, batch.messages)
        return [items[index] for index in range(len(batch.messages))]

    def _handle(self, message: _Message) -> Item:
        if message.type in _EVENTS:
            return self._tell_outcome(message)
        return self._once(message, {"alias": self._alias}.get(message.type, self._identify))

    def _store_all(self, rows: Mapping[int, InteractionRow], raws: Sequence[Any]) -> dict[int, Item]:
        known = set(self._store.known_interactions([row.interaction_id for row in rows.values()]))
        new: dict[str, InteractionRow] = {}
        items: dict[int, Item] = {}
        for index, row in rows.items():
            duplicate = row.interaction_id in known or row.interaction_id in new
            items[index] = Item(
                message_id=raws[index].get("messageId"),
                type=raws[index].get("type"),
                status="duplicate" if duplicate else "accepted",
                ignored=_unusable(raws[index]),
            )
            if not duplicate:
                new[row.interaction_id] = row
        if new:
            written = self._store.add_interactions(list(new.values()))
            if written.conflicts:  # another worker was faster
                rest = [row for row in new.values() if row.interaction_id not in written.conflicts]
                written = self._store.add_interactions(rest) if rest else written
        self._metrics.told("interaction", len(new), len(rows) - len(new))
        return items

    def _interaction(self, message: _Message) -> InteractionRow:
        serving = self._source.current()
        properties = message.part("properties")
        channel = properties.get("channel")
        usual = _page_channel(serving.journey) if message.type != "track" else None
        return InteractionRow(
            interaction_id=f"segment/{_key(message.id)}",
            customer_id=message.customer_id,
            occurred_at=message.at,
            touchpoint=_touchpoint(serving.journey, message),
            channel=channel if isinstance(channel, str) and channel in serving.names.channel else usual,
            value=_value(properties),
            properties=_usable(properties),
            timed=False,
        )

    def _tell_outcome(self, message: _Message) -> Item:
        """A ``track`` whose properties name a decision is an outcome of it."""
        decision_id = _outcome_of(message) or ""
        accepted = self._events.add_outcomes(
            [
                OutcomeCall(
                    outcome=slug(str(message.raw.get("event"))),
                    decision_id=decision_id,
                    outcome_id=f"segment/{_key(message.id)}",
                    value=_value(message.part("properties")),
                )
            ]
        )
        return _done(message, "accepted" if accepted.new else "duplicate")

    def _once(self, message: _Message, work: Callable[[_Message], dict[str, str]]) -> Item:
        """Do what must not be done again: a later message may have said otherwise since."""
        key = hashlib.sha256(f"segment\0{message.id}".encode()).hexdigest()
        now = to_ms(self._clock())
        table = self._store.requests
        found = self._store.ask(
            lambda: table.claim(
                key,
                message.type,
                {message.customer_id},
                at=now,
                kept_since=now - KEPT_MS,
                stuck_since=now - _STUCK_MS,
            ),
            self._seconds,
        )
        if found is not None:
            return _done(message, "duplicate")
        try:
            ignored = work(message)
        except BaseException:
            self._store.ask(lambda: table.release(key, now), self._seconds)
            raise
        self._store.ask(lambda: table.answer(key, now, 200, "", b""), self._seconds)
        return replace(_done(message, "accepted"), ignored=ignored)

    def _alias(self, message: _Message) -> dict[str, str]:
        previous = message.raw.get("previousId")
        if not isinstance(previous, str) or not is_id(previous):
            raise Problem("FIELD_REQUIRED", f"Expected previousId to be an id, got {str(previous)[:60]!r}.")
        self._customers.add_aliases(message.customer_id, [previous])
        return {}

    def _identify(self, message: _Message) -> dict[str, str]:
        """Put what the traits say over the stored profile."""
        names = self._source.current().names
        traits, context = message.part("traits"), message.part("context")
        if message.type == "group":
            group = message.raw.get("groupId")
            if not isinstance(group, str) or not is_id(group):
                raise Problem("FIELD_REQUIRED", f"Expected groupId to be an id, got {str(group)[:60]!r}.")
            traits, context = {}, {}
        person = self._store.persons([message.customer_id])[message.customer_id]
        stored = self._store.customer(person)
        consent = dict(_consents(self._source.current().journey, traits, context))
        told = {name: value for name, value in traits.items() if name != "consent"}
        attributes, ignored = _attributes(names, told)
        profile = Profile(
            account_id=str(message.raw["groupId"])
            if message.type == "group"
            else stored.account_id
            if stored
            else None,
            attributes={**(stored.attributes if stored else {}), **attributes},
            consent={**(stored.consent if stored else {}), **consent},
            locale=_loaded(Locale(), context.get("locale")) or (stored.locale if stored else None),
            time_zone=_loaded(TimeZone(), context.get("timezone")) or (stored.time_zone if stored else None),
        )
        usable, gone = _attributes(names, profile.attributes)
        ignored |= {name: why for name, why in gone.items() if name in told}
        self._customers.put(person, replace(profile, attributes=usable))
        if message.anonymous_id not in (None, message.customer_id):
            ignored |= self._link(message)
        return ignored

    def _link(self, message: _Message) -> dict[str, str]:
        """The visitor before the log-in is the customer, unless they are somebody already."""
        try:
            self._customers.add_aliases(message.customer_id, [str(message.anonymous_id)])
        except Problem as problem:
            return {"anonymousId": str(problem)}
        return {}


_EVENTS: Final = ("track", "page", "screen")
TYPES: Final = (*_EVENTS, "identify", "group", "alias")


def _read(raw: Any, batch: SegmentBatch, now: datetime) -> _Message:
    """A message, if it has the right shape.

    Raises:
        Problem: it has not; or it is older than a year.
    """
    if not isinstance(raw, dict):
        raise Problem("FIELD_TYPE", "Expected a message to be an object, got something else.")
    message_id, kind = raw.get("messageId"), raw.get("type")
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
        raise Problem("FIELD_REQUIRED", "Expected messageId to be 1 to 100 printable characters.")
    if kind not in TYPES:
        raise Problem(
            "FIELD_RANGE", f"Expected type to be one of {', '.join(TYPES)}, got {str(kind)[:60]!r}."
        )
    ids = [one for name in ("userId", "anonymousId") if isinstance(one := raw.get(name), str) and is_id(one)]
    if not ids:
        raise Problem(
            "FIELD_REQUIRED", "Expected userId or anonymousId to be an id as docs/reference/api.md has it."
        )
    age = _age(raw.get("timestamp"), raw.get("sentAt") or batch.sent_at, now)
    if age > OLDEST_MS:
        raise Problem("FIELD_RANGE", "Expected a message of the last 366 days, got an older one.")
    anonymous = raw.get("anonymousId")
    return _Message(
        id=message_id,
        type=kind,
        customer_id=ids[0],
        at=to_ms(now) - age,
        raw=raw,
        anonymous_id=anonymous if isinstance(anonymous, str) and is_id(anonymous) else None,
    )


def _age(timestamp: Any, sent_at: Any, now: datetime) -> int:
    """How old a message is (ms), by the sender's own clock alone if it says when it was sent."""
    happened, sent = _moment(timestamp), _moment(sent_at)
    if happened is None:
        return 0
    return max(0, to_ms(sent or now) - to_ms(happened))


def _moment(value: Any) -> datetime | None:
    try:
        return parse_instant(value)
    except ma.ValidationError as error:
        if getattr(error.messages[0], "code", "") == "TIME_ZONE_MISSING":  # the clients' own is UTC
            return parse_instant(f"{value}Z")
        return None


def _touchpoint(journey: Journey, message: _Message) -> str:
    """The touchpoint that a message names.

    Raises:
        Problem: there is none of that name.
    """
    known = {touchpoint.name: touchpoint.name for touchpoint in journey.touchpoints}
    known |= {slug(point.label): point.name for point in reversed(journey.touchpoints)} | known
    wanted = list(_wanted(message))
    for name in wanted:
        if name in known:
            return known[name]
    tried = ", ".join(repr(name[:60]) for name in wanted) or "nothing"
    raise Problem(
        "UNKNOWN_NAME",
        f"Expected an event that the journey file has as a touchpoint, got {tried}."
        f" There are {', '.join(point.name for point in journey.touchpoints)[:500]}.",
    )


def _wanted(message: _Message) -> Iterator[str]:
    if message.type == "track":
        event = message.raw.get("event")
        if isinstance(event, str):
            yield event
            yield slug(event)
        return
    name, category = message.raw.get("name"), message.raw.get("category")
    parts = [part for part in (category, name) if isinstance(part, str) and part]
    if parts:
        yield slug(" ".join(parts))
        yield slug(parts[-1])
    yield from _PAGES


def _page_channel(journey: Journey) -> str | None:
    return next((channel.name for channel in journey.channels if channel.placements), None)


def _outcome_of(message: _Message) -> str | None:
    """The decision that a ``track`` is an outcome of."""
    found = message.part("properties").get("decision_id") if message.type == "track" else None
    return found if isinstance(found, str) and is_id(found) else None


def _value(properties: Mapping[str, Any]) -> float | None:
    for name in _VALUES:
        found = properties.get(name)
        if isinstance(found, int | float) and not isinstance(found, bool) and abs(found) <= MAX_AMOUNT:
            return float(found)
    return None


def _usable(properties: Mapping[str, Any]) -> dict[str, Any]:
    try:
        usable: dict[str, Any] = Properties().deserialize(properties)
    except ma.ValidationError:
        return {}
    return usable


def _unusable(raw: Mapping[str, Any]) -> dict[str, str]:
    properties = raw.get("properties")
    try:
        Properties().deserialize({} if properties is None else properties)
    except ma.ValidationError as error:
        return {"properties": f"expected {error.messages[0]}"}
    return {}


def _attributes(names: Names, traits: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Traits that the journey file has as attributes, and why the others are none."""
    problems = profile_problems(names, Profile(attributes=traits))
    ignored: dict[str, str] = {}
    for problem in problems:
        name = problem.field.removeprefix("attributes.")
        if name in traits and problem.field != "attributes":
            ignored[name] = problem.detail
    ignored |= {
        name: "the journey file has no such attribute" for name in traits if name not in names.attributes
    }
    return {name: value for name, value in traits.items() if name not in ignored}, ignored


def _consents(
    journey: Journey, traits: Mapping[str, Any], context: Mapping[str, Any]
) -> Iterator[tuple[str, bool]]:
    """Consent as Segment's consent managers put it into the context, and as a trait of its own."""
    stated = context.get("consent")
    preferences = stated.get("categoryPreferences") if isinstance(stated, dict) else None
    for source in (preferences, traits.get("consent")):
        for name, value in (source if isinstance(source, dict) else {}).items():
            if isinstance(value, bool) and slug(name) in {*journey.consents, "personalization"}:
                yield slug(name), value


def _loaded(kind: ma.fields.Field[Any], value: Any) -> str | None:
    try:
        return str(kind.deserialize(value)) if isinstance(value, str) else None
    except ma.ValidationError:
        return None


def _key(message_id: str) -> str:
    """A ``messageId`` as an id may be; other characters are hashed."""
    fits = is_id(f"segment/{message_id}")
    return message_id if fits else hashlib.sha256(message_id.encode()).hexdigest()[:32]


def _done(message: _Message, status: str) -> Item:
    return Item(message_id=message.id, type=message.type, status=status)


def _rejected(raw: Any, problem: Problem) -> Item:
    told = raw if isinstance(raw, dict) else {}
    texts = {
        name: value if isinstance(value := told.get(name), str) else None for name in ("messageId", "type")
    }
    return Item(
        message_id=texts["messageId"],
        type=texts["type"],
        status="rejected",
        code=problem.kind,
        message=str(problem),
    )
