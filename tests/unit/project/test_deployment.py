"""The deployment files match the code: Terraform, the image, compose.yaml and the workflow."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import hcl2
import pytest
import yaml
from opentelemetry.sdk.resources import OTELResourceDetector
from opentelemetry.sdk.trace import TracerProvider

from recollect.cli import main
from recollect.settings.settings import load_settings, variables
from recollect.tracing.setup import wanted

ROOT = Path(__file__).parents[3]
TERRAFORM = ROOT / "deploy" / "terraform"
FILES = sorted(TERRAFORM.glob("*.tf"))
GUIDE = (ROOT / "docs" / "deploying.md").read_text()
RULES = ROOT / "deploy" / "alerts.yaml"
PORT = "RECOLLECT_METRICS_PORT"
NOTES = {"__is_block__", "__comments__", "__inline_comments__"}
"""The keys that the parser adds."""
OWN = {"STREAMLIT_SERVER_ALLOWED_HOSTS"}
"""Variables of other programs that processes get."""


def plain(value: Any) -> Any:
    """Parsed HCL without the quotes that some versions of the parser leave around names and texts."""
    if isinstance(value, Mapping):
        return {plain(name): plain(each) for name, each in value.items() if name not in NOTES}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.strip('"') if isinstance(value, str) else value


@pytest.fixture(scope="module")
def parsed() -> list[dict[str, Any]]:
    return [plain(hcl2.loads(file.read_text())) for file in FILES]


def found(value: Any, wanted: str) -> Iterator[Any]:
    """Every value with the wanted name, at any depth."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == wanted:
                yield each
            yield from found(each, wanted)
    elif isinstance(value, list):
        for each in value:
            yield from found(each, wanted)


def is_command(arguments: list[str]) -> bool:
    command: click.Command | None = main
    for argument in arguments:
        if not isinstance(command, click.Group):
            return False
        command = command.commands.get(argument)
    return command is not None and not isinstance(command, click.Group)


def values() -> dict[str, Any]:
    """The variables that the example sets."""
    example = hcl2.loads((TERRAFORM / "terraform.tfvars.example").read_text())
    return dict(plain(example))


def need_terraform() -> None:
    if not shutil.which("terraform"):
        how = "install Terraform: https://developer.hashicorp.com/terraform/install"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(how)


def test_terraform_is_formatted() -> None:
    need_terraform()
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", TERRAFORM], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def evaluated(folder: Path, **given: object) -> dict[str, dict[str, Any]]:
    """The variables of each kind of process, as Terraform evaluates them from the example and `given`."""
    need_terraform()
    for name in ("variables.tf", "settings.tf"):
        shutil.copy(TERRAFORM / name, folder)
    shutil.copy(TERRAFORM / "terraform.tfvars.example", folder / "terraform.tfvars")
    flags = [f"-var={name}={value}" for name, value in given.items()]
    done = subprocess.run(
        ["terraform", "console", *flags],
        input="jsonencode(local.environment)",
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(json.loads(done.stdout))
    return found


def test_every_variable_that_processes_get_is_a_setting(parsed: list[dict[str, Any]]) -> None:
    names = set(re.findall(r"RECOLLECT_\w+", (TERRAFORM / "settings.tf").read_text()))
    for block in found(parsed, "env"):
        names |= {each["name"] for each in block if "name" in each}
    assert names > {"RECOLLECT_ID_KEY", "RECOLLECT_PROJECT", "RECOLLECT_API_URL"}
    assert {name for name in names if name not in variables()} == OWN


@pytest.mark.parametrize("process", ["api", "exporter", "jobs"])
@pytest.mark.parametrize("identity", ["oidc", "iap"])
def test_with_these_the_settings_are_complete(
    process: str, identity: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audience = "/projects/1/global/backendServices/2" if identity == "iap" else ""
    environment = evaluated(tmp_path, identity=identity, iap_audience=audience)[process]
    monkeypatch.chdir(tmp_path)
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    for name, given in environment.items():
        assert (given["value"] is None) is (given["secret"] is not None)
        monkeypatch.setenv(
            name,
            "a secret of 32 bytes at least, as it has to be" if given["secret"] else given["value"],
        )
    settings = load_settings()
    mails = "none" if process == "exporter" else "smtp"
    assert (settings.store, settings.location, settings.mails) == ("firestore", "EU", mails)
    assert not wanted(dict.fromkeys(environment, "set"))


def test_a_share_of_requests_is_traced_where_terraform_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for process, environment in evaluated(tmp_path, traced_share=0.05).items():
        told = {
            name: each["value"] for name, each in environment.items() if name.startswith("OTEL_")
        }
        assert wanted(told), process
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        assert TracerProvider().sampler.get_description() == "TraceIdRatioBased{0.05}"
        assert OTELResourceDetector().detect().attributes == {"gcp.project_id": "my-project"}
        signed = told["OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER"]
        assert entry_points(group="opentelemetry_otlp_credential_provider", name=signed)


def test_the_example_sets_every_variable_that_needs_a_value_and_no_other() -> None:
    declared = {
        name: body
        for file in FILES
        for block in plain(hcl2.loads(file.read_text())).get("variable", [])
        for name, body in block.items()
    }
    needed = {name for name, body in declared.items() if "default" not in body}
    assert needed <= set(values()) <= set(declared)
    assert all(body.get("description") for body in declared.values())


def test_every_role_is_explained_and_no_other() -> None:
    used = set(re.findall(r'"(roles/[\w.]+)"', "".join(file.read_text() for file in FILES)))
    assert used == set(re.findall(r"^\| `(roles/[\w.]+)`", GUIDE, re.MULTILINE))
    assert not {role for role in used if role.endswith(("/owner", "/editor", "admin"))}


APIS = {
    "google_artifact_registry_": "artifactregistry",
    "google_bigquery_": "bigquery",
    "google_billing_budget": "billingbudgets",
    "google_cloud_run_": "run",
    "google_cloud_scheduler_": "cloudscheduler",
    "google_compute_": "compute",
    "google_firestore_": "firestore",
    "google_monitoring_": "monitoring",
    "google_project_iam_": "cloudresourcemanager",
    "google_project_service": "serviceusage",
    "google_secret_manager_": "secretmanager",
    "google_service_account": "iam",
}
"""The service for each kind of resource. A new project has only the service that enables services."""


def test_the_service_that_makes_each_resource_is_enabled(parsed: list[dict[str, Any]]) -> None:
    made = {kind for block in found(parsed, "resource") for each in block for kind in each}
    needed = {api for kind in made for prefix, api in APIS.items() if kind.startswith(prefix)}
    assert [kind for kind in made if not kind.startswith(tuple(APIS))] == []
    text = (TERRAFORM / "main.tf").read_text()
    enabled = set(re.findall(r'"(\w+)\.googleapis\.com"', text))
    assert needed - {"serviceusage"} <= enabled


def test_the_indexes_are_those_of_the_file() -> None:
    text = (TERRAFORM / "firestore.tf").read_text()
    assert 'jsondecode(file("${path.module}/../firestore.indexes.json"))' in text
    declared = json.loads((TERRAFORM / ".." / "firestore.indexes.json").read_text())
    keys = [
        "/".join(
            [
                index["collectionGroup"],
                *(
                    f"{f['fieldPath']}:{f.get('order') or f['arrayConfig']}"
                    for f in index["fields"]
                ),
            ]
        )
        for index in declared["indexes"]
    ]
    # Terraform would refuse a duplicate key of `for_each`.
    assert len(set(keys)) == len(keys)
    assert {name for index in declared["indexes"] for name in index} == {
        "collectionGroup",
        "queryScope",
        "fields",
    }
    assert all(not field["indexes"] for field in declared["fieldOverrides"])


def test_every_process_runs_a_command_that_exists_from_the_one_image(
    parsed: list[dict[str, Any]],
) -> None:
    commands = [each for each in found(parsed, "args") if isinstance(each, list)]
    assert len(commands) >= 9
    assert [each for each in commands if not is_command(plain(each))] == []
    images = {each for each in found(parsed, "image") if isinstance(each, str)}
    made = "${var.region}-docker.pkg.dev/${var.project}/recollect/recollect:${var.image_tag}"
    assert images == {"${local.image}", "${local.collector}", made}
    assert 'repository_id = "recollect"' in (TERRAFORM / "main.tf").read_text()
    for command in re.findall(r"^\| (`recollect .*?)\| ", GUIDE, re.MULTILINE):
        for each in re.findall(r"`recollect ([\w ]+)`", command):
            assert is_command(each.split())


def test_no_secret_is_replaced_when_an_earlier_release_is_brought_up_to_date(
    parsed: list[dict[str, Any]],
) -> None:
    (declared,) = found(parsed, "declared_secrets")
    moves = [each for block in found(parsed, "moved") for each in block]
    targets = {re.sub(r"[^\w.-]", "", str(each["to"])) for each in moves}
    assert targets == {f"google_secret_manager_secret.secret{name}" for name in declared}


def test_versions_are_pinned_and_data_is_protected(parsed: list[dict[str, Any]]) -> None:
    text = "".join(file.read_text() for file in FILES)
    assert re.search(r'source\s+= "hashicorp/google"\s+version = "~> \d+\.\d+"', text)
    for guard in ("DELETE_PROTECTION_ENABLED", "POINT_IN_TIME_RECOVERY_ENABLED", "prevent_destroy"):
        assert guard in text


def test_alerts_are_the_rules_for_prometheus_on_metrics_that_are_collected(
    parsed: list[dict[str, Any]],
) -> None:
    text = (TERRAFORM / "monitoring.tf").read_text()
    assert 'yamldecode(file("${path.module}/../alerts.yaml")).groups' in text
    groups = {each["name"]: each["rules"] for each in yaml.safe_load(RULES.read_text())["groups"]}
    left_out = set(re.findall(r'group\.name != "([^"]+)"', text))
    assert left_out == {"recollect-exporter", "recollect-mails"} <= set(groups)
    for name, rules in groups.items():
        assert all(re.fullmatch(r"\d+s", rule["for"]) for rule in rules)
        of_exporter = [rule for rule in rules if "recollect_exporter_" in rule["expr"]]
        assert of_exporter == (rules if name == "recollect-exporter" else [])
    # The collector's own default.
    blocks = [each for each in found(parsed, "env") if isinstance(each, list)]
    given = [each for block in blocks for each in block if each.get("name") == PORT]
    assert [each["value"] for each in given] == ["8080"]


def dockerfile() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_image_runs_one_command_by_argument_as_nobody_special() -> None:
    steps = dockerfile()
    assert dict(steps)["ENTRYPOINT"] == '["recollect"]'
    assert is_command(json.loads(dict(steps)["CMD"]))
    (user,) = (value for step, value in steps if step == "USER")
    assert int(user) > 0
    given = {pair.split("=")[0] for step, v in steps if step == "ENV" for pair in v.split()}
    assert {name for name in given if name.startswith("RECOLLECT_")} <= set(variables())
    assert any("--require-hashes -r locks/server.txt" in value for _, value in steps)


def test_what_the_image_is_built_from_is_there_and_not_left_out() -> None:
    let_in = [
        line[1:].rstrip("/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    assert [name for name in let_in if not (ROOT / name).exists()] == []
    wheel = re.findall(r'^"([^"]+)" = "', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    needed = [*wheel, "config.yaml", "locks/server.txt", "deploy/firestore.indexes.json"]
    assert [name for name in needed if not any(name.startswith(each) for each in let_in)] == []


def test_compose_runs_the_image_read_only_with_settings_that_exist() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    ours = {name: each for name, each in compose["services"].items() if "build" in each}
    assert set(ours) == {"init", "api", "exporter", "client"}
    for service in ours.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert is_command(service["command"])
        assert set(service["environment"]) <= set(variables())
    locked = re.search(r"^oidc-provider-mock==(\S+)", (ROOT / "locks/dev.txt").read_text(), re.M)
    assert locked
    assert f"oidc-provider-mock=={locked[1]}" in compose["services"]["issuer"]["command"]


def test_the_workflow_runs_what_everybody_runs_and_builds_the_image() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/checks.yaml").read_text())
    commands = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in commands
    assert "docker build --tag recollect ." in commands
    assert workflow["permissions"] == {"contents": "read"}


def test_the_wheel_holds_no_test_and_no_benchmark(tmp_path: Path) -> None:
    python = ROOT / ".venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "analytics",
        "client",
        "recollect",
        "resolvers",
        "schema",
        "stores",
    }
    assert "stores/firestore/firestore.indexes.json" in names
    assert "client/locale/de/LC_MESSAGES/client.po" in names
    assert not [name for name in names if "test" in Path(name).name and name.endswith(".py")]
