"""The registry: the directory where published bundles live, and which of them decides.

Knows directories, an alias and its history, and that other processes use the same registry at the same
time; knows a bundle by its id and asks ``models/bundle`` whether it loads. Layout::

    bundles/<id>/           a bundle each, never changed
    aliases/challenger.json, shadow.json   bundles on trial beside it
    aliases/champion.json   the bundle that decides, and those before it; replaced in one step
    promotions.jsonl        every switch, one line each, append-only, each with the hash of the one before
    promotions.head         the hash of the last line

Terms: docs/glossary.md. Promises: docs/adr/0002-bundle-and-registry.md.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from models.bundle import Bundle, Manifest, check_in_child, load_bundle, read_manifest
from models.bundle.manifest import BUNDLE_ID
from models.bundle.save import sync_directory, write_durably
from models.errors import BundleError, RegistryError
from models.registry.promotion_log import chained, lines, problems

MOST_EARLIER: Final = 50
"""How many switches a rollback can undo, one after the other."""

Check = Callable[[Path], str | None]
"""Loads a bundle; None if it loads, else what is wrong."""

Admit = Callable[[Manifest, str | None], tuple[str, ...]]
"""Asked with a bundle's manifest and the champion's id, while nobody else can switch: raises, or returns
the names of the failed checks that the caller overrules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """The alias: which bundle decides, since when and why.

    ``earlier``: the champions before it, the latest last; a rollback goes to the last of them.
    """

    bundle: str
    promoted_at: str  # ISO 8601, UTC
    previous: str | None
    reason: str
    earlier: tuple[str, ...] = ()


class Role(StrEnum):
    """What a bundle may do beside the champion."""

    CHALLENGER = "challenger"  # decides for a share of the customers
    SHADOW = "shadow"  # is computed and logged, and never shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A bundle in a role. ``share``: of the customers, in (0, 1); None for a shadow."""

    role: Role
    bundle: str
    since: str  # ISO 8601, UTC
    reason: str
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bundle of the registry; ``problem`` says why its manifest cannot be read."""

    bundle_id: str
    champion: bool
    manifest: Manifest | None
    problem: str | None = None


class Registry:
    """Published bundles under one root; made by its path, which need not exist yet.

    Several processes may use one registry. Writers wait for each other, readers never wait and never see
    half of anything. One instance is not for several threads at once, except ``champion``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bundles = root / "bundles"
        self._alias = root / "aliases" / "champion.json"
        self._history = root / "promotions.jsonl"
        self._head = root / "promotions.head"
        self._seen: tuple[tuple[int, ...], Promotion] | None = None

    def add(self, staging: Path, bundle_id: str) -> Path:
        """Take a bundle that ``save_bundle`` wrote; it is moved, and in place all at once.

        Raises:
            RegistryError: the id is taken, is no directory name, or is not the one in the manifest.
            BundleError: the manifest cannot be read.
        """
        target = self._directory(bundle_id)
        found = read_manifest(staging).bundle_id
        if found != bundle_id:
            raise RegistryError(f"{staging} is bundle {found!r}, not {bundle_id!r}. Give its own id.")
        with self._locked():
            if target.exists():
                raise RegistryError(
                    f"Bundle {bundle_id!r} is in {self.root} already. Publish under another id."
                )
            self._bundles.mkdir(exist_ok=True)
            _move(staging, target)
        return target

    def bundles(self) -> tuple[Entry, ...]:
        """All bundles, the newest first; those whose manifest is damaged last."""
        champion = self.champion()
        if not self._bundles.is_dir():
            return ()
        names = (path.name for path in self._bundles.iterdir() if BUNDLE_ID.fullmatch(path.name))
        entries = [self._entry(name, champion) for name in sorted(names)]
        return tuple(
            sorted(
                entries, key=lambda e: e.manifest.created_at.timestamp() if e.manifest else 0.0, reverse=True
            )
        )

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
        try:
            found = self._alias.stat()
        except FileNotFoundError:
            return None
        version = (found.st_mtime_ns, found.st_ino, found.st_size)
        seen = self._seen
        if seen is None or seen[0] != version:
            seen = (version, _read_alias(self._alias))
            self._seen = seen
        return seen[1]

    def history(self) -> tuple[dict[str, Any], ...]:
        """Every promotion and rollback, the oldest first."""
        if not self._history.exists():
            return ()
        return tuple(lines(self._history))

    def history_problems(self) -> tuple[str, ...]:
        """What is wrong with the log of promotions: lines changed, removed, reordered, or cut off."""
        head = self._head.read_text().strip() if self._head.exists() else None
        return tuple(problems(self._history, head))

    def path(self, bundle_id: str) -> Path:
        """The directory of a bundle.

        Raises:
            RegistryError: the registry has no such bundle.
        """
        directory = self._directory(bundle_id)
        if not directory.is_dir():
            known = [entry.bundle_id for entry in self.bundles()]
            raise RegistryError(
                f"No bundle {bundle_id!r} in {self.root}; there are {known or 'none'}. "
                "List them with `nba bundles`, or train one with `nba train`."
            )
        return directory

    def load(self, bundle_id: str) -> Bundle:
        """Load and verify a bundle.

        Raises:
            RegistryError: the registry has no such bundle.
            BundleError, FeatureMismatchError: it cannot be used; see ``load_bundle``.
        """
        return load_bundle(self.path(bundle_id))

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
        _check_reason(reason)
        manifest = read_manifest(self.path(bundle_id)) if admit is not None else None
        self._must_load(bundle_id, check)
        with self._locked():
            current = self.current()
            if current is not None and current.bundle == bundle_id:
                return current
            overruled: tuple[str, ...] = ()
            if admit is not None and manifest is not None:
                overruled = admit(manifest, None if current is None else current.bundle)
            earlier = () if current is None else (*current.earlier, current.bundle)[-MOST_EARLIER:]
            return self._switch("promote", bundle_id, earlier, reason, now, overruled)

    def trial(self, role: Role) -> Trial | None:
        """The bundle in a role; None if there is none.

        Raises:
            RegistryError: its alias is damaged.
        """
        try:
            return _read_trial(self._alias_of(role), role)
        except FileNotFoundError:
            return None

    def begin_trial(
        self,
        role: Role,
        bundle_id: str,
        reason: str,
        now: datetime,
        *,
        share: float | None = None,
        check: Check = check_in_child,
    ) -> Trial:
        """Put a bundle into a role, in place of the one that is in it.

        Raises:
            RegistryError: no such bundle, no reason, a share that cannot be, or it is the champion.
            BundleError: it does not load; nothing changes.
        """
        _check_reason(reason)
        _check_share(role, share)
        self._must_load(bundle_id, check)
        with self._locked():
            if self.champion() == bundle_id:
                raise RegistryError(f"Bundle {bundle_id!r} is the champion; name another as {role}.")
            trial = Trial(role=role, bundle=bundle_id, since=_utc(now), reason=reason, share=share)
            line = json.dumps({"event": "begin", **asdict(trial)}, ensure_ascii=False)
            _append_durably(self._history, line)
            _replace_durably(self._alias_of(role), json.dumps(asdict(trial), ensure_ascii=False, indent=1))
        return trial

    def end_trial(self, role: Role, reason: str, now: datetime) -> None:
        """Nobody is in the role any more.

        Raises:
            RegistryError: nobody is, or no reason.
        """
        _check_reason(reason)
        with self._locked():
            trial = self.trial(role)
            if trial is None:
                raise RegistryError(f"{self.root} has no {role}, so there is nothing to end.")
            line = {"event": "end", "role": role, "bundle": trial.bundle, "at": _utc(now), "reason": reason}
            _append_durably(self._history, json.dumps(line, ensure_ascii=False))
            self._alias_of(role).unlink()
            sync_directory(self._alias_of(role).parent)

    def _alias_of(self, role: Role) -> Path:
        return self._alias.with_name(f"{role}.json")

    def rollback(self, reason: str, now: datetime, *, check: Check = check_in_child) -> Promotion:
        """Go back to the champion before; once more, to the one before that.

        Raises:
            RegistryError: there is no champion before, or no reason.
            BundleError: that bundle does not load any more; the champion stays.
        """
        _check_reason(reason)
        with self._locked():
            current = self.current()
            if current is None or not current.earlier:
                now_champion = "no champion" if current is None else f"{current.bundle!r}, the first champion"
                raise RegistryError(
                    f"{self.root} has {now_champion}, so there is nothing to go back to. "
                    "Choose a bundle with `nba promote`."
                )
            target = current.earlier[-1]
            self._must_load(target, check)
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
            promoted_at=_utc(now),
            previous=None if current is None else current.bundle,
            reason=reason,
            earlier=earlier,
        )
        line = {key: value for key, value in asdict(promotion).items() if key != "earlier"}
        if overruled:
            line |= {"forced": True, "overruled": list(overruled)}
        logged = chained(self._history, {"event": what, **line})
        _append_durably(self._history, json.dumps(logged, ensure_ascii=False))
        _replace_durably(self._head, logged["hash"])
        _replace_durably(self._alias, json.dumps(asdict(promotion), ensure_ascii=False, indent=1))
        return promotion

    def _must_load(self, bundle_id: str, check: Check) -> None:
        problem = check(self.path(bundle_id))
        if problem is not None:
            raise BundleError(f"Bundle {bundle_id!r} was not promoted, the champion stays: {problem}")

    def _directory(self, bundle_id: str) -> Path:
        if not BUNDLE_ID.fullmatch(bundle_id):
            raise RegistryError(
                f"Bundle id {bundle_id!r}: expected up to 100 letters, digits, '.', '_' or '-', the first a "
                "letter or digit."
            )
        return self._bundles / bundle_id

    def _entry(self, bundle_id: str, champion: str | None) -> Entry:
        try:
            manifest, problem = read_manifest(self._bundles / bundle_id), None
        except BundleError as error:
            manifest, problem = None, str(error)
        return Entry(bundle_id=bundle_id, champion=bundle_id == champion, manifest=manifest, problem=problem)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait until no other process writes."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _read_trial(path: Path, role: Role) -> Trial:
    data = path.read_bytes()
    try:
        trial = Trial(**{**json.loads(data), "role": role})
        _check_share(role, trial.share)
        if not BUNDLE_ID.fullmatch(trial.bundle):
            raise ValueError("a bundle id that is none")
    except (ValueError, TypeError, KeyError, RegistryError) as error:
        raise RegistryError(f"{path} is damaged ({error}). Remove it, then begin the trial again.") from None
    return trial


def _check_share(role: Role, share: float | None) -> None:
    if role is Role.SHADOW and share is not None:
        raise RegistryError("A shadow decides for nobody; leave the share out.")
    if role is Role.CHALLENGER and not (share is not None and 0.0 < share < 1.0):
        raise RegistryError(f"A challenger needs a share between 0 and 1 (--share 0.1), got {share!r}.")


def _read_alias(path: Path) -> Promotion:
    try:
        stored = json.loads(path.read_bytes())
        promotion = Promotion(**{**stored, "earlier": tuple(stored["earlier"])})
        if not all(BUNDLE_ID.fullmatch(name) for name in (promotion.bundle, *promotion.earlier)):
            raise ValueError("a bundle id that is none")
    except (ValueError, TypeError, KeyError) as error:
        raise RegistryError(
            f"{path} is damaged ({error}). Choose a bundle again: remove this file, then `nba promote`."
        ) from None
    return promotion


def _append_durably(path: Path, line: str) -> None:
    with path.open("a+b") as file:
        torn = file.tell() > 0 and _last_byte(file) != b"\n"
        file.write((b"\n" if torn else b"") + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _last_byte(file: Any) -> bytes:
    file.seek(-1, os.SEEK_END)
    found: bytes = file.read(1)
    return found


def _replace_durably(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    os.close(descriptor)
    staging = Path(name)
    try:
        write_durably(staging, text.encode() + b"\n")
        staging.chmod(0o644)
        staging.replace(path)
    except BaseException:
        staging.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def _move(staging: Path, target: Path) -> None:
    """Rename; from another file system, copy beside the target first."""
    try:
        staging.rename(target)
    except OSError:
        beside = Path(tempfile.mkdtemp(prefix=".add-", dir=target.parent))
        try:
            for source in sorted(staging.iterdir()):
                write_durably(beside / source.name, source.read_bytes())
            beside.chmod(0o755)
            sync_directory(beside)
            beside.rename(target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        shutil.rmtree(staging)
    sync_directory(target.parent)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise RegistryError("A switch of the champion needs a reason; give one with --reason.")


def _utc(now: datetime) -> str:
    if now.tzinfo is None:
        raise RegistryError(f"A promotion needs a time with a time zone, got {now.isoformat()}.")
    return now.astimezone(UTC).isoformat().replace("+00:00", "Z")
