"""Writes client/api, the typed client, and the documents that it sends, from schema/schema.graphql and
client/operations. With --check it writes nothing, and fails if what is there is not what it would write.
"""

import argparse
import hashlib
import json
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GENERATOR = ROOT / ".venv-codegen/bin/ariadne-codegen"
SOURCES = ("pyproject.toml", "schema/schema.graphql", "client/transport.py")
OPERATIONS = "client/operations"
SUBSCRIPTIONS = "live.graphql"
PACKAGE = "client/api"
DOCUMENTS = "client/trusted-documents.json"
CHANGES = {
    "from .transport import": "from ..transport import",
    # The transport knows nothing of the generated code and never gets its "not given" marker.
    "variables=variables": "variables={k: v for k, v in variables.items() if v is not UNSET}",
}
"""Changes made to the generator's output."""
DOCSTRING = '"""The typed client of the API. It is generated: `make client` writes it anew."""\n'


def generated() -> dict[str, str]:
    """Every file that belongs to the client, by its path.

    The generator makes no synchronous client with subscriptions. So the models cover all operations, and the
    client's methods all but the subscriptions.
    """
    everything = sorted((ROOT / OPERATIONS).glob("*.graphql"))
    modules = _run("models_only", everything)
    callable_ones = [path for path in everything if path.name != SUBSCRIPTIONS]
    client = _run("client", callable_ones)["client.py"]
    for generated_code, wanted in CHANGES.items():
        client = client.replace(generated_code, wanted)
    modules["client.py"] = client
    files = {f"{PACKAGE}/{name}": code for name, code in modules.items()}
    files[f"{PACKAGE}/__init__.py"] = DOCSTRING
    files[DOCUMENTS] = _by_hash(modules["operations.py"])
    return files


def _run(strategy: str, operations: list[Path]) -> dict[str, str]:
    """The modules that the generator makes of these operations."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / OPERATIONS).mkdir(parents=True)
        (folder / "schema").mkdir()
        for source in [*(ROOT / source for source in SOURCES), *operations]:
            (folder / source.relative_to(ROOT)).symlink_to(source)
        done = subprocess.run([GENERATOR, strategy], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr or done.stdout)
        return {path.name: path.read_text() for path in sorted((folder / PACKAGE).glob("*.py"))}


def _by_hash(code: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".py") as module:
        module.write(code)
        module.flush()
        values = runpy.run_path(module.name)
    texts = [text for name, text in values.items() if name.endswith("_GQL")]
    documents = {hashlib.sha256(text.encode()).hexdigest(): text for text in texts}
    return json.dumps(documents, indent=1, sort_keys=True) + "\n"


def stale(files: dict[str, str]) -> list[str]:
    """The paths of files that are missing, differ or are left over."""
    there = [*(ROOT / PACKAGE).glob("*.py"), *(ROOT / PACKAGE).parent.glob(Path(DOCUMENTS).name)]
    present = {path.relative_to(ROOT).as_posix(): path.read_text() for path in there}
    return sorted(
        path for path in files.keys() | present.keys() if files.get(path) != present.get(path)
    )


def main() -> None:
    """Write the changed files, or with --check only report them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    files = generated()
    changed = stale(files)
    if check and changed:
        sys.exit(f"The generated client is stale ({', '.join(changed)}): run `make client`.")
    for path in changed:
        (ROOT / path).parent.mkdir(exist_ok=True)
        if path in files:
            (ROOT / path).write_text(files[path])
        else:
            (ROOT / path).unlink()


if __name__ == "__main__":
    main()
