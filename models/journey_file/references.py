"""Names and sums: what one part of the file says about another must exist there and add up.

Works on values whose shape was checked and of which the wrong parts were left out, so every field may
be missing. Each problem is reported once, where it stands. Rules are checked by ``rules``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.domain.actions import NOTHING
from models.domain.journey import CONTACT_TOUCHPOINT
from models.journey_file.build import DEFAULT_CHANNEL, FALLBACK, kind_of, limit_code
from models.journey_file.contents import check_contents, check_plain
from models.journey_file.problems import Path, Problems, mismatch, unknown_name

_REQUIRED: Final = frozenset({"phases", "channels", "actions", "outcomes"})

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What the file declares, by section; a section that is wrong as a whole declares nothing."""

    phases: Collection[str]
    channels: Collection[str]
    actions: Collection[str]
    groups: Collection[str]
    outcomes: Collection[str]
    touchpoints: Collection[str]
    consents: Collection[str]


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
    )


def section(values: Values, key: str) -> dict[str, Any]:
    """A mapping of mappings, empty where it is missing; entries that were wrong are empty mappings."""
    found = values.get(key)
    if not isinstance(found, Mapping):
        return {}
    return {name: {} if value is None else value for name, value in found.items()}


def entries(values: Values, key: str) -> list[Any]:
    """A list, empty where it is missing; entries that were wrong are empty mappings."""
    found = values.get(key)
    return [{} if entry is None else entry for entry in found] if isinstance(found, list) else []


def check_references(values: Values, problems: Problems) -> None:
    """Add a problem for each unknown or reserved name, and for numbers that do not fit together."""
    check = _Checker(values, declared_names(values), problems)
    for part in (
        check.attributes,
        check.touchpoints,
        check.phases,
        check.consents,
        check.channels,
        check.limits,
        check.outcomes,
        check.actions,
        check.requirements,
        check.policies,
        check.playbook,
        check.objective,
        check.golden_decisions,
        check.withdrawals,
        check.mail,
    ):
        part()


@dataclass(frozen=True, slots=True)
class _Checker:
    """One method a section of the file."""

    values: Values
    names: Names
    problems: Problems

    def attributes(self) -> None:
        for name, attribute in section(self.values, "attributes").items():
            path: Path = ("attributes", name)
            low, high = attribute.get("minimum"), attribute.get("maximum")
            if low is not None and high is not None and low > high:
                text = mismatch(f"a maximum of at least the minimum {low:g}", high, "swap or correct them")
                self.problems.add((*path, "maximum"), text)
            kind = attribute.get("type")
            for field, kinds in (("minimum", "number"), ("maximum", "number"), ("values", "category")):
                if field in attribute and kind is not None and kind != kinds:
                    text = f"expected {field} only on a {kinds}, got it on a {kind}; remove it"
                    self.problems.add((*path, field), text)
            self._once(entries(attribute, "values"), (*path, "values"))

    def touchpoints(self) -> None:
        if CONTACT_TOUCHPOINT in self.names.touchpoints:
            text = mismatch("another name", CONTACT_TOUCHPOINT, "it stands for our own contacts; rename it")
            self.problems.add(("touchpoints", CONTACT_TOUCHPOINT), text)
        for name in set(self.names.touchpoints) & set(self.names.outcomes):
            text = mismatch("a name that no touchpoint has", name, "rename one, rules cannot tell them apart")
            self.problems.add(("outcomes", "named", name), text)

    def phases(self) -> None:
        for name, phase in section(self.values, "phases").items():
            target = (phase.get("lapse") or {}).get("to")
            path = ("phases", name, "lapse", "to")
            self._known([target], "a phase", self.names.phases, "phases", path)
            if target == name:
                self.problems.add(path, mismatch("another phase", target, "name the phase it falls back to"))
        for index, rule in enumerate(entries(self.values, "phase_rules")):
            at: Path = ("phase_rules", index)
            self._known([rule.get("to")], "a phase", self.names.phases, "phases", (*at, "to"))
            self._list(rule, "from_", "a phase", self.names.phases, "phases", (*at, "from"))

    def consents(self) -> None:
        flag = self.values.get("profile_consent")
        if flag is not None:
            known = self.names.consents
            self._known([flag], "a consent", known, "consents", ("profile_consent",))

    def channels(self) -> None:
        owner: dict[str, str] = {}
        for name, channel in section(self.values, "channels").items():
            path: Path = ("channels", name)
            if name in (DEFAULT_CHANNEL, FALLBACK):
                text = mismatch(
                    "another name", name, "it stands for texts that all channels share; rename it"
                )
                self.problems.add(path, text)
            if "consent" in channel:
                known = self.names.consents
                self._known([channel["consent"]], "a consent", known, "consents", (*path, "consent"))
            hours = channel.get("quiet_hours") or {}
            if "start" in hours and hours.get("start") == hours.get("end"):
                text = mismatch(
                    "an end that differs from the start", str(hours["end"])[:5], "correct one of them"
                )
                self.problems.add((*path, "quiet_hours", "end"), text)
            self._placements(name, channel, owner)
            kind = kind_of(name, channel)
            if channel.get("tel_links") and not kind.can_dial:
                remedy = "remove it, or correct the channel's kind"
                text = mismatch("tel_links only where one can dial (app, sms, phone)", kind.value, remedy)
                self.problems.add((*path, "tel_links"), text)

    def _placements(self, name: str, channel: Values, owner: dict[str, str]) -> None:
        placements = entries(channel, "placements")
        path: Path = ("channels", name, "placements")
        if placements and not channel.get("inbound", False):
            text = "expected placements only on an inbound channel, got an outbound one; add inbound: true"
            self.problems.add(path, text)
        for index, placement in enumerate(placements):
            if not isinstance(placement, str):
                continue
            if placement in (DEFAULT_CHANNEL, FALLBACK):
                remedy = "it stands for texts that several share; rename it"
                self.problems.add((*path, index), mismatch("another name", placement, remedy))
            if placement in owner:
                remedy = f"{owner[placement]} has it already; give each placement a name of its own"
                self.problems.add((*path, index), mismatch("a new placement", placement, remedy))
            owner.setdefault(placement, name)

    def limits(self) -> None:
        seen: dict[str, str] = {}
        for name, channel in section(self.values, "channels").items():
            for index, limit in enumerate(entries(channel, "limits")):
                if {"count", "window_days"} <= limit.keys():
                    self._new_code(limit_code(name, limit), ("channels", name, "limits", index), seen)
        for index, limit in enumerate(entries(self.values, "contact_limits")):
            path: Path = ("contact_limits", index)
            self._new_code(limit.get("code"), (*path, "code"), seen)
            self._filters(limit, path)

    def outcomes(self) -> None:
        outcomes = section(self.values, "outcomes")
        path: Path = ("outcomes", "default")
        self._known([outcomes.get("default")], "an outcome", self.names.outcomes, "outcomes.named", path)
        named = section(outcomes, "named")
        default = named.get(str(outcomes.get("default")), {})
        if default.get("sentiment") == "positive":
            text = "expected an outcome that is not positive, got a positive one; silence is no success"
            self.problems.add(path, text)
        if named and not any(outcome.get("sentiment") == "positive" for outcome in named.values()):
            text = (
                "expected a positive outcome, got none; add `sentiment: positive` to what you want to happen"
            )
            self.problems.add(("outcomes", "named"), text)

    def actions(self) -> None:
        for name, action in section(self.values, "actions").items():
            path: Path = ("actions", name)
            if name == NOTHING:
                text = mismatch(
                    "another name", name, "doing nothing is part of every journey; remove this action"
                )
                self.problems.add(path, text)
            if name in self.names.groups:
                remedy = "a group has this name too and levers could not tell them apart; rename one"
                self.problems.add(path, mismatch("a name that no group has", name, remedy))
            self._list(action, "channels", "a channel", self.names.channels, "channels", (*path, "channels"))
            if action.get("channels") == []:
                self.problems.add((*path, "channels"), "expected at least one channel, got none; add one")
            self._list(action, "phases", "a phase", self.names.phases, "phases", (*path, "phases"))
            known, where = self.names.outcomes, "outcomes.named"
            self._list(action, "positive_outcomes", "an outcome", known, where, (*path, "positive_outcomes"))
            self._period(action, path)
            self._prior(action, path)
            check_contents(action, path, section(self.values, "channels"), self.problems)

    def _period(self, action: Values, path: Path) -> None:
        start, end = action.get("starts_at"), action.get("ends_at")
        if start is not None and end is not None and start >= end:
            text = mismatch(
                f"a time after starts_at ({start.isoformat()})", end.isoformat(), "correct one of them"
            )
            self.problems.add((*path, "ends_at"), text)

    def _prior(self, action: Values, path: Path) -> None:
        prior = action.get("prior") or {}
        at = (*path, "prior")
        if prior.get("propensity") in (0.0, 1.0):
            text = mismatch(
                "a probability above 0 and below 1", prior["propensity"], "nothing is certain; write 0.01"
            )
            self.problems.add((*at, "propensity"), text)
        for phase in prior.get("moves") or {}:
            self._known([phase], "a phase", self.names.phases, "phases", (*at, "moves", phase))

    def requirements(self) -> None:
        actions = section(self.values, "actions")
        for name, action in actions.items():
            for field in ("requires", "conflicts"):
                path: Path = ("actions", name, field)
                self._list(action, field, "an action", self.names.actions, "actions", path)
                if name in entries(action, field):
                    self.problems.add(path, mismatch("other actions", name, "remove the action's own name"))
        needs = {
            name: [n for n in entries(a, "requires") if isinstance(n, str) and n in actions]
            for name, a in actions.items()
        }
        for ring in _rings(needs):
            shown = " → ".join(ring)
            text = f"expected requirements without a ring, got {shown}; none of them could ever be taken"
            self.problems.add(("actions", ring[0], "requires"), text)

    def policies(self) -> None:
        seen: dict[str, str] = {}
        for index, policy in enumerate(entries(self.values, "policies")):
            path: Path = ("policies", index)
            self._new_code(policy.get("code"), (*path, "code"), seen)
            self._filters(policy, path)

    def playbook(self) -> None:
        for phase in self.values.get("playbook") or {}:
            path: Path = ("playbook", phase)
            self._known([phase], "a phase", self.names.phases, "phases", path)
            order = self.values["playbook"]
            self._list(order, phase, "an action", self.names.actions, "actions", path)
            self._once(entries(order, phase), path)

    def objective(self) -> None:
        objective = self.values.get("objective") or {}
        levers = objective.get("levers") or {}
        known = {*self.names.actions, *self.names.groups}
        for lever in levers:
            path: Path = ("objective", "levers", lever)
            self._known([lever], "an action or group", known, "actions", path)
        self._shares((objective.get("bounds") or {}).get("shares") or {})
        arms = objective.get("arms") or {}
        shares = [arm.get("share") for arm in arms.values() if arm]
        if shares and None not in shares and not math.isclose(total := math.fsum(shares), 1.0, abs_tol=1e-9):
            text = mismatch("shares of arms that sum to 1", round(total, 9), "change them so that they do")
            self.problems.add(("objective", "arms"), text)

    def golden_decisions(self) -> None:
        answers = {*self.names.actions, NOTHING} if self.names.actions else ()
        attributes = section(self.values, "attributes")
        for index, golden in enumerate(entries(self.values.get("gate") or {}, "golden_decisions")):
            path: Path = ("gate", "golden_decisions", index)
            self._known([golden.get("phase")], "a phase", self.names.phases, "phases", (*path, "phase"))
            self._list(golden, "channels", "a channel", self.names.channels, "channels", (*path, "channels"))
            self._list(golden, "expect", "an action", answers, "actions", (*path, "expect"))
            self._list(golden, "never", "an action", answers, "actions", (*path, "never"))
            for field, known in (("attributes", attributes), ("consent", self.names.consents)):
                for name in golden.get(field) or {}:
                    kind = "an attribute" if field == "attributes" else "a consent"
                    where = "attributes" if field == "attributes" else "consents"
                    self._known([name], kind, known, where, (*path, field, name))
            if not golden.get("expect") and not golden.get("never"):
                self.problems.add(path, "expected `expect` or `never`, got neither; say what is right")

    def withdrawals(self) -> None:
        """What takes back a consent: one that there is."""
        outcomes = section(section(self.values, "outcomes"), "named")
        for path, events in (
            (("touchpoints",), section(self.values, "touchpoints")),
            (("outcomes", "named"), outcomes),
        ):
            for name, event in events.items():
                if isinstance(event, Mapping):
                    at: Path = (*path, name, "withdraws")
                    self._list(event, "withdraws", "a consent", self.names.consents, "consents", at)

    def mail(self) -> None:
        """Defaults for places that there are; plain, because they must not be able to fail."""
        channels = section(self.values, "channels")
        slots = [slot for channel in channels.values() for slot in entries(channel, "placements")]
        for name, texts in section(self.values.get("mail") or {}, "defaults").items():
            path: Path = ("mail", "defaults", name)
            self._known([name], "a placement or channel", [*channels, *slots], "channels", path)
            check_plain(texts, path, self.problems)

    def _shares(self, bounds: Values) -> None:
        """Share bounds: of actions there are, wide enough to be met, and all of them together too."""
        for name, bound in bounds.items():
            path: Path = ("objective", "bounds", "shares", name)
            self._known([name], "an action", self.names.actions, "actions", path)
            low, high = (bound or {}).get("at_least", 0.0), (bound or {}).get("at_most", 1.0)
            if low > high:
                text = mismatch(f"a share of at least at_least ({low:g})", high, "swap or correct them")
                self.problems.add((*path, "at_most"), text)
        total = math.fsum((bound or {}).get("at_least", 0.0) for bound in bounds.values())
        if total > 1.0:
            text = mismatch("at_least of all actions of at most 1 together", round(total, 9), "lower them")
            self.problems.add(("objective", "bounds", "shares"), text)

    def _filters(self, entry: Values, path: Path) -> None:
        """What a policy or limit is about."""
        for field, kind, known in (
            ("actions", "an action", self.names.actions),
            ("groups", "a group", self.names.groups),
            ("channels", "a channel", self.names.channels),
        ):
            where = "actions (field group)" if field == "groups" else field
            self._list(entry, field, kind, known, where, (*path, field))

    def _list(
        self, entry: Values, field: str, kind: str, known: Collection[str], where: str, path: Path
    ) -> None:
        self._known(entries(entry, field), kind, known, where, path, each=lambda i: (*path, i))
        self._once(entries(entry, field), path)

    def _known(
        self,
        used: Iterable[Any],
        kind: str,
        known: Collection[str],
        where: str,
        path: Path,
        each: Callable[[int], Path] | None = None,
    ) -> None:
        if not known and where.partition(".")[0] in _REQUIRED:
            return  # the section is wrong as a whole, which is a problem already
        for index, name in enumerate(used):
            if isinstance(name, str) and name not in known:
                self.problems.add(each(index) if each else path, unknown_name(kind, name, known, where))

    def _once(self, used: list[Any], path: Path) -> None:
        for index, name in enumerate(used):
            if isinstance(name, str) and name in used[:index]:
                self.problems.add((*path, index), mismatch("each name once", name, "remove the second one"))

    def _new_code(self, code: Any, path: Path, seen: dict[str, str]) -> None:
        if not isinstance(code, str):
            return
        if code in seen:
            text = mismatch(
                "a code of its own", code, f"{seen[code]} has it already; reasons must tell rules apart"
            )
            self.problems.add(path, text)
        seen.setdefault(code, f"line {self.problems.lines.of(path)}")


def _rings(needs: Mapping[str, list[str]]) -> list[list[str]]:
    """Every ring of requirements, once each, without recursion."""
    rings: list[list[str]] = []
    done: set[str] = set()
    for start in needs:
        stack = [(start, iter(needs[start]))] if start not in done else []
        trail = [start] if stack else []
        while stack:
            here = next(stack[-1][1], None)
            if here is None:
                done.add(stack.pop()[0])
                trail.pop()
            elif here in trail:
                ring = [*trail[trail.index(here) :], here]
                if len(ring) > 2:  # an action that requires itself is reported where it stands
                    rings.append(ring)
            elif here not in done:
                stack.append((here, iter(needs[here])))
                trail.append(here)
    return rings
