"""What a world file and its journey file say differently."""

from __future__ import annotations

from typing import Any

from training.simulator.world_file.truth import QUIET, WorldFile


def mismatches(world: WorldFile) -> list[str]:
    """What the world file and the journey file say differently."""
    journey = world.journey
    problems = _names("phases", world.phases, journey.phase_index, complete=True)
    problems += _names("channels", world.channels, journey.channel_index, complete=True)
    problems += _names("actions", world.actions, journey.action_index, complete=True)
    for name, phase in world.phases.items():
        targets = [target for target in phase.moves if target != QUIET]
        problems += _names(f"phases.{name}.moves", targets, journey.phase_index)
        if sum(phase.moves.values()) >= 1:
            problems.append(f"field phases.{name}.moves: expected a sum below 1 (staying is the rest)")
        problems += [
            f"field signals: no touchpoint tells of the move {name} > {target}; add `{target}: [...]`"
            for target in targets
            if target in journey.phase_index and not world.signal(name, target)
        ]
    for name, action in world.actions.items():
        problems += _names(f"actions.{name}.response", action.response, journey.phase_index)
        problems += _names(f"actions.{name}.moves", action.moves, journey.phase_index)
        if action.outcome and name in journey.action_index:
            problems += _names(f"actions.{name}.outcome", [action.outcome], journey.positive_outcomes(name))
        for source, effects in action.moves.items():
            known = [*world.phases[source].moves, source, QUIET] if source in world.phases else []
            problems += _names(f"actions.{name}.moves.{source}", effects, known)
    if abs(sum(phase.share for phase in world.phases.values()) - 1) > 1e-6:
        problems.append("field phases.*.share: expected shares that sum to 1")
    return problems + _untold(world) + _told(world)


def _told(world: WorldFile) -> list[str]:
    """What touchpoints tell, and the words of it, stand in the journey file."""
    typed = world.journey.event_properties
    problems = _names("tells", world.tells, typed)
    for touchpoint, properties in world.tells.items():
        known = typed.get(touchpoint, {})
        problems += _names(f"tells.{touchpoint}", properties, known) if known else []
        for name, words in properties.items():
            if name in known:
                problems += _names(f"tells.{touchpoint}.{name}", words, known[name].values)
    return problems


def _untold(world: WorldFile) -> list[str]:
    """Touchpoints without a channel in ``touchpoints``."""
    used = {name for names in world.signals.values() for name in names}
    for phase in world.phases.values():
        used |= {*phase.browsing.touchpoints, *phase.entry}
    used |= {c.touchpoint for c in world.channels.values() if c.touchpoint}
    used |= {a.touchpoint for a in world.actions.values() if a.touchpoint}
    missing = [
        f"field touchpoints: {name} is used but has no channel"
        for name in sorted(used - {*world.touchpoints})
    ]
    return missing + _names("touchpoints (channels)", world.touchpoints.values(), world.journey.channel_index)


def _names(where: str, names: Any, known: Any, *, complete: bool = False) -> list[str]:
    problems = [
        f"field {where}: the journey has no {name!r}; it has {[*known]}"
        for name in names
        if name not in known
    ]
    if complete:
        problems += [
            f"field {where}: {name!r} of the journey is missing" for name in known if name not in names
        ]
    return problems
