"""What every screen is given.

Who looks, in which language, at what address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from models.domain.journey import Journey
from nba_service.console.page import Page
from nba_service.console.sessions import Session
from nba_service.console.wording import Words

ROOT: Final = "/console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One look at one screen.

    ``args``: the query of the address, which holds the whole state of a page. ``journey`` None: nothing can
    decide yet.
    """

    screen: str
    words: Words
    args: Mapping[str, str]
    session: Session
    now: datetime
    journey: Journey | None

    def link(self, screen: str, anchor: str = "", /, **values: object) -> str:
        """The address of a screen; a language that stands in this one stays."""
        language = {"lang": self.args["lang"]} if "lang" in self.args else {}
        query = urlencode({k: v for k, v in {**language, **values}.items() if v not in (None, "")})
        path = ROOT if screen == "start" else f"{ROOT}/{screen}"
        return path + (f"?{query}" if query else "") + (f"#{anchor}" if anchor else "")

    def here(self, **changes: object) -> str:
        """This address with some of its values changed; None takes one out."""
        return self.link(self.screen, **{**self.args, **changes})

    def file(self, kind: str, table: str = "") -> str:
        """This page as ``csv`` or ``json``."""
        query = urlencode({**self.args, **({"table": table} if table else {})})
        return f"{ROOT}/{self.screen}.{kind}" + (f"?{query}" if query else "")

    def phase(self, name: str) -> str:
        """The label of a phase."""
        phases = () if self.journey is None else self.journey.phases
        return next((phase.label for phase in phases if phase.name == name), name)

    def action(self, name: str) -> str:
        """The label of an action, doing nothing included."""
        if name == "nothing":
            return self.words("nothing")
        actions = () if self.journey is None else self.journey.actions
        return next((action.label for action in actions if action.name == name), name)

    def attribute(self, name: str) -> str:
        """The label of an attribute."""
        attributes = () if self.journey is None else self.journey.attributes
        return next((one.label for one in attributes if one.name == name), name)

    def event(self, name: str) -> str:
        """The label of a touchpoint or an outcome."""
        touchpoints = () if self.journey is None else self.journey.touchpoints
        return next((one.label for one in touchpoints if one.name == name), name)

    def channel(self, name: str | None) -> str:
        """The label of a channel."""
        channels = () if self.journey is None else self.journey.channels
        return next((channel.label for channel in channels if channel.name == name), name or "–")


Screen = Callable[[Desk], Page]
"""Makes the page of one screen."""

Change = Callable[[Desk, Mapping[str, str]], str | Page]
"""Does what a form asks for; gives the address to go to, or a page that has no address of its own."""
