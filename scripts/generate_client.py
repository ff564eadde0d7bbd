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
SOURCES = ("pyproject.toml", "schema/schema.graphql", "client/operations", "client/transport.py")
PACKAGE = "client/api"
DOCUMENTS = "client/trusted-documents.json"
DOCSTRING = '"""The typed client of the API. It is generated: `make client` writes it anew."""\n'


def generated(folder: Path) -> dict[str, str]:
    """Every file that belongs to the client, by its path, generated in an empty folder."""
    for source in SOURCES:
        link = folder / source
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(ROOT / source)
    done = subprocess.run([GENERATOR], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr or done.stdout)
    files = {f"{PACKAGE}/__init__.py": DOCSTRING}
    for path in sorted((folder / PACKAGE).glob("*.py")):
        # The generator copies the transport into its package; ours stays the only one.
        if path.name != "transport.py":
            code = path.read_text().replace("from .transport import", "from ..transport import")
            files[f"{PACKAGE}/{path.name}"] = code
    files[DOCUMENTS] = _by_hash(folder / PACKAGE / "operations.py")
    return files


def _by_hash(operations: Path) -> str:
    texts = [
        text for name, text in runpy.run_path(str(operations)).items() if name.endswith("_GQL")
    ]
    documents = {hashlib.sha256(text.encode()).hexdigest(): text for text in texts}
    return json.dumps(documents, indent=1, sort_keys=True) + "\n"


def stale(files: dict[str, str]) -> list[str]:
    """The paths of what is missing, differs or is left over."""
    there = [*(ROOT / PACKAGE).glob("*.py"), *(ROOT / PACKAGE).parent.glob(Path(DOCUMENTS).name)]
    present = {path.relative_to(ROOT).as_posix(): path.read_text() for path in there}
    return sorted(
        path for path in files.keys() | present.keys() if files.get(path) != present.get(path)
    )


def main() -> None:
    """Write what changed, or with --check only say what would."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        files = generated(Path(folder))
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
