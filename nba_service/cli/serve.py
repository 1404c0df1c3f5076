"""``nba serve``: check everything, then listen."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from nba_service.cli.output import say

if TYPE_CHECKING:
    import flask


@click.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen, instead of NBA_HOST.")
@click.option("--port", metavar="NUMBER", help="... instead of NBA_PORT.")
@click.option("--workers", metavar="NUMBER", help="How many processes answer, instead of NBA_WORKERS.")
def serve(**given: str | None) -> None:
    """Start the service (gunicorn), with settings from the environment.

    \b
    Before it listens it checks settings, journey file, champion bundle and store, and migrates the store;
    what is wrong is said, and nothing is served.
      nba serve --port 8080 --workers 4
      NBA_JOURNEY=examples/solar/journey.yaml nba serve     without a bundle: the playbook decides

    \b
    SIGTERM lets running requests finish, Ctrl-C ends at once. A promoted bundle needs no restart.
    All settings: docs/reference/settings.md.
    """
    # Into the environment, where every process of the service reads them, by the same checks.
    os.environ.update({f"NBA_{name.upper()}": value for name, value in given.items() if value is not None})
    run()


def run(extend: Callable[[flask.Flask], None] | None = None) -> None:
    """What the command does; ``extend`` may add to the application, as an example does."""
    from nba_service.process.memory_arenas import limit_memory_arenas
    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    limit_memory_arenas()
    from nba_service.settings import load_settings
    from nba_service.telemetry.shared_files import prepare_directory, remove_directory

    settings = load_settings()
    counts = prepare_directory()  # before anything loads prometheus_client
    master = os.getpid()
    atexit.register(lambda: remove_directory(counts) if os.getpid() == master else None)
    from nba_service.process.logs import configure_logs
    from nba_service.server.gunicorn_conf import Service
    from nba_service.server.startup import prepare

    configure_logs(settings.log_level, settings.log_format)

    for line in prepare(settings):
        say(line)
    say(f"listening on http://{settings.host}:{settings.port} (API: /docs)")
    Service(settings, extend).run()
