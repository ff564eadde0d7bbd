"""Settings that are refused, and their error messages."""

import pytest

from recollect.settings.config_file import DEFAULT_CONFIG
from recollect.settings.errors import FORMS
from recollect.settings.settings import Settings, variables
from tests.unit.recollect.given_settings import GOOGLE, IAP, OIDC, field_at, problems

pytestmark = pytest.mark.usefixtures("nothing_set")


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("RECOLLECT_PROT", "RECOLLECT_PORT"),
        ("RECOLLECT_STORES", "RECOLLECT_STORE"),
        (
            "RECOLLECT_SESSION_MANAGEMENT__TRASH_DAY",
            "RECOLLECT_SESSION_MANAGEMENT__TRASH_DAYS",
        ),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, nearest: str
) -> None:
    assert problems(monkeypatch, **{variable: "1"}) == [
        f"{variable}: is not a setting; did you mean {nearest}?"
    ]


def test_a_group_of_settings_is_not_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, RECOLLECT_SESSION_MANAGEMENT="not json")

    assert problem.startswith("RECOLLECT_SESSION_MANAGEMENT: is not a setting")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("stor: sqlite", "stor in config.yaml: is not a setting; did you mean store?"),
        (
            "session_management: {trash_day: 1}",
            "session_management.trash_day in config.yaml: is not a setting; "
            "did you mean session_management.trash_days?",
        ),
        (
            "session_managment: {trash_days: 1}",
            "session_managment in config.yaml: is not a setting; did you mean session_management?",
        ),
        ("zzz: 1", "zzz in config.yaml: is not a setting"),
        ("config: a.yaml", "config in config.yaml: is not a setting"),
    ],
)
def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, content: str, problem: str
) -> None:
    DEFAULT_CONFIG.write_text(content)

    assert problems(monkeypatch) == [problem]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- a", "config.yaml: should hold settings as `name: value`"),
        ("a: [", "config.yaml, line 1: is not YAML"),
        (
            "firestore_emulator_host: localhost:1",
            "FIRESTORE_EMULATOR_HOST: belongs in the environment, where Google's library reads it",
        ),
        (
            "session_management: {trash_days: [1]}",
            "session_management.trash_days in config.yaml: should be a whole number (it is a list)",
        ),
        (
            "session_management: 3",
            "session_management in config.yaml: should be a group of settings, `name: value` "
            "(it is a number)",
        ),
    ],
)
def test_a_file_that_holds_no_settings_is_refused(
    monkeypatch: pytest.MonkeyPatch, content: str, problem: str
) -> None:
    DEFAULT_CONFIG.write_text(content)

    assert problems(monkeypatch) == [problem]


def test_a_named_file_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, RECOLLECT_CONFIG="missing.yaml")

    assert problem.startswith("missing.yaml: can't be read")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"RECOLLECT_PORT": "65536"}, "RECOLLECT_PORT: should be less than or equal to 65535"),
        ({"RECOLLECT_PORT": "abc"}, "RECOLLECT_PORT: should be a whole number (it is text)"),
        ({"RECOLLECT_STORE": "mysql"}, "RECOLLECT_STORE: should be 'sqlite' or 'firestore'"),
        (
            {"RECOLLECT_BIGQUERY_ENDPOINT": "127.0.0.1:9"},
            "RECOLLECT_BIGQUERY_ENDPOINT: should be a",
        ),
        ({"RECOLLECT_PROJECT": "My project"}, "RECOLLECT_PROJECT: should be a project's id, such"),
        ({"RECOLLECT_BIGQUERY_PROJECT": "B"}, "RECOLLECT_BIGQUERY_PROJECT: should be a project"),
        ({"RECOLLECT_LOCATION": "the moon"}, "RECOLLECT_LOCATION: should be a location of BigQ"),
        ({"RECOLLECT_FIRESTORE_DATABASE": "x"}, "RECOLLECT_FIRESTORE_DATABASE: should be (def"),
        ({"RECOLLECT_STORE": "firestore"}, "RECOLLECT_WAREHOUSE: should be bigquery"),
        (
            {"RECOLLECT_ANALYSTS_DATASET": "recollect"},
            "RECOLLECT_ANALYSTS_DATASET: should differ from the dataset of the mirror",
        ),
        ({"RECOLLECT_WAREHOUSE": "bigquery"}, "RECOLLECT_WAREHOUSE: should be duckdb"),
        ({**GOOGLE, "RECOLLECT_PROJECT": ""}, "RECOLLECT_PROJECT: is needed with firestore"),
        ({"RECOLLECT_EMBEDDER": "vertex"}, "RECOLLECT_PROJECT: is needed with the embedder vertex"),
        ({**OIDC, "RECOLLECT_ID_KEY": ""}, "RECOLLECT_ID_KEY: is needed with the oidc identity"),
        ({"RECOLLECT_ID_KEY": "k" * 31}, "RECOLLECT_ID_KEY: is too short: 32 random characters"),
        ({**OIDC, "RECOLLECT_OIDC_ISSUER": ""}, "RECOLLECT_OIDC_ISSUER: is needed with the oidc"),
        ({**OIDC, "RECOLLECT_OIDC_AUDIENCE": ""}, "RECOLLECT_OIDC_AUDIENCE: is needed with"),
        (
            {**OIDC, "RECOLLECT_OIDC_ISSUER": "http://issuer.example"},
            "RECOLLECT_OIDC_ISSUER: should be an https URL",
        ),
        (
            {**OIDC, "RECOLLECT_OIDC_ISSUER": "https://a.example,http://b.example"},
            "RECOLLECT_OIDC_ISSUER: should be an https URL",
        ),
        (
            {**OIDC, "RECOLLECT_OIDC_ISSUER": "https://a.example,"},
            "RECOLLECT_OIDC_ISSUER: should be an https URL",
        ),
        (
            {**OIDC, "RECOLLECT_OIDC_ISSUER": "https://a.example,https://a.example"},
            "RECOLLECT_OIDC_ISSUER: should name each issuer once",
        ),
        (
            {**OIDC, "RECOLLECT_OIDC_AUDIENCE": "one,two"},
            "RECOLLECT_OIDC_AUDIENCE: should be one audience, or 1: one for each issuer",
        ),
        (
            {
                **OIDC,
                "RECOLLECT_OIDC_ISSUER": "https://a.example,https://b.example,https://c.example",
                "RECOLLECT_OIDC_AUDIENCE": "one,two",
            },
            "RECOLLECT_OIDC_AUDIENCE: should be one audience, or 3: one for each issuer in order",
        ),
        (
            {**OIDC, "RECOLLECT_OIDC_AUDIENCE": ","},
            "RECOLLECT_OIDC_AUDIENCE: should have no empty entry",
        ),
        (
            {**OIDC, "RECOLLECT_OIDC_EMAIL_ISSUERS": "https://another.example"},
            "RECOLLECT_OIDC_EMAIL_ISSUERS: should name issuers that are in RECOLLECT_OIDC_ISSUER",
        ),
        ({**IAP, "RECOLLECT_IAP_AUDIENCE": ""}, "RECOLLECT_IAP_AUDIENCE: is needed with the iap"),
        (
            {**IAP, "RECOLLECT_IAP_AUDIENCE": "recollect"},
            "RECOLLECT_IAP_AUDIENCE: should be the proxy's audience, such as /projects/",
        ),
        ({**IAP, "RECOLLECT_ID_KEY": ""}, "RECOLLECT_ID_KEY: is needed with the iap identity"),
        ({**IAP, "RECOLLECT_GUESTS": "on"}, "RECOLLECT_GUESTS: should be off with the iap"),
        ({"RECOLLECT_GUESTS": "perhaps"}, "RECOLLECT_GUESTS: should be true or false"),
        ({"RECOLLECT_GUEST_HOURS": "721"}, "RECOLLECT_GUEST_HOURS: should be less than or equal"),
        ({"RECOLLECT_ADMINS": "a@example.com,b"}, "RECOLLECT_ADMINS: should be e-mail addresses"),
        ({"RECOLLECT_ADMINS": "a@example.com,"}, "RECOLLECT_ADMINS: should be e-mail addresses"),
        ({"RECOLLECT_ADMIN_CLAIM": "admin"}, "RECOLLECT_ADMIN_CLAIM: should be name=value"),
        ({"RECOLLECT_CORS_ORIGINS": "*"}, "RECOLLECT_CORS_ORIGINS: should be exact origins"),
        ({"RECOLLECT_CORS_ORIGINS": "https://a.example/"}, "RECOLLECT_CORS_ORIGINS: should be"),
        ({"RECOLLECT_CORS_ORIGINS": "https://*.example"}, "RECOLLECT_CORS_ORIGINS: should be"),
        ({"RECOLLECT_CORS_ORIGINS": "null"}, "RECOLLECT_CORS_ORIGINS: should be exact origins"),
        ({"RECOLLECT_ANSWERER": "chat"}, "RECOLLECT_ANSWERER: needs RECOLLECT_ANSWER_URL"),
        ({"RECOLLECT_RATE_LIMIT": "-1"}, "RECOLLECT_RATE_LIMIT: should be greater than"),
        ({"RECOLLECT_HOST": "0.0.0.0"}, "RECOLLECT_HOST: should be a loopback address"),
        ({"RECOLLECT_HOST": "192.168.1.4"}, "RECOLLECT_HOST: should be a loopback address"),
        ({"RECOLLECT_HOST": "localhost.example"}, "RECOLLECT_HOST: should be a loopback address"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_what_it_should_be(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    assert [p for p in problems(monkeypatch, **environment) if p.startswith(expected)]


def test_no_setting_is_refused_with_a_pattern() -> None:
    patterned = {
        variable
        for variable, path in variables().items()
        if "pattern=" in repr(field_at(Settings, path))
    }

    assert patterned == set(FORMS)


def test_every_problem_is_listed_at_once_and_no_value_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    DEFAULT_CONFIG.write_text("stor: secret-value")

    found = problems(
        monkeypatch,
        RECOLLECT_STORE="firestore",
        RECOLLECT_ID_KEY="secret-value",
        RECOLLECT_PORT="secret-value",
        RECOLLECT_HOST="secret-value",
        RECOLLECT_PROT="secret-value",
        RECOLLECT_TOKEN="secret-value",
        RECOLLECT_SESSION_MANAGEMENT__TRASH_DAYS="0",
    )

    named = {problem.split(":")[0] for problem in found}
    assert named == {
        "RECOLLECT_WAREHOUSE",
        "RECOLLECT_PROJECT",
        "RECOLLECT_ID_KEY",
        "RECOLLECT_PORT",
        "RECOLLECT_HOST",
        "RECOLLECT_PROT",
        "RECOLLECT_SESSION_MANAGEMENT__TRASH_DAYS",
        "stor in config.yaml",
    }
    assert "secret-value" not in "".join(found)
