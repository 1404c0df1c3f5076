"""gunicorn's configuration, and the application that ``nba serve`` runs.

Modules are imported, the champion is loaded and the application is composed before the fork, so that workers
share their memory; each worker opens and starts its parts after it: no connection, thread or OpenMP pool ever
crosses it. Worker heartbeats live in memory (``/dev/shm``), because a slow disk must not kill workers; the
control socket is off, because it is shared by everything that has the same HOME.
"""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import flask
import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from models.errors import NBAError
from nba_service.server.gunicorn_logs import JsonLogger, TextLogger
from nba_service.server.master import Master, begin_loading, end_loading
from nba_service.server.worker import Worker
from nba_service.services import EXTENSION
from nba_service.settings import Settings
from nba_service.telemetry.dead_workers import bury
from nba_service.telemetry.shared_files import VARIABLE

if TYPE_CHECKING:
    from nba_service.engine.serving import Serving

log: Final = structlog.get_logger(__name__)


class _QuietResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """An answer that does not say what program gave it."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps it; used if it is there


def gunicorn_options(settings: Settings) -> dict[str, object]:
    """The options, from the settings."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": Worker,
        "timeout": settings.request_timeout_seconds,
        "graceful_timeout": settings.graceful_seconds,
        "keepalive": 30,
        "preload_app": False,
        "control_socket_disable": True,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "limit_request_line": 4_094,
        "limit_request_fields": 50,
        "forwarded_allow_ips": "127.0.0.1",
        "loglevel": settings.log_level,
        "logger_class": TextLogger if settings.log_format == "text" else JsonLogger,
        "proc_name": "nba",
        "pre_fork": begin_loading,
        "post_worker_init": _start_worker,
        "worker_exit": _end_worker,
        "child_exit": _bury_worker,
    }


class Service(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn around ``create_app``; ``extend`` may add to the application."""

    def __init__(self, settings: Settings, extend: Callable[[flask.Flask], None] | None = None) -> None:
        self._extend = extend
        self._champion: Serving | None = None
        self.callable: flask.Flask | None = None
        salt = settings.log_salt or secrets.token_hex(32)  # the same for all workers
        console = settings.console_secret or secrets.token_hex(32)
        self.settings = replace(settings, log_salt=salt, console_secret=console)
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_options(self.settings).items():
            self.cfg.set(name, value)

    def run(self) -> None:
        self.share()
        Master(self).run()

    def share(self) -> None:
        """Make the application and load the champion, once for all workers.

        Nothing in it is opened or started before a worker uses it. What is made after the fork costs memory
        in every worker: that of its own, and that of the pages which it touches on the way.
        """
        from nba_service.engine.serving import load_champion
        from nba_service.engine.warm_up import warm_up

        self._champion = load_champion(self.settings)
        if self._champion is not None:
            warm_up(self._champion)
        self.wsgi()
        gc.collect()
        gc.freeze()  # else the first collection in a worker would copy what they share

    def reload(self) -> None:
        """At a HUP: what later workers fork from is made anew, or stays where that fails."""
        super().reload()
        before = self.callable
        self.callable = None
        try:
            self.share()
        except NBAError as error:  # a master that ended would take the old workers with it
            self.callable = before
            log.error("reload_failed", code=error.code, detail=str(error))

    def load(self) -> flask.Flask:
        from nba_service.app import create_app

        app = create_app(self.settings, champion=self._champion)
        if self._extend is not None:
            self._extend(app)
        return app


def _start_worker(worker: Any) -> None:
    """Load the bundle before the first request comes, and begin to watch the registry."""
    wsgi.Response = _QuietResponse
    services = worker.wsgi.extensions[EXTENSION]
    worker.configure(worker.app.settings, services.telemetry.refused)
    services.start()
    gc.collect()
    gc.freeze()  # what a worker begins with stays: no collection of a request need look at it
    end_loading(worker)


def _end_worker(_server: object, worker: object) -> None:
    application = getattr(worker, "wsgi", None)
    if application is not None:
        application.extensions[EXTENSION].stop()


def _bury_worker(server: Any, worker: Any) -> None:
    """Keep the counts of a worker that has ended, and remove its files. Runs in the master."""
    directory = os.environ.get(VARIABLE)
    if directory is None:
        return
    try:
        bury(Path(directory), worker.pid)
    except (OSError, ValueError) as error:  # the master must not end because of a count
        server.log.warning("counts of worker %s are lost: %s", worker.pid, type(error).__name__)
