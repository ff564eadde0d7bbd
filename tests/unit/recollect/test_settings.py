"""Settings: what is read, from where, and what is refused."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from recollect.settings.config_file import CONFIG_VARIABLE, DEFAULT_CONFIG
from recollect.settings.errors import FORMS, SettingsError
from recollect.settings.settings import Settings, load_settings, variables
from recollect.settings.types import is_loopback, is_trustworthy
from resolvers.configuration import Configuration

ROOT = Path(__file__).parents[3]
KEY = "k" * 32
OIDC = {
    "RECOLLECT_IDENTITY": "oidc",
    "RECOLLECT_OIDC_ISSUER": "https://issuer.example",
    "RECOLLECT_OIDC_AUDIENCE": "recollect",
    "RECOLLECT_ID_KEY": KEY,
}
IAP = {
    "RECOLLECT_IDENTITY": "iap",
    "RECOLLECT_IAP_AUDIENCE": "/projects/1/global/backendServices/2",
    "RECOLLECT_ID_KEY": KEY,
}
GOOGLE = {
    "RECOLLECT_STORE": "firestore",
    "RECOLLECT_WAREHOUSE": "bigquery",
    "RECOLLECT_PROJECT": "demo-x",
    "RECOLLECT_ID_KEY": KEY,
}


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*variables(), CONFIG_VARIABLE]:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return load_settings()


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **environment)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_defaults_are_the_embedded_pair_on_loopback() -> None:
    settings = load_settings()

    assert (settings.store, settings.warehouse, settings.identity) == ("sqlite", "duckdb", "dev")
    assert (settings.host, settings.port, settings.client_port) == ("127.0.0.1", 8000, 8501)
    assert settings.data_dir == Path(".recollect")
    assert settings.configuration == Configuration()


def test_environment_wins_over_the_file_and_the_file_over_the_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    DEFAULT_CONFIG.write_text(
        "port: 1\nsession_management: {trash_days: 3, session_timeout_days: 4}"
    )

    settings = load(monkeypatch, RECOLLECT_SESSION_MANAGEMENT__TRASH_DAYS="5")

    assert settings.port == 1
    rules = settings.configuration.session_management
    assert (rules.trash_days, rules.session_timeout_days) == (5, 4)
    assert rules.max_sessions_per_user == 50


def test_config_variable_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    DEFAULT_CONFIG.write_text("port: 1")
    (tmp_path / "other.yaml").write_text("port: 2")

    assert load(monkeypatch, RECOLLECT_CONFIG="other.yaml").port == 2


def test_every_setting_can_be_set_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        **OIDC,
        **GOOGLE,
        "RECOLLECT_OIDC_EMAIL_ISSUERS": "https://issuer.example",
        "RECOLLECT_SIGNING_KEYS": f"{'s' * 32}, id-key",
        "RECOLLECT_OIDC_AUTHORIZED_PARTIES": "android, ios",
        "RECOLLECT_IAP_AUDIENCE": "/projects/1/apps/a",
        "RECOLLECT_ADMINS": "admin@example.com",
        "RECOLLECT_ADMIN_CLAIM": "roles=admin",
        "RECOLLECT_GUESTS": "on",
        "RECOLLECT_GUEST_HOURS": "12",
        "RECOLLECT_FIRESTORE_DATABASE": "memory",
        "RECOLLECT_BIGQUERY_PROJECT": "demo-y",
        "RECOLLECT_EMBEDDER": "vertex",
        "RECOLLECT_VERTEX_LOCATION": "europe-west3",
        "RECOLLECT_VERTEX_FLOOR": "0.7",
        "RECOLLECT_VERTEX_ENDPOINT": "http://127.0.0.1:6",
        "RECOLLECT_LOCATION": "europe-west3",
        "RECOLLECT_DATASET": "d",
        "RECOLLECT_ANALYSTS_DATASET": "a",
        "RECOLLECT_BIGQUERY_ENDPOINT": "http://127.0.0.1:1",
        "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": "127.0.0.1:2",
        "RECOLLECT_SMALLEST_GROUP": "7",
        "RECOLLECT_MAXIMUM_BYTES_BILLED": "123456789",
        "FIRESTORE_EMULATOR_HOST": "localhost:3",
        "RECOLLECT_HOST": "0.0.0.0",
        "RECOLLECT_PORT": "4",
        "RECOLLECT_CLIENT_PORT": "5",
        "RECOLLECT_METRICS_PORT": "6",
        "RECOLLECT_METRICS_HOST": "0.0.0.0",
        "RECOLLECT_API_URL": "http://api.example",
        "RECOLLECT_PUBLIC_API_URL": "https://api.example",
        "RECOLLECT_ANSWERER": "chat",
        "RECOLLECT_ANSWER_URL": "https://models.example/v1",
        "RECOLLECT_ANSWER_MODEL": "model-1",
        "RECOLLECT_ANSWER_TOKEN": "answer-token",
        "RECOLLECT_ANSWER_MODELS": "model-*",
        "RECOLLECT_ANSWER_TITLES": "on",
        "RECOLLECT_ANSWER_AUTH": "google",
        "RECOLLECT_ANSWER_AUDIENCE": "https://answers.example",
        "RECOLLECT_ANSWER_IMPERSONATE": "client@project.iam.gserviceaccount.com",
        "RECOLLECT_ANSWER_USER": "email",
        "RECOLLECT_CLIENT_METRICS_PORT": "9",
        "RECOLLECT_CLIENT_URL": "https://chat.example",
        "RECOLLECT_MAIL_FROM": "Recollect <recollect@chat.example>",
        "RECOLLECT_SMTP_HOST": "mail.example",
        "RECOLLECT_SMTP_PORT": "465",
        "RECOLLECT_SMTP_USER": "recollect",
        "RECOLLECT_SMTP_PASSWORD": "password",
        "RECOLLECT_SMTP_TLS": "tls",
        "RECOLLECT_DATA_DIR": "/data",
        "RECOLLECT_TOKEN": "t",
        "RECOLLECT_LOG_LEVEL": "WARNING",
        "RECOLLECT_LOG_FORMAT": "google",
        "RECOLLECT_CORS_ORIGINS": "https://chat.example, http://localhost:3000",
        "RECOLLECT_CORS_HEADERS": "traceparent, X-Mine",
        "RECOLLECT_TRUSTED_DOCUMENTS": "/etc/documents.json",
        "RECOLLECT_RATE_LIMIT": "60",
        "RECOLLECT_COST_LIMIT": "1000",
        "RECOLLECT_TIME_LIMIT": "30",
        "RECOLLECT_MAX_BAN_MINUTES": "20",
        "RECOLLECT_MAX_CONNECTIONS": "100",
        "RECOLLECT_MAX_CONNECTIONS_PER_ADDRESS": "10",
        "RECOLLECT_MAX_IMPORT_MB": "13",
        "RECOLLECT_NOTIFICATIONS__HOUR": "9",
        "RECOLLECT_NOTIFICATIONS__WEEKDAY": "friday",
        "RECOLLECT_NOTIFICATIONS__REMINDER_DAYS": "3",
        "RECOLLECT_NOTIFICATIONS__TIME_ZONE": "Europe/Berlin",
        "RECOLLECT_PRICES__CURRENCY": "EUR",
        "RECOLLECT_PRICES__MODELS": '{"model-1": {"input": 2.5, "output": 10}}',
        "RECOLLECT_SESSION_MANAGEMENT__MAX_SESSIONS_PER_USER": "6",
        "RECOLLECT_SESSION_MANAGEMENT__MAX_STORED_MB_PER_USER": "50",
        "RECOLLECT_SESSION_MANAGEMENT__SESSION_TIMEOUT_DAYS": "7",
        "RECOLLECT_SESSION_MANAGEMENT__CONVERSATION_RETENTION_DAYS": "8",
        "RECOLLECT_SESSION_MANAGEMENT__AUTO_ARCHIVE_INACTIVE_DAYS": "9",
        "RECOLLECT_SESSION_MANAGEMENT__TRASH_DAYS": "10",
        "RECOLLECT_SESSION_MANAGEMENT__TEMPORARY_SESSION_HOURS": "12",
        "RECOLLECT_SESSION_MANAGEMENT__GUEST_RETENTION_DAYS": "2",
        "RECOLLECT_USER_PREFERENCES__DEFAULT_RESPONSE_STYLE": "concise",
        "RECOLLECT_USER_PREFERENCES__ALLOW_DATA_EXPORT": "false",
        "RECOLLECT_USER_PREFERENCES__MAX_EXPORT_CONVERSATIONS": "11",
    }
    assert set(values) == set(variables())

    settings = load(monkeypatch, **values)

    assert settings.firestore_emulator_host == "localhost:3"
    assert settings.log_level == "warning"
    assert settings.configuration.user_preferences.allow_data_export is False
    unchanged = [
        path
        for path in variables().values()
        if _at(settings, path) == _at(Settings.model_construct(), path)
    ]
    assert unchanged == []


def _at(model: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        model = getattr(model, name)
    return model


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, RECOLLECT_PROJECT="", RECOLLECT_PORT="").port == 8000


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
        if "pattern=" in repr(_field(Settings, path))
    }

    assert patterned == set(FORMS)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_the_dev_identity_runs_on_loopback(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert load(monkeypatch, RECOLLECT_HOST=host).host == host


def test_production_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, **{**OIDC, **GOOGLE, "RECOLLECT_HOST": "0.0.0.0"})

    assert (settings.store, settings.identity) == ("firestore", "oidc")


def test_settings_behind_the_proxy_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, **{**IAP, **GOOGLE, "RECOLLECT_HOST": "0.0.0.0"})

    assert (settings.identity, settings.guests) == ("iap", False)


@pytest.mark.parametrize(
    ("audience", "of_first", "of_second"), [("one", "one", "one"), ("one, two", "one", "two")]
)
def test_several_issuers_share_one_audience_or_have_one_each(
    monkeypatch: pytest.MonkeyPatch, audience: str, of_first: str, of_second: str
) -> None:
    issuers = {"RECOLLECT_OIDC_ISSUER": "https://a.example, https://b.example"}

    settings = load(monkeypatch, **OIDC | issuers | {"RECOLLECT_OIDC_AUDIENCE": audience})

    assert settings.oidc_audiences == {
        "https://a.example": of_first,
        "https://b.example": of_second,
    }
    assert settings.oidc_authorities == ("https://a.example",)


def test_the_issuers_believed_about_addresses_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load(
        monkeypatch,
        **OIDC
        | {
            "RECOLLECT_OIDC_ISSUER": "https://a.example,https://b.example",
            "RECOLLECT_OIDC_EMAIL_ISSUERS": "https://b.example",
        },
    )

    assert settings.oidc_authorities == ("https://b.example",)


def test_a_list_may_stand_in_the_file_as_a_list_or_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (
        "admins: [a@example.com, b@example.com]",
        "admins: a@example.com, b@example.com",
    ):
        DEFAULT_CONFIG.write_text(content)

        assert load_settings().admins == ("a@example.com", "b@example.com")


@pytest.mark.parametrize(("value", "expected"), [("on", True), ("off", False)])
def test_guests_are_on_or_off(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    assert load(monkeypatch, RECOLLECT_GUESTS=value).guests is expected


def test_users_are_limited_unless_set_otherwise_but_not_with_the_dev_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_settings().requests_per_minute == 0
    assert load(monkeypatch, **OIDC).requests_per_minute == 600
    assert load(monkeypatch, RECOLLECT_RATE_LIMIT="0").requests_per_minute == 0
    assert load(monkeypatch, RECOLLECT_RATE_LIMIT="5").requests_per_minute == 5
    assert load(monkeypatch, RECOLLECT_COST_LIMIT="5").cost_per_minute == 5
    assert load(monkeypatch, RECOLLECT_TIME_LIMIT="5").seconds_per_minute == 5


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


def test_secrets_do_not_show_in_the_settings_text(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, RECOLLECT_TOKEN="my-token", RECOLLECT_ID_KEY=KEY)

    assert "my-token" not in repr(settings)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:9", True),
        ("http://[::1]:9/x", True),
        ("http://a.example", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost@a.example", False),
        ("ftp://localhost", False),
        ("https://", False),
    ],
)
def test_plain_http_is_trusted_on_loopback_only(url: str, trusted: bool) -> None:
    assert is_trustworthy(url) is trusted


def test_names_that_only_look_like_loopback_are_not() -> None:
    assert not any(map(is_loopback, ["", "0.0.0.0", "::", "127.0.0.1.nip.io", "128.0.0.1"]))


def test_the_committed_file_has_every_rule_with_its_default_and_a_comment() -> None:
    text = (ROOT / "config.yaml").read_text()

    assert yaml.safe_load(text) == Configuration().model_dump()
    rules = re.findall(r"(?m)^( *#.*)?\n  (\w+):", text)
    assert len(rules) == sum(len(group) for group in yaml.safe_load(text).values())
    assert all(comment for comment, _ in rules)


def test_every_setting_is_documented_with_its_default_and_nothing_else_is() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    documented = [line for line in text.splitlines() if line.startswith("| `")]

    assert documented == list(_documentation())


def _documentation() -> Iterator[str]:
    yield (
        f"| `{CONFIG_VARIABLE}` | a path | `{DEFAULT_CONFIG}`, if it is there "
        "| The file that settings are read from. |"
    )
    for variable, path in variables().items():
        field = _field(Settings, path)
        default = field.default
        values = default if isinstance(default, tuple) else () if default is None else (default,)
        texts = (str(each).lower() if isinstance(each, bool) else str(each) for each in values)
        shown = ", ".join(f"`{text}`" for text in texts)
        yield f"| `{variable}` | {_values(field)} | {shown} | {field.description} |"


def _field(model: type[BaseModel], path: tuple[str, ...]) -> FieldInfo:
    field = model.model_fields[path[0]]
    if len(path) == 1:
        return field
    assert isinstance(field.annotation, type)
    return _field(field.annotation, path[1:])


def _values(field: FieldInfo) -> str:
    bounds = {
        name: bound
        for item in [*field.metadata, *getattr(field.annotation, "__metadata__", ())]
        for part in [item, *getattr(item, "metadata", ())]
        for name in ("ge", "le")
        if (bound := getattr(part, name, None)) is not None
    }
    if bounds:
        return f"{bounds['ge']} to {bounds['le']}"
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is Literal:
            return ", ".join(f"`{choice}`" for choice in get_args(kind))
    kinds: dict[Any, str] = {bool: "`true`, `false`", Path: "a path", Path | None: "a path"}
    return kinds.get(field.annotation, "text")


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({}, "us-central1"),
        ({"location": "EU"}, "europe-west4"),
        ({"location": "eu"}, "europe-west4"),
        ({"location": "asia-northeast1"}, "asia-northeast1"),
        ({"location": "EU", "vertex_location": "europe-west3"}, "europe-west3"),
    ],
)
def test_vertex_embeds_where_the_datasets_lie(given: dict[str, Any], region: str) -> None:
    assert Settings(**given).vertex_region == region
