"""The recipes of docs/front-ends.md, so that the tests run the documented code."""

import re
import shutil
import subprocess

import pytest

from tests.front_ends.suites import FOLDER

DOCUMENT = FOLDER.parents[1] / "docs/front-ends.md"
RECIPE = re.compile(r"```(?:js|ts|jsonc|graphql)\n(?://|#) ([\w.-]+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="session")
def recipes() -> list[str]:
    """The recipes of the document, written as modules."""
    folder = FOLDER / "recipes"
    folder.mkdir(exist_ok=True)
    shutil.copy(FOLDER.parents[1] / "schema/schema.graphql", folder)
    found = RECIPE.findall(DOCUMENT.read_text())
    for name, text in found:
        (folder / name).write_text(text)
    compiler = FOLDER / "node_modules/.bin/relay-compiler"
    subprocess.run([compiler, "relay.config.json"], cwd=FOLDER, check=True)
    return [name for name, _ in found]
