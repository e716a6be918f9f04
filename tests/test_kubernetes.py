"""deploy/kubernetes is true: its form by Kubernetes' own schemas, its references, its commands."""

from collections.abc import Iterator
from pathlib import Path

import kubernetes_validate
import pytest
import typer
import yaml

from ioc.cli import root_command
from ioc.probes import probe_address
from ioc.settings import load_settings
from tests.compose import filled

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(set(FOLDER.glob("*.yaml")) - {FOLDER / "kustomization.yaml"})
# The oldest Kubernetes that is still looked after when this was written, and the newest known.
VERSIONS = ("1.34", "1.37")
SERVICES = {"ingest", "listening", "dashboards", "timekeeper", "archive", "vision", "migrate"}
SECRET_KEYS = {
    *(f"{role}-database-url" for role in (*SERVICES - {"migrate", "listening"}, "owner")),
    *("redis-url", "secret", "evidence-key", "valkey-password", "dashboards-replica-url"),
}


def documents() -> Iterator[dict]:
    for file in FILES:
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def of_kind(*kinds: str) -> dict[str, dict]:
    return {one["metadata"]["name"]: one for one in documents() if one["kind"] in kinds}


WORKLOADS = of_kind("Deployment", "StatefulSet", "Job")


def pod_of(name: str) -> dict:
    return WORKLOADS[name]["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_has_the_form_kubernetes_wants(version: str) -> None:
    for one in documents():
        kubernetes_validate.validate(one, version, strict=True)


def test_a_typo_is_found() -> None:
    wrong = {**of_kind("Namespace")["ioc"], "metdata": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_kustomization_names_every_file() -> None:
    known = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(known["resources"]) == [file.name for file in FILES]


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_a_pod_can_harm_nobody_and_is_bounded(name: str) -> None:
    pod = pod_of(name)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    [container] = pod["containers"]
    safety = container["securityContext"]
    assert safety["readOnlyRootFilesystem"]
    assert safety["allowPrivilegeEscalation"] is False
    assert safety["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert ":" in container["image"]
    assert not container["image"].endswith(":latest")
    volumes = {one["name"] for one in pod.get("volumes", [])} | {
        one["metadata"]["name"] for one in WORKLOADS[name]["spec"].get("volumeClaimTemplates", [])
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_started_as_our_command_line_knows_it(name: str) -> None:
    [container] = pod_of(name)["containers"]
    words = [word.replace("$(POD_NAME)", "vision-0") for word in container["args"]]
    node, context = root_command(), None
    while hasattr(node, "get_command"):
        context = typer.Context(node, parent=context, info_name="ioc")
        if words[0].startswith("-") or node.get_command(context, words[0]) is None:
            break
        node, words = node.get_command(context, words[0]), words[1:]
    known = {option for parameter in node.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_is_told_are_settings_that_hold(name: str) -> None:
    [container] = pod_of(name)["containers"]
    shared = of_kind("ConfigMap")["ioc"]["data"]
    given = {
        "IOC_DATABASE_URL": "postgresql+psycopg2://u:p@postgres/ioc",
        "IOC_REDIS_URL": "redis://:p@valkey:6379/0",
        "IOC_SECRET": "0123456789abcdef0123456789abcdef",
        "IOC_EVIDENCE_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }
    told = {}
    for one in container["env"]:
        if "value" in one:
            told[one["name"]] = one["value"]
            continue
        source = one["valueFrom"]
        if "secretKeyRef" in source:
            assert source["secretKeyRef"]["name"] == "ioc"
            assert source["secretKeyRef"]["key"] in SECRET_KEYS
        told[one["name"]] = given.get(one["name"], "")
    assert set(given) <= set(told)
    assert load_settings({**shared, **told}).city == "hue"
    # Whoever serves nothing else is asked at an address of its own.
    address = probe_address(told)
    assert (address is not None) == (name in ("timekeeper", "vision", "listening", "archive"))
    if address is not None:
        assert container["ports"] == [{"name": "probes", "containerPort": address[1]}]
    assert container["envFrom"][0] == {"configMapRef": {"name": "ioc"}}
    # Passwords of cameras, whose names nobody here knows.
    more = [{"secretRef": {"name": "readers", "optional": True}}] if name == "listening" else []
    assert container["envFrom"][1:] == more


@pytest.mark.parametrize(("name", "port"), [("ingest", 8060), ("dashboards", 8050)])
def test_what_serves_is_asked_spread_and_kept_up(name: str, port: int) -> None:
    [container] = pod_of(name)["containers"]
    assert container["args"][-1] == str(port)
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    paths = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    scale = of_kind("HorizontalPodAutoscaler")[name]["spec"]
    assert scale["scaleTargetRef"]["name"] == name
    # Of three, two stay when a machine is emptied.
    assert scale["minReplicas"] > of_kind("PodDisruptionBudget")[name]["spec"]["minAvailable"]
    assert "replicas" not in WORKLOADS[name]["spec"]
    assert of_kind("Service")[name]["spec"]["ports"][0]["port"] == port


@pytest.mark.parametrize(("name", "replicas"), [("listening", 1), ("archive", 0)])
def test_of_what_runs_once_there_are_never_two(name: str, replicas: int) -> None:
    spec = WORKLOADS[name]["spec"]
    assert spec["strategy"] == {"type": "Recreate"}
    # Who looks after the store that is not in this folder says whether its log is kept here.
    assert spec["replicas"] == replicas
    assert name not in {**of_kind("HorizontalPodAutoscaler"), **of_kind("PodDisruptionBudget")}


def test_whoever_keeps_backups_and_lets_them_age_sees_the_same() -> None:
    named = of_kind("ConfigMap")["ioc"]["data"]["IOC_BACKUPS"]
    for name in ("archive", "timekeeper"):
        [container] = pod_of(name)["containers"]
        mounts = {one["name"]: one for one in container["volumeMounts"]}
        assert mounts["backups"]["mountPath"] == named
        assert "readOnly" not in mounts["backups"]
    assert {"evidence", "backups"} <= set(of_kind("PersistentVolumeClaim"))


def test_selectors_find_the_pods_they_mean() -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"] for name, one in WORKLOADS.items()
    }
    for name, found in labels.items():
        assert found == {"app": name, "part-of": "ioc"}
        selector = WORKLOADS[name]["spec"].get("selector", {"matchLabels": {"app": name}})
        assert selector == {"matchLabels": {"app": name}}
    for name, one in of_kind("Service").items():
        assert one["spec"]["selector"] == {"app": name}
        assert name in labels
    for name, one in of_kind("PodDisruptionBudget").items():
        assert one["spec"]["selector"]["matchLabels"] == {"app": name}
        assert name in labels


def test_the_network_is_shut_but_for_what_is_said() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies.pop("nobody")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    opened = {
        name: [port["port"] for port in one["spec"]["ingress"][0]["ports"]]
        for name, one in policies.items()
    }
    assert opened == {"dashboards": [8050], "ingest": [8060], "valkey": [6379]}
    assert all(one["spec"]["ingress"][0]["from"] for one in policies.values())


def test_citus_takes_the_place_of_the_store_and_has_workers() -> None:
    text = (ROOT / "deploy" / "citus" / "compose.yml").read_text(encoding="utf-8")
    compose = yaml.safe_load(filled(text, {"POSTGRES_PASSWORD": "owner1"}))
    services = compose["services"]
    assert set(services) == {"postgres", "citus-worker-1", "citus-worker-2"}
    assert {one["image"] for one in services.values()} == {"citusdata/citus:14.1.0"}
    # Over the file that it is laid upon: the same network, which is one of its own.
    assert "  stores: {internal: true}" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    workers = {name: one for name, one in services.items() if name != "postgres"}
    assert all(one["profiles"] == ["citus"] for one in workers.values())
    for name, one in workers.items():
        assert one["networks"] == ["stores"]
        assert one["volumes"] == [f"{name}:/var/lib/postgresql"]
        assert f"citus_add_node('{name}', 5432)" in text
    assert set(compose["volumes"]) == set(workers)
