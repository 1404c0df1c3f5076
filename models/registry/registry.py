"""The registry knows which bundle decides.

Knows the order in which its files change, and that other processes use the same registry at the same
time; the bundles themselves are ``shelf.py``, aliases ``aliases.py``, trials ``trials.py``. Layout::

    bundles/<id>/           a bundle each, never changed
    aliases/challenger.json, shadow.json   bundles on trial next to the champion
    aliases/champion.json   the bundle that decides, and those before it; replaced in one step
    promotions.jsonl        every switch, one line each, append-only, each with the hash of the one before
    promotions.head         the hash of the last line

Terms: docs/glossary.md. Promises: docs/adr/0002-bundle-and-registry.md.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from models.bundle import Bundle, check_in_child, read_manifest
from models.errors import RegistryError
from models.registry.aliases import ChampionAlias, Promotion, check_reason, utc_text, write_alias
from models.registry.files import Admit, Check, RegistryFiles, must_load
from models.registry.shelf import Entry, Shelf
from models.registry.trials import Trials

MOST_EARLIER: Final = 50
"""How many switches a rollback can undo, one after the other."""


class Registry:
    """Published bundles under one root.

    Made by its path, which need not exist yet. Several processes may use one registry. Writers wait for each
    other, readers never wait and never see half of anything. One instance is not for several threads at once,
    except ``champion``.

    Attributes:
        root: the directory.
        trials: the bundles in roles next to the champion.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files = RegistryFiles(root)
        self._shelf = Shelf(root, root / "bundles")
        self._alias = ChampionAlias(self._files.champion)
        self.trials = Trials(self._files, self._shelf, self._alias)

    def add(self, staging: Path, bundle_id: str) -> Path:
        """Take a bundle that ``save_bundle`` wrote.

        It is moved, and in place all at once.

        Raises:
            RegistryError: the id is taken, is no directory name, or is not the one in the manifest.
            BundleError: the manifest cannot be read.
        """
        target = self._shelf.target(staging, bundle_id)
        with self._files.locked():
            self._shelf.put(staging, target)
        return target

    def bundles(self) -> tuple[Entry, ...]:
        """All bundles, the newest first; those whose manifest is damaged last."""
        return self._shelf.entries(self.champion())

    def champion(self) -> str | None:
        """The id of the bundle that decides; None before the first promotion.

        Costs one ``stat`` while nothing changes, so a service may ask every second.

        Raises:
            RegistryError: the alias is damaged.
        """
        promotion = self.current()
        return None if promotion is None else promotion.bundle

    def current(self) -> Promotion | None:
        """The alias as it is now; see ``champion``."""
        return self._alias.current()

    def history(self) -> tuple[dict[str, Any], ...]:
        """Every promotion and rollback, the oldest first."""
        return self._files.history()

    def history_problems(self) -> tuple[str, ...]:
        """What is wrong with the log of promotions: lines changed, removed, reordered, or cut off."""
        return self._files.history_problems()

    def path(self, bundle_id: str) -> Path:
        """The directory of a bundle.

        Raises:
            RegistryError: the registry has no such bundle.
        """
        return self._shelf.path(bundle_id)

    def load(self, bundle_id: str) -> Bundle:
        """Load and verify a bundle.

        Raises:
            RegistryError: the registry has no such bundle.
            BundleError, FeatureMismatchError: it cannot be used; see ``load_bundle``.
        """
        return self._shelf.load(bundle_id)

    def promote(
        self,
        bundle_id: str,
        reason: str,
        now: datetime,
        *,
        check: Check = check_in_child,
        admit: Admit | None = None,
    ) -> Promotion:
        """Make a bundle the champion, after it was loaded in a process of its own.

        Promoting the champion again changes nothing. What ``admit`` overrules is kept in the history.

        Raises:
            RegistryError: no such bundle, or no reason.
            BundleError: it does not load; the champion stays.
            GateError: ``admit`` refused; the champion stays.
        """
        check_reason(reason)
        manifest = read_manifest(self.path(bundle_id)) if admit is not None else None
        must_load(self.path(bundle_id), check)
        with self._files.locked():
            current = self.current()
            if current is not None and current.bundle == bundle_id:
                return current
            overruled: tuple[str, ...] = ()
            if admit is not None and manifest is not None:
                overruled = admit(manifest, None if current is None else current.bundle)
            earlier = () if current is None else (*current.earlier, current.bundle)[-MOST_EARLIER:]
            return self._switch("promote", bundle_id, earlier, reason, now, overruled)

    def rollback(self, reason: str, now: datetime, *, check: Check = check_in_child) -> Promotion:
        """Go back to the champion before; once more, to the one before that.

        Raises:
            RegistryError: there is no champion before, or no reason.
            BundleError: that bundle does not load any more; the champion stays.
        """
        check_reason(reason)
        with self._files.locked():
            current = self.current()
            if current is None or not current.earlier:
                now_champion = "no champion" if current is None else f"{current.bundle!r}, the first champion"
                raise RegistryError(
                    f"{self.root} has {now_champion}, so there is nothing to go back to. "
                    "Choose a bundle with `nba promote`."
                )
            target = current.earlier[-1]
            must_load(self.path(target), check)
            return self._switch("rollback", target, current.earlier[:-1], reason, now)

    def _switch(
        self,
        what: str,
        bundle_id: str,
        earlier: tuple[str, ...],
        reason: str,
        now: datetime,
        overruled: tuple[str, ...] = (),
    ) -> Promotion:
        """Log, then replace the alias: a switch is never without its line in the history."""
        current = self.current()
        promotion = Promotion(
            bundle=bundle_id,
            promoted_at=utc_text(now),
            previous=None if current is None else current.bundle,
            reason=reason,
            earlier=earlier,
        )
        line = {key: value for key, value in asdict(promotion).items() if key != "earlier"}
        if overruled:
            line |= {"forced": True, "overruled": list(overruled)}
        self._files.log({"event": what, **line})
        write_alias(self._files.champion, promotion)
        return promotion
