"""How the client's transport handles answers, and their absence."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from client.api.client import Client
from client.api.enums import ChangeKind
from client.api.input_types import PreferencesInput, UpdatePreferencesInput
from client.subscriptions import session_changes, turn_changes
from client.transport import UNEXPECTED, UNREACHABLE, ApiError
from recollect.settings.settings import Settings
from tests.e2e.ports import free_port
from tests.e2e.served_api import ServedApi


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ServedApi]:
    served = ServedApi(tmp_path)
    with served.running():
        yield served


def test_the_caller_is_who_the_headers_say(api: ServedApi) -> None:
    client = Client(api.url)
    assert client.page(open=False).email == "you@example.com"

    client.headers = {"X-Recollect-Dev-User": "anna@example.com"}
    assert client.page(open=False).email == "anna@example.com"

    client.headers = {"Authorization": "Bearer not-one-of-the-apis"}
    with pytest.raises(ApiError) as caught:
        client.page(open=False)
    assert caught.value.code == "UNAUTHENTICATED"


def test_the_example_in_the_documents_runs(
    api: ServedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.record("How do tides work?")
    document = Path(__file__).parents[3] / "docs/schema.md"
    example = re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)[0]

    exec(example.replace("http://127.0.0.1:8000", api.url), {})  # noqa: S102

    assert capsys.readouterr().out.startswith("How do tides work?")


def test_what_came_of_an_answer_with_errors_is_kept(api: ServedApi) -> None:
    api.record("mine")

    with pytest.raises(ApiError) as caught:
        Client(api.url).page(open=True, session="nonsense")

    assert caught.value.code == "BAD_USER_INPUT"
    assert caught.value.data is not None
    assert caught.value.data["viewer"]["session"] is None
    assert [s["title"] for s in caught.value.data["viewer"]["sessions"]["nodes"]] == ["mine"]


def test_null_is_sent_and_what_is_not_set_is_not(api: ServedApi) -> None:
    client = Client(api.url)

    def update(changes: PreferencesInput) -> str:
        payload = client.update_preferences(UpdatePreferencesInput(preferences=changes))
        assert payload.preferences
        return payload.preferences.language_preference

    inherited = client.page(open=False).preferences.language_preference
    assert update(PreferencesInput(language_preference="pt-BR")) == "pt-BR"
    assert update(PreferencesInput()) == "pt-BR"
    assert update(PreferencesInput(language_preference=None)) == inherited != "pt-BR"


def test_a_subscription_that_can_not_begin_says_why(api: ServedApi) -> None:
    stranger = Client(api.url, headers={"Authorization": "Bearer not-one-of-the-apis"})

    with pytest.raises(ApiError) as caught:
        next(session_changes(stranger))
    assert caught.value.code == "UNAUTHENTICATED"
    with pytest.raises(ApiError) as caught:
        next(turn_changes(Client(api.url), "nonsense"))
    assert caught.value.code == "BAD_USER_INPUT"
    with pytest.raises(ApiError, match=UNREACHABLE):
        next(session_changes(Client(f"http://127.0.0.1:{free_port()}")))


def test_a_subscription_whose_api_ends_can_be_taken_up_again(tmp_path: Path) -> None:
    served = ServedApi(tmp_path)
    client = Client(served.url)
    with served.running():
        begun = next(session_changes(client))

    with served.running():
        session = served.record("in between")
        changes = session_changes(client, begun.cursor)
        # Preferences may have changed meanwhile, so their event comes first.
        preferences, missed = next(changes), next(changes)

    assert (preferences.kind, preferences.session_id) == (ChangeKind.CHANGED, None)
    assert (missed.kind, missed.session_id) == (ChangeKind.CHANGED, session)


def test_too_many_requests_say_how_long_to_wait(tmp_path: Path) -> None:
    served = ServedApi(tmp_path, Settings(data_dir=tmp_path, rate_limit=1))
    with served.running():
        client = Client(served.url)
        client.session_counts()
        with pytest.raises(ApiError) as caught:
            client.session_counts()

    assert caught.value.code == "RATE_LIMITED"
    assert caught.value.retry_after
    assert 1 <= caught.value.retry_after <= 60


def test_an_api_that_is_not_there_is_a_calm_sentence() -> None:
    with pytest.raises(ApiError, match=UNREACHABLE) as caught:
        Client(f"http://127.0.0.1:{free_port()}").session_counts()
    assert (caught.value.code, caught.value.data) == ("", None)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b"null", b'{"data": null}'])
def test_an_answer_that_is_none_of_the_apis_is_a_calm_sentence(body: bytes) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(502)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(ApiError, match=UNEXPECTED):
                Client(f"http://127.0.0.1:{server.server_port}").session_counts()
        finally:
            server.shutdown()
            thread.join()
