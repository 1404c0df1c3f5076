"""The advantage as a bundle carries it.

Tables, and all it takes to read a customer the way training did. Knows features, contacts and the chance of
each next phase; knows nothing of how tables were learned, of who is eligible, or of prices that changed
since. Plain arrays on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Ints, Mask
from models.errors import BundleError
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.believed import Believed, Outlook, next_phases, outlook
from models.learned.advantage.contacts import Contacts
from models.learned.advantage.model import Advantage, Effects, Situation
from models.learned.files import array_bytes, json_bytes, read_array, read_json

FILE: Final = "advantage.json"
FORMATS: Final = (1, 2, 3)
"""Before and since effects on the odds of moving up were learned too, and with phases that are believed."""
TILT: Final = (0.1, 8.0)
"""How much less and more than usual in the phase may be at stake."""
MARGIN: Final = (0.2, 4.0)
"""How much less and more than usual a customer's rewards may be."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stakes:
    """What a decision can move.

    Attributes:
        reward: (P, P) EUR of a move; (P, P + 1) where phases are believed, the last having left.
        after: (P,) EUR of what follows, discounted.
        margin: (K,) slopes of the reward by attribute. variance: (P,) usual one of the value of what is next.
        up: as ``reward``, whether being in the next phase is worth more than staying in the phase.
    """

    reward: Floats
    after: Floats
    margin: Floats
    variance: Floats
    up: Mask

    def tilt(self, chance: Floats, x: Floats, phase: AnyInts) -> Floats:
        """(n,) how much more than usual in the phase is at stake.

        Args:
            chance: (n, P) of each next phase if nothing is done.
            x: (n, K) attributes, standardised.
        """
        return self.tilted(self.variance_ahead(chance, x, phase), phase)

    def variance_ahead(self, chance: Floats, x: Floats, phase: AnyInts) -> Floats:
        """(n,) variance of the value of what is next, EUR²."""
        worth = self._worth(x, phase)
        mean = (chance * worth).sum(axis=1)
        variance: Floats = np.maximum((chance * worth * worth).sum(axis=1) - mean * mean, 1e-9)
        return variance

    def stake(self, chance: Floats, x: Floats, phase: AnyInts) -> Floats:
        """(n,) EUR that a unit of log-odds of moving up brings: P(up) × what up is worth above the mean."""
        worth, upwards = self._worth(x, phase), chance * self.up[phase]
        mean = (chance * worth).sum(axis=1)
        gain = (upwards * worth).sum(axis=1) - upwards.sum(axis=1) * mean
        result: Floats = np.maximum(gain, 0.0)
        return result

    def believed(self, believed: Believed, belief: Floats, x: Floats) -> Outlook:
        """What is ahead from all phases that are believed in, ``belief`` being (n, P + 1)."""
        moves, x = believed.filter.moves, np.ascontiguousarray(x)  # sums of a row do not depend on the others
        chance = next_phases(belief, moves, believed.slopes, x)
        after = np.append(self.after, 0.0)[None]
        return outlook(belief, moves, chance, self.reward, self.up, self._factor(x), after)

    def tilted(self, variance: Floats, phase: AnyInts) -> Floats:
        """(n,) how much more than usual in the phase such a variance is."""
        result: Floats = np.minimum(np.maximum(variance / self.variance[phase], TILT[0]), TILT[1])
        return result

    def _worth(self, x: Floats, phase: AnyInts) -> Floats:
        worth: Floats = self.reward[phase] * self._factor(x)[:, None] + self.after
        return worth

    def _factor(self, x: Floats) -> Floats:
        factor = 1.0 + (x * self.margin).sum(axis=1)
        return np.asarray(np.minimum(np.maximum(factor, MARGIN[0]), MARGIN[1]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centres:
    """Means in the log of what effects may depend on."""

    taste: Floats
    felt: Floats
    recent: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class ServedAdvantage:
    """Effects of A treatments in money, with what they are read from.

    Attributes:
        advantage: the tables.
        treatments: (action, channel) of each. channels: names.
        attributes: columns of the customer features.
        stakes, centres: see there.
        step_days: (P,) days from one decision to the next.
        value: (A,) EUR of a positive response when this was learned; effects include it.
        error: (P, A) standard error of the effects in money, in units of the scale; attributes are counted
            as for the usual customer. error_of_moves: (P, A) the same of effects on the odds, in their units.
        believed: how phases are believed; None: they are taken at their word.
    """

    advantage: Advantage
    treatments: tuple[tuple[str, str | None], ...]
    channels: tuple[str, ...]
    attributes: AttributeColumns
    stakes: Stakes
    centres: Centres
    step_days: Floats
    value: Floats
    error: Floats
    error_of_moves: Floats
    believed: Believed | None = None

    def situation(
        self,
        contacts: Contacts,
        customer_x: AnyFloats,
        phase: AnyInts,
        chance: Floats,
        stated: Ints | None = None,
    ) -> Situation:
        """What effects depend on.

        Args:
            chance: (n, P) of each next phase if nothing is done.
            stated: (n, W) phases stated lately, as ``StatedPhases`` reads them; where phases are believed.
        """
        x = self.attributes.read(customer_x)
        unit = np.sqrt(self.stakes.variance[phase])
        belief, tilt, stake = self._ahead(x, phase, chance, stated)
        return Situation(
            scale=unit * tilt,
            belief=np.eye(len(self.step_days))[phase] if belief is None else belief,
            attributes=x,
            taste=contacts.taste - self.centres.taste,
            contact=contacts.felt - self.centres.felt,
            recent=contacts.recent - self.centres.recent,
            stake=stake,
        )

    def _ahead(
        self, x: Floats, phase: AnyInts, chance: Floats, stated: Ints | None
    ) -> tuple[Floats | None, Floats, Floats]:
        """Belief, (n, P) or None, tilt and stake."""
        if self.believed is None or stated is None:
            return None, self.stakes.tilt(chance, x, phase), self.stakes.stake(chance, x, phase)
        belief = self.believed.filter.now(stated)
        seen = self.stakes.believed(self.believed, belief, x)
        return np.ascontiguousarray(belief[:, :-1]), self.stakes.tilted(seen.variance, phase), seen.stake

    def effects(
        self,
        contacts: Contacts,
        customer_x: AnyFloats,
        phase: AnyInts,
        chance: Floats,
        stated: Ints | None = None,
    ) -> tuple[Floats, Floats]:
        """Effects and their standard errors, (n, A) EUR each: those of ``situation``, in few steps.

        One product a row: that of a whole matrix adds up in another order than that of a single row.
        """
        x = self.attributes.read(customer_x)
        belief, tilt, stake = self._ahead(x, phase, chance, stated)
        scale = self._unit[phase] * tilt

        def of_phase(table: Floats) -> Floats:
            return table[phase] if belief is None else np.asarray((belief[:, None] @ table)[:, 0])

        cells, weights, by_recent = self._compiled
        features = np.concatenate((x, contacts.felt, contacts.taste), axis=1)[:, None]
        effect = (features @ weights)[:, 0]
        effect += of_phase(cells)
        effect += contacts.recent * by_recent
        effect, error = scale[:, None] * effect, scale[:, None] * of_phase(self.error)
        if self._compiled_moves is None:
            return effect, error
        cells, weights, by_recent = self._compiled_moves
        moved = (features @ weights)[:, 0]
        moved += of_phase(cells)
        moved += contacts.recent * by_recent
        return effect + stake[:, None] * moved, np.hypot(
            error, stake[:, None] * of_phase(self.error_of_moves)
        )

    @cached_property
    def _unit(self) -> Floats:
        return np.asarray(np.sqrt(self.stakes.variance))

    @cached_property
    def _compiled(self) -> tuple[Floats, Floats, Floats]:
        return _tables(self, self.advantage.money, self.advantage.later)

    @cached_property
    def _compiled_moves(self) -> tuple[Floats, Floats, Floats] | None:
        moves, nil = self.advantage.moves, np.zeros_like(self.advantage.later)
        return None if moves is None else _tables(self, moves, nil)

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        return _written(self)

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> ServedAdvantage | None:
        """What ``to_files`` gave; None where a bundle has none.

        Raises:
            BundleError: a file is missing or of another kind, or of another format.
        """
        if FILE not in files:
            return None
        settings = _settings(files)

        def array(name: str) -> Floats:
            return read_array(files, f"advantage_{name}.npy")

        cells, contacts, columns = (array(n) for n in ("cells", "contacts", "columns"))
        cost, value, by_recent, recent = array("treatments")
        variance, after, step_days = array("phases")
        money = _read_money(files, settings, by_recent)
        nil = np.zeros((len(after), len(after)), dtype=bool), cells[2] * 0.0
        read = _read_moves(files, settings, money) if "moves" in settings else (None, *nil)
        moves, up, error_of_moves = read
        return cls(
            advantage=Advantage(cost=cost, later=cells[1], money=money, moves=moves),
            treatments=tuple((action, channel) for action, channel in settings["treatments"]),
            channels=tuple(settings["channels"]),
            attributes=AttributeColumns(
                position=columns[0].astype(np.int64),
                code=columns[1].astype(np.int64),
                mean=columns[2],
                spread=columns[3],
            ),
            stakes=Stakes(reward=array("rewards"), after=after, margin=columns[4], variance=variance, up=up),
            centres=Centres(taste=array("taste"), felt=contacts[5:], recent=recent),
            step_days=step_days,
            value=value,
            error=cells[2],
            error_of_moves=error_of_moves,
            believed=Believed.from_files(files) if settings["format"] == FORMATS[2] else None,
        )


def _written(served: ServedAdvantage) -> dict[str, bytes]:
    own, at, stakes, moves = served.advantage.money, served.attributes, served.stakes, served.advantage.moves
    settings: dict[str, Any] = {
        "format": FORMATS[2] if served.believed else FORMATS[0] if moves is None else FORMATS[1],
        "treatments": [list(each) for each in served.treatments],
        "channels": list(served.channels),
        "phase_share": own.phase_share,
        "personal_share": own.personal_share,
    }
    by_treatment = (served.advantage.cost, served.value, own.by_recent, served.centres.recent)
    files = {
        "advantage_codes.npy": array_bytes(np.stack((own.channel, own.tires.astype(np.int64)))),
        "advantage_treatments.npy": array_bytes(np.stack(by_treatment)),
        "advantage_cells.npy": array_bytes(np.stack((own.by_phase, served.advantage.later, served.error))),
        "advantage_attributes.npy": array_bytes(own.by_attribute),
        "advantage_contacts.npy": array_bytes(np.append(own.by_contact, served.centres.felt)),
        "advantage_taste.npy": array_bytes(served.centres.taste),
        "advantage_columns.npy": array_bytes(
            np.stack((at.position.astype(float), at.code.astype(float), at.mean, at.spread, stakes.margin))
        ),
        "advantage_rewards.npy": array_bytes(stakes.reward),
        "advantage_phases.npy": array_bytes(np.stack((stakes.variance, stakes.after, served.step_days))),
    }
    if moves is not None:
        settings["moves"] = {"phase_share": moves.phase_share, "personal_share": moves.personal_share}
        files |= _written_moves(moves, stakes.up, served.error_of_moves)
    if served.believed is not None:
        files |= served.believed.to_files()
    return {FILE: json_bytes(settings), **files}


def _tables(served: ServedAdvantage, own: Effects, later: Floats) -> tuple[Floats, Floats, Floats]:
    """Cells (P, A) without the centres, weights (K + 4 + C, A), and (A,) of what was sent lately."""
    centres = served.centres
    contact = (own.channel >= 0).astype(np.float64)
    taste, *felt = own.by_contact
    channels = np.arange(len(served.channels))[:, None] == own.channel
    by_felt = np.outer(felt[:2], own.tires), np.outer(felt[2:], contact)
    weights = own.personal_share * np.vstack((own.by_attribute.T, *by_felt, taste * channels))
    by_recent = own.personal_share * own.by_recent
    k = len(served.attributes.position)
    away = np.append(centres.felt, centres.taste) @ weights[k:] + centres.recent * by_recent
    return own.phase_share * own.by_phase + later - away, weights, by_recent


def _settings(files: Mapping[str, bytes]) -> dict[str, Any]:
    settings: dict[str, Any] = read_json(files, FILE)
    if settings.get("format") not in FORMATS:
        raise BundleError(
            f"{FILE} has format {settings.get('format')}, this version reads {FORMATS[0]} to {FORMATS[-1]}. "
            "Serve the bundle with the version that trained it, or train again."
        )
    return settings


def _read_money(files: Mapping[str, bytes], settings: Mapping[str, Any], by_recent: Floats) -> Effects:
    codes = read_array(files, "advantage_codes.npy")
    return Effects(
        channel=codes[0].astype(np.int64),
        tires=codes[1] > 0,
        by_phase=read_array(files, "advantage_cells.npy")[0],
        by_attribute=read_array(files, "advantage_attributes.npy"),
        by_contact=read_array(files, "advantage_contacts.npy")[:5],
        by_recent=by_recent,
        phase_share=float(settings["phase_share"]),
        personal_share=float(settings["personal_share"]),
    )


def _written_moves(moves: Effects, up: Mask, error: Floats) -> dict[str, bytes]:
    return {
        "advantage_up.npy": array_bytes(up.astype(np.int64)),
        "advantage_moves_cells.npy": array_bytes(np.stack((moves.by_phase, error))),
        "advantage_moves_attributes.npy": array_bytes(moves.by_attribute),
        "advantage_moves_contacts.npy": array_bytes(moves.by_contact),
        "advantage_moves_recent.npy": array_bytes(moves.by_recent),
    }


def _read_moves(
    files: Mapping[str, bytes], settings: Mapping[str, Any], money: Effects
) -> tuple[Effects, Mask, Floats]:
    """Effects on the odds, which moves go up, and errors; contacts are as for ``money``."""
    by_phase, error = read_array(files, "advantage_moves_cells.npy")
    moves = replace(
        money,
        by_phase=by_phase,
        by_attribute=read_array(files, "advantage_moves_attributes.npy"),
        by_contact=read_array(files, "advantage_moves_contacts.npy"),
        by_recent=read_array(files, "advantage_moves_recent.npy"),
        phase_share=float(settings["moves"]["phase_share"]),
        personal_share=float(settings["moves"]["personal_share"]),
    )
    return moves, read_array(files, "advantage_up.npy") > 0, error
