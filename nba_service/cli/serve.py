"""``nba serve``: check everything, then listen."""

from __future__ import annotations

import click

from nba_service.cli.output import say


@click.command()
def serve() -> None:
    """Start the service (gunicorn), with settings from the environment.

    \b
    Before it listens it checks settings, journey file, champion bundle and store, and migrates the store;
    what is wrong is said, and nothing is served.
      NBA_PORT=8080 NBA_REGISTRY=var/registry nba serve
      NBA_JOURNEY=examples/solar/journey.yaml nba serve     without a bundle: the playbook decides

    \b
    SIGTERM lets running requests finish, Ctrl-C ends at once. A promoted bundle needs no restart.
    All settings: docs/reference/settings.md.
    """
    from nba_service.gunicorn_conf import Service, one_thread_per_library
    from nba_service.settings import load_settings

    one_thread_per_library()
    settings = load_settings()
    from nba_service.startup import prepare

    for line in prepare(settings):
        say(line)
    say(f"listening on http://{settings.host}:{settings.port} (API: /docs)")
    Service(settings).run()
