"""The scans of `make check`: secrets are found by their form, and affected dependencies by OSV's answer."""

import json
from pathlib import Path

import httpx
import pytest

from scripts.audit_locks import affected, pins
from scripts.find_secrets import FORMS, found


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("private key", "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0B"),
        ("Google API key", "AIza" + "S" * 35),
        ("Google OAuth secret", "GOCSPX-" + "a" * 28),
        ("Google refresh token", "1//0" + "a" * 40),
        ("service account", '"private_key_id": "' + "a1" * 20 + '"'),
        ("AWS access key", "AKIA" + "A1" * 8),
        ("GitHub token", "ghp_" + "a1" * 18),
        ("GitLab token", "glpat-" + "a" * 20),
        ("OpenAI or Anthropic key", "sk-ant-" + "a1" * 20),
        ("Slack token", "xoxb-" + "1" * 20),
        ("npm or PyPI token", "npm_" + "a" * 36),
        ("password in a URL", "https://user:" + "pass-word@host.example"),
    ],
)
def test_a_secret_of_each_form_is_found_with_its_line(form: str, text: str) -> None:
    assert [*found(f"first\nvalue = {text}")] == [(2, form)]
    assert [*found(f"value = {text.splitlines()[0]}  # not a secret")] == []


def test_every_form_is_tried() -> None:
    marks = test_a_secret_of_each_form_is_found_with_its_line.pytestmark  # type: ignore[attr-defined]
    assert {form for form, _ in marks[0].args[1]} == set(FORMS)


def test_every_lock_is_compared_and_what_is_affected_is_named() -> None:
    asked: list[dict[str, object]] = []

    def osv(request: httpx.Request) -> httpx.Response:
        queries = json.loads(request.content)["queries"]
        asked.extend(queries)
        bad = [
            {"vulns": [{"id": "GHSA-x"}]} if q["package"]["name"] == "jinja2" else {}
            for q in queries
        ]
        return httpx.Response(200, json={"results": bad})

    with httpx.Client(transport=httpx.MockTransport(osv)) as client:
        (problem,) = affected(client)
    assert problem.startswith("jinja2 ")
    assert problem.endswith(": GHSA-x")
    assert len(asked) == len(set(pins())) > 100
    locks = Path(__file__).parents[3] / "locks"
    for lock in locks.glob("*.txt"):
        assert lock.read_text().count("==") > 0
