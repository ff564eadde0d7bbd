"""Settings: what is read, and from where it is read."""

from pathlib import Path
from typing import Any

import pytest

from recollect.settings.config_file import DEFAULT_CONFIG
from recollect.settings.settings import Settings, load_settings, variables
from recollect.settings.types import is_loopback, is_trustworthy
from resolvers.configuration import Configuration
from tests.unit.recollect.given_settings import GOOGLE, IAP, KEY, OIDC, load

pytestmark = pytest.mark.usefixtures("nothing_set")


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
