"""Trials put bundles in a role next to the champion."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from models.bundle import check_in_child, read_manifest
from models.bundle.durable_files import sync_directory
from models.errors import RegistryError
from models.registry.aliases import (
    ChampionAlias,
    Role,
    Trial,
    check_reason,
    check_share,
    read_trial,
    utc_text,
    write_alias,
)
from models.registry.files import Admit, Check, RegistryFiles, must_load
from models.registry.shelf import Shelf


class Trials:
    """Who is in which role; ``registry.trials``."""

    def __init__(self, files: RegistryFiles, shelf: Shelf, champion: ChampionAlias) -> None:
        self._files = files
        self._shelf = shelf
        self._champion = champion

    def current(self, role: Role) -> Trial | None:
        """The bundle in a role; None if there is none.

        Raises:
            RegistryError: its alias is damaged.
        """
        try:
            return read_trial(self._files.alias(role), role)
        except FileNotFoundError:
            return None

    def begin(
        self,
        role: Role,
        bundle_id: str,
        reason: str,
        now: datetime,
        *,
        share: float | None = None,
        check: Check = check_in_child,
        admit: Admit | None = None,
    ) -> Trial:
        """Put a bundle into a role, in place of the one that is in it.

        What ``admit`` overrules is kept in the history.

        Raises:
            RegistryError: no such bundle, no reason, a share that cannot be, or it is the champion.
            BundleError: it does not load; nothing changes.
            GateError: ``admit`` refused; nothing changes.
        """
        check_reason(reason)
        check_share(role, share)
        manifest = read_manifest(self._shelf.path(bundle_id)) if admit is not None else None
        must_load(self._shelf.path(bundle_id), check)
        with self._files.locked():
            champion = self._champion.current()
            if champion is not None and champion.bundle == bundle_id:
                raise RegistryError(f"Bundle {bundle_id!r} is the champion; name another as {role}.")
            trial = Trial(role=role, bundle=bundle_id, since=utc_text(now), reason=reason, share=share)
            overruled: tuple[str, ...] = ()
            if admit is not None and manifest is not None:
                overruled = admit(manifest, None if champion is None else champion.bundle)
            forced = {"forced": True, "overruled": list(overruled)} if overruled else {}
            self._files.log({"event": "begin", **asdict(trial), **forced})
            write_alias(self._files.alias(role), trial)
        return trial

    def end(self, role: Role, reason: str, now: datetime) -> None:
        """Take the bundle out of a role.

        Raises:
            RegistryError: no bundle is in it, or no reason.
        """
        check_reason(reason)
        with self._files.locked():
            trial = self.current(role)
            if trial is None:
                raise RegistryError(f"{self._files.root} has no {role}, so there is nothing to end.")
            at = utc_text(now)
            self._files.log(
                {"event": "end", "role": role, "bundle": trial.bundle, "at": at, "reason": reason}
            )
            alias = self._files.alias(role)
            alias.unlink()
            sync_directory(alias.parent)
