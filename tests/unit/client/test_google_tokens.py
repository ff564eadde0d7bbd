"""Requests to answer services carry Google's tokens, which are renewed before they expire."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import google.auth
import httpx
import pytest
from google.auth import iam
from google.auth.compute_engine import _metadata
from google.oauth2.credentials import Credentials

from client.answerers import AnswererError, Question
from client.answerers.answer_app import AnswerApp
from client.answerers.google_tokens import GoogleToken
from tests.google_metadata import ACCESS_TOKEN, MetadataServer
from tests.unit.client.answer_services import Reply, Service, ask, serving

AUDIENCE = "https://answers.example"
ACCOUNT = "client@project.iam.gserviceaccount.com"


@pytest.fixture(params=[3600])
def metadata(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MetadataServer]:
    server = MetadataServer(seconds=request.param)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with server.running():
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", server.address)
        monkeypatch.setenv("GCE_METADATA_IP", server.address)
        yield server


@pytest.fixture
def service() -> Iterator[Service]:
    with serving(lambda path, body: Reply({})) as service:
        yield service


def sent(service: Service) -> list[str]:
    return [headers["Authorization"] for headers in service.headers]


def test_an_id_token_for_the_audience_is_sent_and_used_again(
    metadata: MetadataServer, service: Service
) -> None:
    with httpx.Client(auth=GoogleToken(AUDIENCE, None)) as client:
        for _ in range(3):
            client.post(service.url, json={})

    assert metadata.gave == 1
    assert len(set(sent(service))) == 1
    assert metadata.accepts(sent(service)[0], AUDIENCE)
    assert not metadata.accepts(sent(service)[0], "https://other.example")


@pytest.mark.parametrize("metadata", [120], indirect=True)
def test_a_token_that_is_about_to_end_is_renewed(
    metadata: MetadataServer, service: Service
) -> None:
    with httpx.Client(auth=GoogleToken(AUDIENCE, None)) as client:
        for _ in range(3):
            client.post(service.url, json={})

    assert metadata.gave >= 3
    assert all(metadata.accepts(token, AUDIENCE) for token in sent(service))


def test_threads_share_a_token(metadata: MetadataServer, service: Service) -> None:
    with httpx.Client(auth=GoogleToken(AUDIENCE, None)) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.post(service.url, json={}), range(16)))

    assert metadata.gave == 1


def test_without_an_audience_an_access_token_is_sent(
    metadata: MetadataServer, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google.auth, "default", _default)
    with httpx.Client(auth=GoogleToken(None, None)) as client:
        client.post(service.url, json={})

    assert sent(service) == [f"Bearer {ACCESS_TOKEN}"]


def test_on_a_laptop_a_service_account_is_acted_as(
    metadata: MetadataServer, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google.auth, "default", _default)
    given = {
        "accessToken": "acting",
        "expireTime": "2999-01-01T00:00:00Z",
        "token": metadata.id_token(AUDIENCE),
    }
    with serving(lambda path, body: Reply(given)) as credentials:
        for name in ("_IAM_ENDPOINT", "_IAM_IDTOKEN_ENDPOINT"):
            endpoint = getattr(iam, name).replace(f"https://{iam._IAM_DOMAIN}", credentials.url)
            monkeypatch.setattr(iam, name, endpoint)
        with httpx.Client(auth=GoogleToken(AUDIENCE, ACCOUNT)) as client:
            client.post(service.url, json={})

    (token,) = sent(service)
    assert metadata.accepts(token, AUDIENCE)
    assert all(ACCOUNT in path for path, _ in credentials.received)
    assert credentials.received[-1][1]["audience"] == AUDIENCE


def test_where_google_gives_no_token_the_service_is_out_of_reach(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/secret-account.json")
    app = AnswerApp(service.url, GoogleToken(AUDIENCE, None))

    with pytest.raises(AnswererError, match="can't be reached"):
        ask(app, Question("Why?", "u"))

    assert service.received == []
    assert "secret-account" not in json.dumps(caplog.messages)


def _default(scopes: list[str]) -> tuple[Credentials, str]:
    return Credentials(token=ACCESS_TOKEN), "project"  # type: ignore[no-untyped-call]
