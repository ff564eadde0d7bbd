"""Examines the services that an installation reaches by HTTP: token issuers, answer service, its own API."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from recollect.services import clock
from recollect.settings.settings import Settings
from stores.findings import Finding

SECONDS = 5.0
"""Time limit of one request."""
MOST_SKEW = 30.0
"""The most seconds by which the clocks here and at an issuer may differ: the leeway for tokens."""


async def issuers(settings: Settings) -> Sequence[Finding]:
    """Whether the keys that verify tokens can be fetched, and whether the clocks agree."""
    if settings.identity == "dev":
        return [Finding("identity dev: callers are believed, on this machine only")]
    from recollect.identity.iap import ISSUER, KEYS_URL
    from recollect.identity.signing_keys import SigningKeys

    places = (
        {ISSUER: KEYS_URL}
        if settings.identity == "iap"
        else {
            name: name.removesuffix("/") + "/.well-known/openid-configuration"
            for name in settings.oidc_issuer
        }
    )
    found = []
    for name, url in places.items():
        keys = SigningKeys(name, url=url if settings.identity == "iap" else None)
        try:
            await keys.published()
            found.append(Finding(f"issuer {name}: publishes its keys"))
            found += await _clock(name, url)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, TypeError) as error:
            reason = str(error) if isinstance(error, ValueError) else type(error).__name__
            found.append(
                Finding(
                    f"issuer {name}",
                    f"its keys can't be fetched ({reason})",
                    f"see that {url} can be reached, and that RECOLLECT_OIDC_ISSUER is its `issuer`",
                )
            )
    return found


async def answer_service(settings: Settings) -> Sequence[Finding]:
    """Whether the answer service that the client uses responds, and accepts the client's token."""
    url = settings.answer_url
    if settings.answerer == "documentation" or url is None:
        return []
    # An answer app answers here without a login, a chat endpoint only with its token.
    place = "/models" if settings.answerer == "chat" else "/healthz"
    token = settings.answer_token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(url.rstrip("/") + place, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [
            Finding(
                f"answer service {url}",
                f"can't be reached ({type(error).__name__})",
                "start it, or set RECOLLECT_ANSWER_URL to where it is",
            )
        ]
    if answer.status_code in (401, 403) and settings.answer_auth != "google":
        return [
            Finding(
                f"answer service {url}",
                f"refuses the sign-in ({answer.status_code})",
                "set RECOLLECT_ANSWER_TOKEN, or RECOLLECT_ANSWER_AUTH=google (docs/answer-services.md)",
            )
        ]
    return [Finding(f"answer service {url}: answers")]


async def api(settings: Settings) -> Sequence[Finding]:
    """Whether the API can be reached at the address that the client is given."""
    found = []
    for name, url in (
        ("RECOLLECT_API_URL", settings.api_url),
        ("RECOLLECT_PUBLIC_API_URL", settings.public_api_url),
    ):
        if url is None:
            continue
        try:
            async with httpx.AsyncClient(timeout=SECONDS) as client:
                (await client.get(url.rstrip("/") + "/healthz")).raise_for_status()
            found.append(Finding(f"API at {url}: answers"))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            found.append(
                Finding(
                    f"API at {url}",
                    f"does not answer ({type(error).__name__})",
                    f"start `recollect serve`, or set {name} to where it is",
                )
            )
    return found


async def _clock(name: str, url: str) -> Sequence[Finding]:
    async with httpx.AsyncClient(timeout=SECONDS) as client:
        told = (await client.get(url)).headers.get("Date")
    return list(_skew(name, told)) if told else []


def _skew(name: str, told: str) -> Iterator[Finding]:
    skew = abs(parsedate_to_datetime(told).astimezone(UTC).timestamp() - clock() / 1_000_000)
    if skew > MOST_SKEW:
        yield Finding(
            "clock",
            f"differs from that of {name} by {skew:.0f} s",
            "let NTP set this machine's clock",
        )
