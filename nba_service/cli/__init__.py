"""The console script ``nba``.

One group whose commands are imported only when they are called. Knows which command lives where and how
errors leave a process (``CODE: text`` on standard error, exit 1; usage errors 2); knows nothing of what a
command does. ``nba --help`` imports none of them.
"""

from __future__ import annotations

from typing import Final

import click

from nba_service.cli.lazy import Command, LazyGroup

BEGIN: Final = "Say what may be done"
LEARN: Final = "Learn from the past"
DECIDE: Final = "Decide, and look at decisions"
OPERATE: Final = "Run the service"
DATA: Final = "Move and keep data"

COMMANDS: Final = {
    "init": Command("", "Write a journey file and a training file to start with.", BEGIN),
    "journey": Command("nba_service.cli.journey.journey:journey", "Check and show journey files.", BEGIN),
    "content": Command(
        "nba_service.cli.content:content", "Try texts on sample customers; preview them.", BEGIN
    ),
    "rehearse": Command(
        "nba_service.cli.past:rehearse", "Try a changed journey file on past decisions.", BEGIN
    ),
    "tables": Command("", "Check the four tables that a training.yaml makes.", LEARN),
    "train": Command("", "Learn from historical journeys and publish a bundle.", LEARN),
    "compare": Command("", "Compare two bundles on the same later decisions.", LEARN),
    "backtest": Command("", "Train as of past days, and see what followed.", LEARN),
    "learning-curve": Command("", "See whether more customers would help.", LEARN),
    "bundles": Command(
        "nba_service.cli.registry:bundles", "List the trained bundles of the registry.", LEARN
    ),
    "promote": Command("nba_service.cli.registry:promote", "Make a bundle the one that decides.", LEARN),
    "rollback": Command("nba_service.cli.registry:rollback", "Go back to the previous bundle.", LEARN),
    "simulate": Command("", "Make up the history of a simulated company.", LEARN),
    "rollout": Command("", "Measure what a bundle earns in a simulated company.", LEARN),
    "serve": Command("nba_service.cli.serve:serve", "Start the service.", DECIDE),
    "decide": Command(
        "nba_service.cli.decide:decide", "Decide for one customer or a list, and say why.", DECIDE
    ),
    "next": Command("nba_service.cli.worklist:next_", "Say whom to contact next on a channel.", DECIDE),
    "explain": Command(
        "nba_service.cli.explain:explain", "Say why a customer got, or would get, an action.", DECIDE
    ),
    "replay": Command(
        "nba_service.cli.past:replay", "Decide the log again, and report what differs.", DECIDE
    ),
    "measures": Command(
        "nba_service.cli.measures.measures:measures", "Say what happened, and what it earned.", DECIDE
    ),
    "doctor": Command("nba_service.cli.doctor:doctor", "Find out why something does not work.", OPERATE),
    "keys": Command("nba_service.cli.keys:keys", "Say who may call the service.", OPERATE),
    "snippet": Command(
        "nba_service.cli.clients.snippet:snippet", "Print the tag that loads nba.js into a page.", OPERATE
    ),
    "registry": Command("nba_service.cli.mirror:registry", "Copy the registry to or from a URL.", OPERATE),
    "audit": Command("nba_service.cli.audit:audit", "Show who changed what, and verify the log.", OPERATE),
    "import": Command("nba_service.cli.transfer:import_", "Read the four tables into the store.", DATA),
    "export": Command("nba_service.cli.transfer:export", "Write the store as Parquet, for training.", DATA),
    "availability": Command(
        "nba_service.cli.lists.availability:availability", "Say what can be delivered where.", DATA
    ),
    "rollup": Command(
        "nba_service.cli.measures.rollup:rollup", "Update the figures that measures read.", DATA
    ),
    "retention": Command(
        "nba_service.cli.retention:retention", "Delete what is older than you want to keep.", DATA
    ),
    "mcp": Command(
        "nba_service.cli.clients.mcp:mcp", "Give assistants tools to ask the service. (extra: mcp)", OPERATE
    ),
}
"""Name → where it lives, its line in ``nba --help`` and its section. Add yours here.

Those without a target come with the extra ``train``.
"""


@click.group(
    cls=LazyGroup,
    commands_table=COMMANDS,
    entry_point_group="nba.commands",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="nba", prog_name="nba", message="%(prog)s %(version)s")
def main() -> None:
    """Next best action: what to do for this customer now, and why.

    \b
    From historical journeys to a decision:
      nba journey check examples/solar/journey.yaml   is the business configuration right?
      nba train --data var/demo/history --config examples/solar/training.yaml   learn, publish a bundle
      nba serve                                       answer over HTTP
      nba decide --customer c-1042 --explain          one answer here, with its reasons

    For the options and examples of a command: nba COMMAND --help. An error is one line:
    its code, what was expected, what was found, and what to do. Exit codes: 0 done,
    1 failed, 2 wrong usage.
    """
    from nba_service.process.logs import configure_logs

    configure_logs("warning")  # standard output is the command's own: `KEY=$(nba keys create ...)`
