"""The script that scrolls a session, which contains a part of the address."""

import pytest

from client.widgets.scrolling import begin_at


def test_an_address_can_not_end_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("streamlit.html", lambda body, **_: drawn.append(body))

    begin_at("session", "</script><img src=x onerror=alert(1)>", None)

    (script,) = drawn
    assert script.count("</script>") == 1
    assert "<img" not in script
    assert script.startswith("<script>")
    assert script.endswith("</script>")
