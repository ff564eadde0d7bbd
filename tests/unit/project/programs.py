"""Checks the arguments that the documents give each program against the real programs."""

import importlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from streamlit import config as streamlit_config

from recollect.cli import main
from recollect.settings.settings import load_settings, variables
from recollect.tracing.setup import wanted
from tests.unit.project.shell import ROOT, SUBSTITUTED, Command, commands

TERRAFORM = "".join(file.read_text() for file in (ROOT / "deploy" / "terraform").glob("*.tf"))
SCHEMA: GraphQLSchema = build_schema((ROOT / "schema" / "schema.graphql").read_text())
ROUTES = re.compile(r"/graphql|/imports\?dryRun=true|substituted")
"""The routes of the documents' requests; `test_readme` sends each request."""
COMPLETE = {
    "RECOLLECT_IDENTITY": "oidc",
    "RECOLLECT_ID_KEY": "k" * 32,
    "RECOLLECT_OIDC_ISSUER": "https://issuer.example",
    "RECOLLECT_OIDC_AUDIENCE": "recollect",
    "RECOLLECT_PROJECT": "my-project",
}
"""Variables that a document leaves out of an example because it sets them elsewhere."""
OTHERS = {"FIRESTORE_EMULATOR_HOST", "OVERLOAD_SECONDS", "PROJECT", "REGION"}
"""Variables that are not settings of Recollect."""


def operation(text: str) -> None:
    """Validate a GraphQL operation against the schema."""
    assert validate(SCHEMA, parse(text)) == []


def parsed_by(command: click.Command, name: str, arguments: Sequence[str]) -> None:
    """Parse the arguments with the command's own parser, without running the command."""
    context = command.make_context(name, list(arguments))
    while isinstance(context.command, click.Group):
        left = [*context._protected_args, *context.args]
        found, inner, left = context.command.resolve_command(context, left)
        assert inner is not None
        context = inner.make_context(found, left, parent=context)


@dataclass
class Reader:
    """A reader who follows a document from its beginning, in the folder `here`."""

    here: Path

    def follow(self, script: str) -> None:
        """Check each command of a script."""
        found = list(commands(script))
        assert found
        for command in found:
            name = Path(command.program).name
            if name in TOOLS:
                assert " ".join(command.arguments) in TOOLS[name]
            else:
                assert name in PROGRAMS, f"{name}: no rule covers it"
                getattr(self, name)(command.arguments)
        given = assigned(found)
        traced = {name for name in given if name.startswith("OTEL_")}
        assert set(given) <= {*variables(), *OTHERS, *traced}
        assert wanted(given) is bool(traced)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (COMPLETE | given).items():
                patch.setenv(name, COMPLETE.get(name, value) if SUBSTITUTED in value else value)
            load_settings()

    def export(self, arguments: Sequence[str]) -> None:
        assert all("=" in each for each in arguments)

    def recollect(self, arguments: Sequence[str]) -> None:
        parsed_by(main, "recollect", arguments)

    def make(self, arguments: Sequence[str]) -> None:
        rules = (ROOT / "Makefile").read_text()
        targets = {each for each in arguments if "=" not in each}
        variables = {each.split("=")[0] for each in arguments} - targets
        assert targets <= set(re.findall(r"^([a-z-]+):", rules, re.MULTILINE))
        assert variables <= set(re.findall(r"[$][(](?:if |or )?[$(]*([A-Z_]+)", rules))

    def python(self, arguments: Sequence[str]) -> None:
        match arguments:
            case ["-m", "bench" | "bench.peers" as package, *rest]:
                parsed_by(importlib.import_module(f"{package}.__main__").main, package, rest)
            case [
                "-m",
                "bench.clicks"
                | "bench.cost"
                | "bench.plots"
                | "bench.search_quality"
                | "bench.simulate" as module,
                *rest,
            ]:
                parsed_by(importlib.import_module(module).main, module, rest)
            case ["-m", "pytest", *tests]:
                assert tests
                assert all((ROOT / test).exists() for test in tests)
            case ["-m", "aiosmtpd", "--nosetuid", "--listen", _]:
                importlib.import_module("aiosmtpd.main")
            case ["-c", code]:
                compile(code, "a document", "exec")
            case _:
                pytest.fail(f"python {arguments}")

    def curl(self, arguments: Sequence[str]) -> None:
        (url,) = (each for each in arguments if each.startswith("http"))
        place = urlsplit(url)
        assert place.netloc in ("127.0.0.1:8000", f"127.0.0.1:8000{SUBSTITUTED}")
        if place.path:
            assert ROUTES.fullmatch(url.partition(":8000")[2])
        for flag, value in pairwise(arguments):
            if flag == "-d":
                operation(json.loads(value)["query"])
            if flag == "--data-urlencode":
                operation(value.removeprefix("query="))

    def docker(self, arguments: Sequence[str]) -> None:
        match arguments:
            case ["build", "--tag", _, folder]:
                assert (self.here / folder / "Dockerfile").is_file()
            case ["run", "--read-only", "--tmpfs", "/tmp", "recollect", *command]:  # noqa: S108
                self.recollect(command)
            case ["compose", "up", "--build"]:
                assert (self.here / "compose.yaml").is_file()
            case ["push", tag]:
                made = f'"{tag}"'.replace("$REGION", "${var.region}").replace(
                    "$PROJECT", "${var.project}"
                )
                assert made.rpartition(":")[0] in TERRAFORM
            case _:
                pytest.fail(f"docker {arguments}")

    def terraform(self, arguments: Sequence[str]) -> None:
        assert self.here == ROOT / "deploy" / "terraform"
        command, *options = arguments
        assert command in ("init", "plan", "apply")
        for option in options:
            target = re.fullmatch(r"-target=(\w+)\.(\w+)", option)
            assert target, option
            assert f'resource "{target[1]}" "{target[2]}"' in TERRAFORM

    def gcloud(self, arguments: Sequence[str]) -> None:
        match arguments:
            case [
                "secrets",
                "versions",
                "add",
                secret,
                "--data-file=-" | "--data-file=secrets.toml" | "--data-file=password.txt",
            ]:
                name = secret.removeprefix("recollect-")
                assert re.search(rf"^ +{name} += {{ given_as", TERRAFORM, re.MULTILINE)
            case ["run", "jobs", "execute", job, "--region", "$REGION", *given, "--wait"]:
                assert re.search(
                    rf"^ +{job.removeprefix('recollect-')} += {{ args", TERRAFORM, re.M
                )
                for flag in given:
                    self.recollect(flag.removeprefix("--args=").split(","))
            case ["firestore", "backups", "list"]:
                pass
            case [
                "firestore",
                "databases",
                "restore",
                "--source-backup=$BACKUP",
                "--destination-database=restored",
            ]:
                pass
            case ["auth", "login"] | ["auth", "application-default", "login"]:
                pass
            case ["auth", "configure-docker", "$REGION-docker.pkg.dev"]:
                pass
            case ["components", "install", "cloud-firestore-emulator"]:
                pass
            case ["config", "set", "project", "$PROJECT"]:
                pass
            case _:
                pytest.fail(f"gcloud {arguments}")

    def streamlit(self, arguments: Sequence[str]) -> None:
        match arguments:
            case ["run", page, *options]:
                assert (ROOT / page).is_file()
                (flag,) = (each.partition("=")[0] for each in options if each.startswith("--"))
                assert flag.removeprefix("--") in streamlit_config.get_config_options()
            case _:
                pytest.fail(f"streamlit {arguments}")

    def npm(self, arguments: Sequence[str]) -> None:
        match arguments:
            case ["ci"]:
                assert (self.here / "package-lock.json").is_file()
            case ["run", script]:
                assert script in json.loads((self.here / "package.json").read_text())["scripts"]
            case _:
                pytest.fail(f"npm {arguments}")

    def cd(self, arguments: Sequence[str]) -> None:
        (folder,) = arguments
        # The reader is already in a clone of the repository.
        self.here = self.here if folder == "recollect" else self.here / folder
        assert self.here.is_dir()

    def cp(self, arguments: Sequence[str]) -> None:
        assert (self.here / arguments[0]).is_file()

    def echo(self, arguments: Sequence[str]) -> None:
        text, redirection, _ = arguments
        assert redirection == ">"
        assert (ROOT / json.loads(text)["firestore"]["indexes"]).is_file()


PROGRAMS = {name for name in vars(Reader) if not name.startswith("_")} - {"follow", "here"}
TOOLS: Mapping[str, Sequence[str]] = {
    "git": ["clone …"],
    "cat": [".recollect/id_key", "answers.ndjson feedback.ndjson > rows.ndjson"],
    "openssl": ["rand -base64 32"],
    "tr": ["-d \\n"],
    "grep": ['-o /downloads/[^"]*'],
    "npx": ["--yes serve dist"],
    "firebase": ["deploy --only firestore:indexes --project $RECOLLECT_PROJECT"],
}
"""Programs that are used only with these arguments."""


def assigned(found: Sequence[Command]) -> dict[str, str]:
    """All variables that the commands of a block set."""
    given: dict[str, str] = {}
    for command in found:
        given |= command.variables
        if command.program == "export":
            given |= dict(each.split("=", 1) for each in command.arguments)
    return given
