"""Download links: who can follow them, until when, and the headers of the answer."""

import base64
import json
import logging
import zlib
from pathlib import Path
from typing import Any

import pytest

from stores.errors import StoreUnavailable
from tests.integration.conftest import ANNA, BEN, Api, Clock, embedded_settings, running
from tests.integration.transfer.downloads import archive, everything, export, export_all

Failure = tuple[int, str]


async def failure(api: Api, url: str) -> Failure:
    """Status and code of the answer to an invalid link."""
    response = await api.http.get(url)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "private, no-store"
    (error,) = response.json()["errors"]
    assert error["message"]
    return response.status_code, error["extensions"]["code"]


async def test_a_link_expires_after_five_minutes(api: Api, clock: Clock) -> None:
    await api.record("mine")
    url = (await export(api))["download"]["url"]
    clock.forward(minutes=4, seconds=30)
    assert (await api.http.get(url)).status_code == 200
    clock.forward(minutes=1)
    assert await failure(api, url) == (410, "EXPIRED")


def tampered(url: str) -> list[str]:
    """Links with a change in each of their parts."""
    start, _, word = url.rpartition("/")
    claims, _, tag = word.partition(".")
    content = json.loads(
        zlib.decompress(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    )
    later = {**content, "issued_at": content["issued_at"] + 60_000_000}
    other = {**content, "uid": content["uid"][::-1]}
    more = {**content, "selection": {**content["selection"], "everything": True}}

    def packed(value: Any) -> str:
        data = zlib.compress(json.dumps(value).encode())
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    flipped = ("0" if tag[0] != "0" else "1") + tag[1:]
    words = [
        *(f"{packed(value)}.{tag}" for value in (later, other, more)),
        *(f"{claims}.{wrong}" for wrong in (flipped, "", tag[:-1], tag.upper(), f"{tag}0")),
        *(claims, f".{tag}", "x", f"{claims}x.{tag}", f"{claims}=.{tag}", f"{tag}.{claims}"),
        *("%F0%9F%98%80", f"{claims}.%E2%82%AC", "a" * 20_000),
    ]
    return [f"{start}/{each}" for each in words]


async def test_a_link_that_was_changed_anywhere_is_refused(embedded: Api) -> None:
    await embedded.record("mine")
    url = (await export(embedded))["download"]["url"]
    for wrong in tampered(url):
        assert await failure(embedded, wrong) == (403, "FORBIDDEN"), wrong
    assert (await embedded.http.get(url)).status_code == 200


async def test_a_link_of_another_installation_is_refused(tmp_path: Path) -> None:
    async with running(embedded_settings(tmp_path / "a")) as one:
        await one.record("mine")
        url = (await export(one))["download"]["url"]
    async with running(embedded_settings(tmp_path / "b")) as other:
        await other.record("mine")
        assert await failure(other, url) == (403, "FORBIDDEN")


async def test_a_link_gives_its_makers_data_whoever_follows_it(api: Api) -> None:
    await api.record("Anna's")
    await api.record("Ben's", BEN)
    url = (await export(api))["download"]["url"]
    for headers in ({}, {"X-Recollect-Dev-User": BEN}, {"X-Recollect-Dev-User": ANNA}):
        response = await api.http.get(url, headers=headers)
        assert "Anna's" in response.text
        assert "Ben's" not in response.text


async def test_a_session_that_was_deleted_since_is_left_out(api: Api) -> None:
    ids = []
    for text in ("keep", "drop"):
        ids.append((await api.record(text))["session"]["id"])
    named = (await export(api, sessions={"sessionIds": ids}))["download"]["url"]
    every = (await export(api))["download"]["url"]
    whole = (await export_all(api))["download"]["url"]
    await api.mutate("deleteSession", "", sessionId=ids[1])
    for url in (named, every):
        (chat,) = (await api.http.get(url)).json()["sessions"]
        assert chat["derivedTitle"] == "keep"
    assert len((await api.http.get(whole)).json()["sessions"]) == 2


async def test_a_link_from_before_an_erasure_is_gone(api: Api) -> None:
    await api.record("mine")
    urls = [(await asked(api))["download"]["url"] for asked in (export, export_all)]
    await api.mutate("eraseMyData", "", confirm=True)
    await api.record("started anew")
    for url in urls:
        assert await failure(api, url) == (410, "ACCOUNT_ERASING")
    assert len((await archive(api))["sessions"]) == 1
    assert len((await everything(api))["sessions"]) == 1


@pytest.mark.parametrize("form", ["JSON", "NDJSON", "CSV", "MARKDOWN", "HTML"])
async def test_the_answer_is_a_file_that_no_browser_runs_or_keeps(embedded: Api, form: str) -> None:
    await embedded.record("mine")
    download = (await export(embedded, format=form))["download"]
    response = await embedded.http.get(download["url"])
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    name = download["fileName"]
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    head = await embedded.http.head(download["url"])
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-disposition"] == response.headers["content-disposition"]


async def test_only_get_is_allowed(embedded: Api) -> None:
    url = (await export(embedded))["download"]["url"]
    assert (await embedded.http.post(url)).status_code == 405


async def test_a_link_can_not_be_followed_more_often_than_its_user_may_ask(
    tmp_path: Path,
) -> None:
    settings = embedded_settings(tmp_path).model_copy(update={"rate_limit": 3})
    async with running(settings) as api:
        url = (await export(api))["download"]["url"]
        statuses = [(await api.http.get(url)).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        ben = (await export(api, BEN))["download"]["url"]
        assert (await api.http.get(ben)).status_code == 200


async def test_a_store_that_is_away_is_said_before_anything_is_sent(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = (await export(embedded))["download"]["url"]

    async def away(keys: Any) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(embedded.services.store, "get", away)
    assert await failure(embedded, url) == (503, "UNAVAILABLE")


async def test_no_log_has_a_link_or_a_part_of_it(
    embedded: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await embedded.record("mine")
    url = (await export(embedded))["download"]["url"]
    assert (await embedded.http.get(url)).status_code == 200
    assert (await embedded.http.get(f"{url}x")).status_code == 403
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in ours)
    claims, _, tag = url.rpartition("/")[2].partition(".")
    assert claims not in told
    assert tag not in told
    assert "downloads" not in " ".join(record.getMessage() for record in ours)


async def test_a_link_is_a_whole_address_where_the_api_knows_its_own(tmp_path: Path) -> None:
    public = {"public_api_url": "https://api.example/"}
    async with running(embedded_settings(tmp_path).model_copy(update=public)) as api:
        await api.record("Kept")
        link = (await export(api))["download"]["url"]
        assert link.startswith("https://api.example/downloads/")
        assert (await api.http.get(link.removeprefix("https://api.example"))).status_code == 200
