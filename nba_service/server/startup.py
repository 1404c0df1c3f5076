"""What must be right before the service listens.

``nba doctor`` looks at it too. Each check is one question with one answer; the bundle and the journey file
are tried in a child process, so that neither a damaged bundle nor its native library can take the master
down.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models import kernel
from models.errors import NBAError
from models.registry import Registry
from nba_service.api.operations.store_health import full_disks, places_of
from nba_service.data.tables import make_states
from nba_service.engine.child import check_in_child
from nba_service.engine.loading import read_journey
from nba_service.engine.local_copy import last_good
from nba_service.errors import DiskFullError, SettingsError
from nba_service.server.freshness import champion_age, silence
from nba_service.server.safety import left_out, unsafe
from nba_service.settings import Authentication, Environment, Settings
from nba_service.store import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    ``problem`` None: it is right, and ``found`` says what there is.
    """

    name: str
    found: str = ""
    problem: NBAError | None = None


def checks(
    settings: Settings, *, migrate: bool, pages: bool = False, states: bool = False
) -> Iterator[Check]:
    """All that is looked at.

    Args:
        migrate: bring the store's schema up to date.
        pages: read all of the store's file, which may take minutes where it is large, and say how old the
            champion and the newest events are.
        states: compare kept states with the rows, and make those anew that differ.
    """
    yield _run("safety", lambda: _safety(settings))
    yield _run("kernel", _kernel)
    yield _run("journey", lambda: _journey(settings))
    yield _run("bundle", lambda: _bundle(settings))
    store = _run("store", lambda: _store(settings, migrate, pages))
    yield store
    if states:
        yield _run("states", lambda: _states(settings))
    yield _run("keys", lambda: _keys(settings))
    if pages and store.problem is None:
        yield _run("age", lambda: champion_age(settings, datetime.now(UTC)))
        yield _run("events", lambda: silence(settings, datetime.now(UTC)))
    yield _run("disk", lambda: _disk(settings))
    yield _run("port", lambda: _port(settings, ours=True))


def prepare(settings: Settings) -> list[str]:
    """All checks; what was found, or the first problem.

    Raises:
        NBAError: what stands in the way of serving.
    """
    results = []
    for check in checks(settings, migrate=True):
        if check.problem is not None and not isinstance(check.problem, DiskFullError):
            raise check.problem  # with a full disk decisions are made all the same
        results.append(f"{check.name}: {check.problem or check.found}")
    _port(settings, ours=False)
    _note_journey(settings)
    return results


def _note_journey(settings: Settings) -> None:
    """Which journey file is served from now on stands in the audit log."""
    if settings.journey is None:
        return  # it is the bundle's own, and promotions are logged by the registry
    sha256 = hashlib.sha256(settings.journey.read_bytes()).hexdigest()
    store = open_store(settings)
    try:
        at = int(time.time() * 1000)
        store.audit_log.note("journey.served", sha256, {"path": str(settings.journey)}, at)
    finally:
        store.close()


def _run(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, found=look())
    except NBAError as error:
        return Check(name=name, problem=error)


def _kernel() -> str:
    """Whether decisions use compiled loops. Without them nothing is wrong but the CPU it takes."""
    if kernel.native is not None:
        return "compiled"
    return (
        "left out, so decisions take more CPU (the same answers): NBA_KERNEL is 0, or it was not built from"
        " this version; `pip install .` builds it where there is a C compiler"
    )


def _journey(settings: Settings) -> str:
    if settings.journey is None:
        return "the one that the champion bundle carries (NBA_JOURNEY is not set)"
    journey = read_journey(settings.journey)
    return f"{settings.journey} ({len(journey.phases)} phases, {len(journey.actions)} actions)"


def _bundle(settings: Settings) -> str:
    copy = last_good(settings)
    copied = copy.instead_of(Registry(settings.registry))
    if copied is not None:
        check_in_child(replace(settings, registry=copy.root), copied)
        return f"{copied}, the copy in {copy.root}: {settings.registry} is away (REGISTRY_UNAVAILABLE)"
    champion = Registry(settings.registry).champion()
    if champion is None and settings.journey is None:
        raise SettingsError(
            f"Expected a champion bundle in {settings.registry} (NBA_REGISTRY) or a journey file in"
            " NBA_JOURNEY, got neither. Train a bundle with `nba train`, or name a journey file to follow its"
            " playbook until there is one."
        )
    check_in_child(settings, champion)
    return champion or "none; the playbook of the journey file decides (MODEL_UNAVAILABLE)"


def _store(settings: Settings, migrate: bool, pages: bool) -> str:
    store = open_store(settings)
    try:
        if migrate:
            store.migrate()
        store.check()
        if pages:
            store.check_pages()
    finally:
        store.close()  # nothing may cross the fork
    return settings.database_url.rsplit("@")[-1]


def _states(settings: Settings) -> str:
    store = open_store(settings)
    try:
        made = make_states(store, all_people=True)
    finally:
        store.close()
    return f"{made} differed from the rows and were made anew" if made else "all are what the rows say"


def _disk(settings: Settings) -> str:
    full = full_disks(places_of(settings))
    if full:
        raise DiskFullError(" ".join(problem.detail for problem in full))
    return "there is room for " + " and ".join(name for name, _ in places_of(settings))


def _port(settings: Settings, *, ours: bool) -> str:
    """Who has the port; ``ours``: whether a service that answers there is as it should be."""
    address = f"{settings.host}:{settings.port}"
    if settings.port == 0 or {"LISTEN_FDS", "GUNICORN_FD"} & set(os.environ):
        return f"{address} is handed over"
    try:
        family, *_, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if ours and error.errno == errno.EADDRINUSE and _answers(settings):
            return f"{address} is taken by a service that answers"
        raise SettingsError(
            f"The service cannot listen on {address}: {error.strerror}. End the program that has the port, or"
            " choose another with NBA_PORT and NBA_HOST."
        ) from error
    return f"{address} is free"


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return b'"alive"' in connection.getresponse().read(100)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _safety(settings: Settings) -> str:
    problems = list(unsafe(settings))
    if problems and settings.environment is Environment.PRODUCTION:
        raise SettingsError("Unsafe in production:\n" + "\n".join(problems))
    unfit = "".join(f"\n  not for production: {line}" for line in problems)
    without = "".join(f"\n  {line}" for line in left_out(settings))
    return f"environment {settings.environment}{unfit}{without}"


def _keys(settings: Settings) -> str:
    if settings.authentication is Authentication.OFF:
        return "authentication is off: everybody on this machine may do everything"
    store = open_store(settings)
    try:
        now = int(time.time() * 1000)
        live = sum(key.is_live(now) for key in store.keys.unrevoked().values())
    finally:
        store.close()
    how = "make one: nba keys create NAME --scope decide --scope track"
    if not live and settings.environment is Environment.PRODUCTION:
        raise SettingsError(f"Expected at least one live API key in production, got none; {how}")
    return f"{live} live" if live else f"none yet; {how}"
