"""``nba train``: learn from historical journeys and publish a bundle.

Knows options and what is printed where: results on standard output, progress on standard error.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from training import api
from training.cli.arms import experiment_options, read_arms, refuse_arms
from training.cli.options import (
    FOLDER,
    config_option,
    journey_option,
    refuse_own_placeholders,
    registry_option,
    seed_option,
)
from training.data.rejects import kept_where_refused
from training.shards.engine import Buckets
from training.shards.one_machine import OneMachine
from training.spark.buckets import spark_buckets

EXPERIMENTS: Final = Path("var/experiments/registry")
"""Where the bundles of experiments are published, unless --registry says otherwise."""


@click.command()
@config_option
@click.option("--data", help="Folder that the sources lie in; with Spark also a URL.")
@journey_option
@registry_option
@click.option("--reports", type=FOLDER, help="Folder of reports.  [default: next to the registry]")
@seed_option
@click.option("--promote", is_flag=True, help="Let the new bundle decide at once.")
@click.option("--tune", type=click.IntRange(min=1), metavar="N", help="Try N sizes of trees first (Optuna).")
@click.option(
    "--cache",
    type=FOLDER,
    help="What earlier runs made and fitted.  [default: next to the registry]",
)
@click.option("--fresh", is_flag=True, help="Make and fit everything again, whatever is kept.")
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work on customers in N shards, one in memory at a time; large arrays lie on disk.",
)
@click.option(
    "--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True, help="What works."
)
@click.option(
    "--master", help="Of Spark, such as local[4] or spark://host:7077; the session that there is if left out."
)
@click.option("--work", help="With Spark: a folder or URL that all workers see.")
@click.option("--machines", type=click.IntRange(min=2), help="With Spark: how many grow trees together.")
@click.option("--scratch", type=FOLDER, help="Where shards lie meanwhile.  [default: next to the registry]")
@click.option("--mlflow", "mlflow_uri", metavar="URI", help="Write the training down there (nba[mlflow]).")
@click.option("--mlflow-experiment", help="Of MLflow.  [default: nba]")
@experiment_options
@click.option("--json", "as_json", is_flag=True, help="Print the bundle's manifest, metrics included.")
def train(
    config: Path | None,
    data: str | None,
    journey: Path | None,
    registry: Path,
    reports: Path | None,
    seed: int | None,
    promote: bool,
    tune: int | None,
    cache: Path | None,
    fresh: bool,
    shards: int | None,
    engine: str,
    master: str | None,
    work: str | None,
    machines: int | None,
    scratch: Path | None,
    mlflow_uri: str | None,
    mlflow_experiment: str | None,
    experiment: Path | None,
    as_json: bool,
    **arms: Any,
) -> None:
    """Learn from historical journeys and publish a bundle.

    The first bundle of a registry decides at once; later ones wait for the gate and `nba promote`.
    Broken off, it resumes: tables, features and every fitted model are kept, keyed by data, configuration,
    code and machine.

    \b
    nba train --config examples/solar/training.yaml --data var/demo/history
    nba train --engine spark --master local[2] --data var/export --journey examples/solar/journey.yaml
    nba train --data var/export --journey examples/solar/journey.yaml   what `nba export` wrote
    nba train --experiment letters.csv --treatment arm --outcome spent --control "no letter"
    """
    refuse_own_placeholders()
    if mlflow_experiment is not None and mlflow_uri is None:
        raise click.UsageError("--mlflow-experiment goes with --mlflow only.")
    chosen = _registry(registry, experiment is not None)
    progress = api.Progress.for_terminal()
    kept = api.Cache(
        root=chosen.parent / "cache" if cache is None else cache,
        fresh=fresh,
        say=lambda text: click.echo(text, err=True),
    )
    if experiment is not None:
        _refuse_with_experiment(config, data, journey, shards, scratch)
        dataset = read_arms(experiment, seed, as_json, arms)
    else:
        refuse_arms(arms)
        if data is None:
            raise click.UsageError("Missing option '--data' (or '--experiment').")
        buckets = _buckets(
            engine, chosen.parent / "scratch" if scratch is None else scratch, shards, master, work, machines
        )
        refused = (reports or chosen.parent / "reports") / "refused"
        with kept_where_refused(refused / "rejects.jsonl"):
            dataset = api.load_tables(
                data, config, journey=journey, progress=progress, cache=kept, buckets=buckets, seed=seed
            )
    result = api.train(
        dataset,
        chosen,
        reports=reports,
        promote=promote,
        seed=seed,
        tune=tune or 0,
        progress=progress,
        cache=kept,
    )
    if mlflow_uri is not None:
        run = api.track(result, mlflow_uri, mlflow_experiment or api.EXPERIMENT)
        click.echo(f"MLflow run {run}", err=True)
    if as_json:
        click.echo(json.dumps(result.manifest.to_json(), ensure_ascii=False, indent=1))
        return
    from training.run.tables_shown import result_console
    from training.run.terminal import show

    show(result, result_console())


def _buckets(
    engine: str, scratch: Path, shards: int | None, master: str | None, work: str | None, machines: int | None
) -> Buckets | None:
    """How the customers are cut; None: not at all."""
    if engine == "spark":
        return spark_buckets(master=master, work=work, machines=machines, count=shards, scratch=scratch)
    if master or work or machines:
        raise click.UsageError("--master, --work and --machines go with --engine spark only.")
    return None if shards is None else Buckets(count=shards, engine=OneMachine(), scratch=scratch)


def _registry(given: Path, is_experiment: bool) -> Path:
    """An experiment's bundle must not become the champion of a company's journey by being the first."""
    stated = click.get_current_context().get_parameter_source("registry")
    if is_experiment and stated is not click.core.ParameterSource.COMMANDLINE:
        return EXPERIMENTS
    return given


def _refuse_with_experiment(
    config: Path | None, data: str | None, journey: Path | None, shards: int | None, scratch: Path | None
) -> None:
    """An option that would do nothing is a mistake, and said."""
    given = {"config": config, "data": data, "journey": journey, "shards": shards, "scratch": scratch}
    for name, value in given.items():
        if value is not None:
            raise click.UsageError(f"--{name} does not go with --experiment, which brings its own.")
