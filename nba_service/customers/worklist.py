"""Whom to contact next on a channel, from the store.

The whole base is decided as calls would decide it, with consent, limits and rules, and nothing is stored. The
list stands in order of gain and is as long as the channel's day has room. Knows decisions; knows nothing of
files or commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from models.domain.history import to_ms
from models.policy.batch.worklist import (
    MOST_PATHS,
    Contact,
    Ranking,
    Worklist,
    contact_of,
    told,
)
from models.policy.steps import run_all_steps, run_steps
from nba_service.clock import Clock
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.capacity import remaining_capacity
from nba_service.decisions.checks import unknown_names
from nba_service.decisions.decide import Decisions
from nba_service.decisions.render import Asked
from nba_service.engine.source import EngineSource
from nba_service.errors import problem_of_fields
from nba_service.store.interface import Store

PAGE: Final = 256
CONTACT_COLUMNS: Final = (
    *("customer_id", "action", "channel", "phase", "gain", "low", "high", "propensity", "best_time"),
    "path",
)


def plain_contact(contact: Contact) -> dict[str, Any]:
    """A contact as a row of a file; ``CONTACT_COLUMNS``."""
    row = asdict(contact)
    rounded = {name: round(row[name], 4) for name in ("gain", "low", "high", "propensity")}
    best = contact.best_time
    return {**row, **rounded, "best_time": "" if best is None else best.isoformat(timespec="minutes")}


def plain_worklist(found: Worklist) -> dict[str, Any]:
    """A list as JSON values, its contacts as rows of a file."""
    return {**asdict(found), "contacts": [plain_contact(contact) for contact in found.contacts]}


class Worklists:
    """Makes lists of contacts."""

    def __init__(self, *, store: Store, source: EngineSource, decisions: Decisions, clock: Clock) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions
        self._clock = clock

    def make(
        self,
        channel: str,
        most: int,
        at: datetime | None = None,
        step: Callable[[int], None] = lambda _: None,
    ) -> Worklist:
        """The ``most`` customers whose contact on ``channel`` gains most.

        Args:
            at: the moment; None: now.
            step: is told how many more customers were decided.

        Raises:
            Problem: a channel that the journey file does not have.
        """
        self.check(channel)
        moment = at or self._clock()
        room = self._room(channel, moment)
        ranking = Ranking(most if room is None else min(most, room))
        for ids in self._pages():
            for found in self._decided(channel, ids, moment):
                ranking.add(found)
            step(len(ids))
        contacts = (
            self._told(contact, moment, path=place < MOST_PATHS)
            for place, contact in enumerate(ranking.best())
        )
        return ranking.listed(contacts, room)

    def check(self, channel: str) -> None:
        """
        Raises:
            Problem: ``UNKNOWN_CHANNEL``.
        """
        names = self._source.current().names
        problems = list(unknown_names("channel", "channel", [channel], names.channel))
        if problems:
            raise problem_of_fields(problems)

    def _room(self, channel: str, moment: datetime) -> int | None:
        journey = self._source.current().journey
        left = remaining_capacity(self._store, journey, to_ms(moment)).get(channel)
        return None if left is None else max(left, 0)

    def _pages(self) -> Iterator[list[str]]:
        after = ""
        while page := self._store.scan("customers", after, PAGE):
            ids = [str(row["customer_id"]) for row in page]
            yield ids
            after = ids[-1]

    def _decided(self, channel: str, ids: Sequence[str], moment: datetime) -> Iterator[Contact | str]:
        """Of each customer the contact that ranks first, or why there is none."""
        engines: dict[int, list[Asked]] = {}
        for asked in self._asked(channel, ids, moment):
            engines.setdefault(id(asked.serving.engine), []).append(asked)
        for some in engines.values():
            engine = some[0].serving.engine
            for steps in run_all_steps(engine, [one.request for one in some]):
                yield contact_of(engine, steps)

    def _told(self, contact: Contact, moment: datetime, *, path: bool) -> Contact:
        """With its best time, and the path ahead if asked."""
        asked = self._asked(contact.channel, [contact.customer_id], moment)[0]
        engine = asked.serving.engine
        return told(engine, run_steps(engine, asked.request), contact, path=path)

    def _asked(self, channel: str, ids: Sequence[str], moment: datetime) -> list[Asked]:
        calls = [
            DecisionCall(customer_id=each, channels=(channel,), decided_at=moment, decision_id=f"next/{each}")
            for each in ids
        ]
        return self._decisions.asked_together(calls)
