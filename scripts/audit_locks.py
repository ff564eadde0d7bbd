"""Compares the locked dependencies with the vulnerabilities that OSV (https://osv.dev) knows of.

    python scripts/audit_locks.py

It ends with status 1 if any is affected. If OSV can't be reached, it reports that nothing was compared and
ends with status 0, or 2 with `--required`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
URL = "https://api.osv.dev/v1/querybatch"
SECONDS = 10.0
AT_ONCE = 500
"""OSV takes up to 1,000 in a request."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins() -> Iterator[tuple[str, str]]:
    """Name and version of every package that a lock names."""
    found = set()
    for lock in sorted((ROOT / "locks").glob("*.txt")):
        found |= {(name.lower(), version) for name, version in _PIN.findall(lock.read_text())}
    yield from sorted(found)


def affected(client: httpx.Client, url: str = URL) -> Iterator[str]:
    """The packages with known vulnerabilities, in words; raises `httpx.HTTPError`."""
    every = list(pins())
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        queries = [
            {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
            for name, version in some
        ]
        answer = client.post(url, json={"queries": queries}).raise_for_status().json()
        for (name, version), result in zip(some, answer["results"], strict=True):
            if known := result.get("vulns"):
                yield f"{name} {version}: {', '.join(each['id'] for each in known)}"


def main() -> None:
    """Compare and report."""
    try:
        with httpx.Client(timeout=SECONDS) as client:
            problems = list(affected(client))
    except httpx.HTTPError as error:
        print(f"OSV can't be reached ({type(error).__name__}): the locks were not compared.")
        sys.exit(2 if "--required" in sys.argv else 0)
    for problem in problems:
        print(problem)
    print(f"{len(list(pins()))} packages compared with OSV, {len(problems)} affected.")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
