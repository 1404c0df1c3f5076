"""The names that a file declares, and checks of names.

Works on values whose shape was checked and of which the wrong parts were left out, so every field may
be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.journey_file.problems import Path, Problems, mismatch, unknown_name

_REQUIRED: Final = frozenset({"phases", "channels", "actions", "outcomes"})

Values = Mapping[str, Any]


def typed_events(values: Values) -> Iterator[tuple[Path, Values]]:
    """Where each touchpoint and outcome stands, and the properties that it has."""
    outcomes = section(section(values, "outcomes"), "named")
    for where, named in (
        (("touchpoints",), section(values, "touchpoints")),
        (("outcomes", "named"), outcomes),
    ):
        for name, event in named.items():
            yield (*where, name), section(event, "properties") if isinstance(event, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Names:
    """What the file declares, by section.

    A section that is wrong as a whole declares nothing.
    """

    phases: Collection[str]
    channels: Collection[str]
    actions: Collection[str]
    groups: Collection[str]
    outcomes: Collection[str]
    touchpoints: Collection[str]
    consents: Collection[str]
    roles: Collection[str]


def declared_names(values: Values) -> Names:
    """The names that other parts of the file may use."""
    actions = section(values, "actions")
    return Names(
        phases=section(values, "phases"),
        channels=section(values, "channels"),
        actions=actions,
        groups={a["group"] for a in actions.values() if "group" in a},
        outcomes=section(section(values, "outcomes"), "named"),
        touchpoints=section(values, "touchpoints"),
        consents=section(values, "consents"),
        roles=section(section(values, "accounts"), "roles"),
    )


def section(values: Values, key: str) -> dict[str, Any]:
    """A mapping of mappings, empty where it is missing.

    Entries that were wrong are empty mappings.
    """
    named = values.get(key)
    if not isinstance(named, Mapping):
        return {}
    return {name: {} if value is None else value for name, value in named.items()}


def entries(values: Values, key: str) -> list[Any]:
    """A list, empty where it is missing; entries that were wrong are empty mappings."""
    listed = values.get(key)
    return [{} if entry is None else entry for entry in listed] if isinstance(listed, list) else []


@dataclass(frozen=True, slots=True)
class NameCheck:
    """Adds a problem for each name that is wrong.

    Nothing declares it, it stands twice, or it is taken.
    """

    values: Values
    declared: Names
    problems: Problems

    def filters(self, entry: Values, path: Path) -> None:
        """A policy or limit is about actions, groups and channels that there are."""
        for field, kind, known in (
            ("actions", "an action", self.declared.actions),
            ("groups", "a group", self.declared.groups),
            ("channels", "a channel", self.declared.channels),
        ):
            where = "actions (field group)" if field == "groups" else field
            self.all_known(entry, field, kind, known, where, (*path, field))

    def all_known(
        self, entry: Values, field: str, kind: str, known: Collection[str], where: str, path: Path
    ) -> None:
        """Every name in a list is declared, and stands there once."""
        self.known(entries(entry, field), kind, known, where, path, each=lambda i: (*path, i))
        self.once(entries(entry, field), path)

    def known(
        self,
        used: Iterable[Any],
        kind: str,
        known: Collection[str],
        where: str,
        path: Path,
        each: Callable[[int], Path] | None = None,
    ) -> None:
        """Every name that is used is declared under ``where``.

        ``each``: the path of one of a list.
        """
        if not known and where.partition(".")[0] in _REQUIRED:
            return  # the section is wrong as a whole, which is a problem already
        for index, name in enumerate(used):
            if isinstance(name, str) and name not in known:
                self.problems.add(each(index) if each else path, unknown_name(kind, name, known, where))

    def once(self, used: list[Any], path: Path) -> None:
        """No name stands twice in a list."""
        for index, name in enumerate(used):
            if isinstance(name, str) and name in used[:index]:
                self.problems.add((*path, index), mismatch("each name once", name, "remove the second one"))

    def new_code(self, code: Any, path: Path, seen: dict[str, str]) -> None:
        """No other rule has this code.

        ``seen``: code → its line, for all rules of a kind.
        """
        if not isinstance(code, str):
            return
        if code in seen:
            text = mismatch(
                "a code of its own", code, f"{seen[code]} has it already; reasons must tell rules apart"
            )
            self.problems.add(path, text)
        seen.setdefault(code, f"line {self.problems.lines.of(path)}")
