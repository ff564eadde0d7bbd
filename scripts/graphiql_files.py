"""Puts GraphiQL's scripts and styles, which npm installed, where the API serves them from.

    python scripts/graphiql_files.py

Strawberry's page names the files, their versions and their hashes.
"""

import base64
import hashlib
import sys
from pathlib import Path

from recollect.http.graphiql import FILES, name_of, sources

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Copy each file whose hash is right; otherwise exit with the reason."""
    folder = Path(str(FILES))
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for source, integrity in sources().items():
        package, _, path = source.rpartition("@")
        _, _, path = path.partition("/")
        content = (ROOT / "node_modules" / package / path).read_bytes()
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        if integrity != f"sha384-{digest}":
            sys.exit(f"{source}: package.json has another version than the page of Strawberry")
        (folder / name_of(source)).write_bytes(content)


if __name__ == "__main__":
    main()
