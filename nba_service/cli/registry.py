"""``nba bundles``, ``nba promote`` and ``nba rollback``: which trained bundle decides.

Knows the registry and how to show it; knows nothing of what is in a bundle but its manifest. A running
service follows the alias by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nba_service.cli.clock import now
from nba_service.cli.output import Table, json_option, print_json, say

if TYPE_CHECKING:
    from models.bundle import Manifest
    from models.registry import Entry, Promotion, Registry, Trial

registry_option = click.option(
    "--registry",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="NBA_REGISTRY",
    default=Path("var/registry"),
    show_default=True,
    show_envvar=True,
    help="Directory of the registry.",
)
reason_option = click.option("--reason", required=True, help="Why; kept in the registry's history.")


@click.command()
@registry_option
@json_option
def bundles(root: Path, as_json: bool) -> None:
    """List the trained bundles of the registry, the newest first.

    \b
    nba bundles
    nba bundles --json | jq '.[] | select(.champion).bundle_id'
    """
    entries = _registry(root).bundles()
    if as_json:
        print_json([_entry_json(entry) for entry in entries])
    elif entries:
        _table(root, entries).show()
    else:
        say(f"No bundles in {root} yet. Train one: nba train --config training.yaml")


@click.command()
@click.argument("bundle_id", metavar="ID")
@reason_option
@click.option(
    "--force", is_flag=True, help="In any role, although the gate refuses; that and the reason are kept."
)
@click.option(
    "--as",
    "role",
    type=click.Choice(["champion", "challenger", "shadow"]),
    default="champion",
    show_default=True,
    help="challenger: decides for a share of the customers; shadow: computed and logged, never shown.",
)
@click.option("--share", type=float, help="Of the customers, between 0 and 1; only of a challenger.")
@registry_option
@json_option
def promote(
    bundle_id: str, reason: str, force: bool, role: str, share: float | None, root: Path, as_json: bool
) -> None:
    """Make the bundle ID the one that decides, or put it on trial, if it passed the gate.

    Training judged it: calibration, gain over the champion, coverage, worst phase, drift, golden decisions
    (docs/how-to/promote-a-bundle.md). It is also loaded in a process of its own first: one that does not
    load is not promoted, not even by force. A running service switches within seconds, without losing a
    request.

    \b
    nba promote 2026-11-20T02-00Z-4f1c --reason "better on the test month"
    nba promote 2026-11-20T02-00Z-4f1c --force --reason "new catalogue, nothing to compare with"
    nba promote 2026-11-20T02-00Z-4f1c --as challenger --share 0.1 --reason "see what it earns"
    nba promote 2026-11-20T02-00Z-4f1c --as shadow --reason "see what it would do"
    """
    from models.bundle.gate import admit, overrule
    from models.registry import Role

    gate = overrule if force else admit
    if role != "champion":
        trial = _registry(root).trials.begin(Role(role), bundle_id, reason, now(), share=share, admit=gate)
        _show_trial(trial, as_json)
        return
    if share is not None:
        raise click.UsageError("--share is for --as challenger.")
    _show(_registry(root).promote(bundle_id, reason, now(), admit=gate), as_json)


@click.command()
@reason_option
@click.option("--as", "role", type=click.Choice(["champion", "challenger", "shadow"]), default="champion")
@registry_option
@json_option
def rollback(reason: str, role: str, root: Path, as_json: bool) -> None:
    """Go back to the bundle that decided before; once more, to the one before that. Or end a trial.

    \b
    nba rollback --reason "conversion fell since this morning"
    nba rollback --as challenger --reason "seen enough"
    """
    from models.registry import Role

    if role != "champion":
        _registry(root).trials.end(Role(role), reason, now())
        say(f"No bundle is {role} any more.")
        return
    _show(_registry(root).rollback(reason, now()), as_json)


def _registry(root: Path) -> Registry:
    from models.registry import Registry  # here: `nba --help` must not load NumPy

    return Registry(root)


def _show(promotion: Promotion, as_json: bool) -> None:
    if as_json:
        print_json(asdict(promotion))
    else:
        before = f" (before: {promotion.previous})" if promotion.previous else ""
        click.echo(f"{promotion.bundle} decides since {promotion.promoted_at}{before}")


def _show_trial(trial: Trial, as_json: bool) -> None:
    if as_json:
        print_json(asdict(trial))
    else:
        share = "" if trial.share is None else f" for {trial.share:.1%} of the customers"
        click.echo(f"{trial.bundle} is {trial.role}{share} since {trial.since}")


def _entry_json(entry: Entry) -> dict[str, Any]:
    manifest = {} if entry.manifest is None else entry.manifest.to_json()
    return {
        "bundle_id": entry.bundle_id,
        "champion": entry.champion,
        "problem": entry.problem,
        "manifest": manifest,
    }


def _table(root: Path, entries: tuple[Entry, ...]) -> Table:
    return Table(
        title=f"Bundles in {root}",
        columns=("", "bundle", "created", "trained on", "AUC", "earns", "size", "gate", "problem"),
        rows=[_row(entry) for entry in entries],
        right=frozenset({"size", "AUC", "earns"}),
    )


def _row(entry: Entry) -> tuple[str, ...]:
    mark = "champion" if entry.champion else ""
    manifest = entry.manifest
    if manifest is None:
        return (mark, entry.bundle_id, *("",) * 6, entry.problem or "")
    own = manifest.provenance
    window = [f"{t:%Y-%m-%d}" if t else "?" for t in (own.training_from, own.training_until)]
    megabytes = sum(file.size for file in manifest.files.values()) / 1e6
    created = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    size = f"{megabytes:.1f} MB"
    known = (_auc(own.metrics), _earns(own.metrics))
    return (mark, entry.bundle_id, created, " to ".join(window), *known, size, _gate(manifest), "")


def _auc(metrics: Mapping[str, Any]) -> str:
    """Of its propensities on its own later contacts."""
    found = metrics.get("response", {}).get("overall", {}).get("auc")
    return "-" if found is None else f"{found:.3f}"


def _earns(metrics: Mapping[str, Any]) -> str:
    """Per decision, on its own later decisions: bundles of other rows compare by ``nba compare`` alone."""
    ours = metrics.get("policy_value", {}).get("policies", {}).get("ours", {})
    found = ours.get("gamma") or ours.get("dr") or ours.get("snips")
    if not found or ours.get("refused"):
        return "-"
    return f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _gate(manifest: Manifest) -> str:
    """What the gate said when the bundle was trained."""
    verdict = manifest.provenance.extra.get("gate")
    if not isinstance(verdict, Mapping):
        return "not judged"
    return "passed" if verdict.get("passed") else "refused"
