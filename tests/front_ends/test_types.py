"""The types that TypeScript's tools make of the schema, as front ends use them."""

import subprocess
from pathlib import Path

from tests.front_ends.suites import FOLDER, NEEDS_NODE

pytestmark = NEEDS_NODE
TOOLS = FOLDER / "node_modules/.bin"


def run(folder: Path, tool: str, *given: str) -> None:
    done = subprocess.run([TOOLS / tool, *given], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_operations_have_types_by_codegen_and_by_gql_tada(recipes: list[str]) -> None:
    """Every scalar is mapped, exactly one of several alternative inputs is accepted, and unselected fields
    are missing: types/ states this, and is compiled strictly."""
    assert {"codegen.ts", "turns.ts", "tada.ts", "tsconfig.json"} <= set(recipes)
    made = FOLDER / "recipes"
    run(made, "graphql-codegen", "--config", "codegen.ts")
    run(made, "gql.tada", "generate-output")
    run(FOLDER, "tsc", "--project", "types")
