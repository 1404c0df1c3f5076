"""The console script ``nba``.

One group whose commands are imported only when they are called. Knows which command lives where and how
errors leave a process (``CODE: text`` on standard error, exit 1; usage errors 2); knows nothing of what a
command does. ``nba --help`` imports none of them.
"""

from __future__ import annotations

from typing import Final

import click

from nba_service.cli.lazy import Command, LazyGroup

COMMANDS: Final = {
    "journey": Command("nba_service.cli.journey.journey:journey", "Check and show journey files."),
    "content": Command("nba_service.cli.content:content", "Try texts on sample customers; preview them."),
    "serve": Command("nba_service.cli.serve:serve", "Start the service."),
    "decide": Command("nba_service.cli.decide:decide", "Decide for one customer, and say why."),
    "explain": Command("nba_service.cli.explain:explain", "Say why a customer got, or would get, what."),
    "replay": Command("nba_service.cli.past:replay", "Decide the log again; report what differs."),
    "rehearse": Command("nba_service.cli.past:rehearse", "Try a changed journey file on past decisions."),
    "import": Command("nba_service.cli.transfer:import_", "Read the four tables into the store."),
    "export": Command("nba_service.cli.transfer:export", "Write the store as Parquet, for training."),
    "measures": Command(
        "nba_service.cli.measures.measures:measures", "Say what happened, and what it earned."
    ),
    "rollup": Command("nba_service.cli.measures.rollup:rollup", "Bring up to date what measures read."),
    "retention": Command(
        "nba_service.cli.retention:retention", "Delete what is older than you want to keep."
    ),
    "bundles": Command("nba_service.cli.registry:bundles", "List the trained bundles of the registry."),
    "promote": Command("nba_service.cli.registry:promote", "Make a bundle the one that decides."),
    "rollback": Command("nba_service.cli.registry:rollback", "Go back to the bundle before."),
    "keys": Command("nba_service.cli.keys:keys", "Say who may call the service."),
    "mcp": Command(
        "nba_service.cli.clients.mcp:mcp", "Give assistants tools that ask the service. (extra: mcp)"
    ),
    "snippet": Command(
        "nba_service.cli.clients.snippet:snippet", "Print the tag that brings nba.js into a page."
    ),
    "audit": Command("nba_service.cli.audit:audit", "Show and verify who changed what."),
    "doctor": Command("nba_service.cli.doctor:doctor", "Find out why something does not work."),
}
"""Name → where it lives and its line in ``nba --help``. Add yours here."""


@click.group(
    cls=LazyGroup,
    commands_table=COMMANDS,
    entry_point_group="nba.commands",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="nba", prog_name="nba", message="%(prog)s %(version)s")
def main() -> None:
    """Next best action: what to do for this customer, here and now, and why.

    \b
    From historical journeys to a decision:
      nba journey check examples/solar/journey.yaml     is the business configuration right?
      nba train --config examples/solar/training.yaml   learn from history, publish a bundle
      nba serve                                         answer over HTTP
      nba decide --customer c-1042 --explain            one answer here, with its reasons

    Every command has examples of its own: nba COMMAND --help. Errors are one line,
    CODE: what, expected, got, what to do; exit codes: 0 done, 1 failed, 2 wrong usage.
    """
    from nba_service.process.logs import configure_logs

    configure_logs("warning")  # standard output is the command's own: `KEY=$(nba keys create ...)`
