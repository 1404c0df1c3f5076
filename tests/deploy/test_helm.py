"""The chart: renders by Helm itself, fits the schemas of Kubernetes, and runs without rights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from nba_service.settings import load_settings, variable_names

helm = pytest.importorskip("helm_python", reason="Helm is not installed (requirements-deploy.lock)")
CHART = Path(__file__).resolve().parents[2] / "deploy/helm/nba"
OTHERWISE = {
    "autoscaling": {"enabled": False},
    "migration": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "replicas": 3,
    "settings": {"NBA_LOG_LEVEL": "warning", "NBA_POLL_SECONDS": 1},
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "nba", "operator": "Exists"}],
}


def rendered(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Kind → object, as ``helm template`` gives them."""
    with helm.Chart.load(str(CHART)) as chart:
        files = chart.render(values, name="demo", namespace="prod")
    found = [one for text in files.values() for one in yaml.safe_load_all(text) if one]
    return {one["kind"]: one for one in found}


def test_helm_has_nothing_to_say_against_it() -> None:
    said = helm.lint(str(CHART), strict=True)

    assert said["errors"] == []
    assert [one["error"] for one in said["messages"] if one["severity"] > 1] == []


@pytest.mark.parametrize("values", [{}, OTHERWISE], ids=["as it is", "otherwise"])
@pytest.mark.parametrize("version", ["1.27", "1.37"])
def test_kubernetes_knows_every_field(values: dict[str, Any], version: str) -> None:
    schemas = pytest.importorskip("kubernetes_validate", reason="not installed (requirements-deploy.lock)")

    for one in rendered(values).values():
        schemas.validate(one, version, strict=True)


def test_what_is_switched_off_is_not_there() -> None:
    usual, otherwise = set(rendered({})), set(rendered(OTHERWISE))

    assert usual == {
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Job",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
    }
    assert usual - otherwise == {"HorizontalPodAutoscaler", "Job", "NetworkPolicy"}
    assert rendered(OTHERWISE)["Deployment"]["spec"]["replicas"] == 3
    assert "replicas" not in rendered({})["Deployment"]["spec"], "the autoscaler decides"


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_pods_have_no_rights_and_cannot_write_but_where_they_must(kind: str) -> None:
    pod = rendered({})[kind]["spec"]["template"]["spec"]
    [container] = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]) == {"requests", "limits"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    assert {"secretRef": {"name": "nba"}} in container["envFrom"]


def test_probes_ports_and_selectors_fit_together() -> None:
    objects = rendered({})
    pod = objects["Deployment"]["spec"]["template"]
    labels, [container] = pod["metadata"]["labels"], pod["spec"]["containers"]

    for selecting in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = objects[selecting]["spec"]
        chosen = spec.get("podSelector", spec.get("selector"))
        chosen = chosen.get("matchLabels", chosen)
        assert chosen.items() <= labels.items()
        assert not chosen.items() <= objects["Job"]["spec"]["template"]["metadata"]["labels"].items()
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    graceful = int(objects["ConfigMap"]["data"]["NBA_GRACEFUL_SECONDS"])
    assert pod["spec"]["terminationGracePeriodSeconds"] > graceful + 5
    assert set(objects["ConfigMap"]["data"]) <= set(variable_names())


def test_replicas_count_together_in_redis() -> None:
    usual, without = rendered({}), rendered({"redisUrl": ""})
    found = usual["ConfigMap"]["data"]["NBA_REDIS_URL"]

    assert load_settings({"NBA_REDIS_URL": found}).redis_url == found
    assert found.endswith(f":{usual['NetworkPolicy']['spec']['egress'][-1]['ports'][-1]['port']}/0")
    assert "NBA_REDIS_URL" not in without["ConfigMap"]["data"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"replica": 2},
        {"secretName": ""},
        {"settings": {"NBA_DATABASE_URL": "postgresql://u:secret@h/d"}},
        {"settings": {"NBA_IDENTITY_SECRET": "0123456789abcdef0123456789abcdef"}},
        {"redisUrl": "redis://:password@redis:6379/0"},
    ],
)
def test_values_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    """A misspelling, no secret, and secrets where everybody reads them."""
    with helm.Chart.load(str(CHART)) as chart, pytest.raises(helm.HelmError):
        chart.validate_schema({**chart.values, **wrong})
