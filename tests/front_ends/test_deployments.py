"""Real clients against an API as it is deployed: tokens that expire, and documents that are trusted."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from recollect.http.trusted_documents import sha256
from recollect.settings.settings import Settings
from tests.front_ends.suites import NEEDS_NODE, run_suite
from tests.integration.live.live_server import served
from tests.issuer import Issuer

pytestmark = NEEDS_NODE

# The documents as the clients print them; they add __typename for their caches.
DOCUMENTS = (
    "query Viewer {\n  viewer {\n    id\n    __typename\n  }\n}",
    "subscription Preferences {\n  preferenceChanges {\n    kind\n    __typename\n  }\n}",
)


async def test_streams_whose_token_expires_are_gone_on_with_by_a_new_one(
    tmp_path: Path, recipes: list[str]
) -> None:
    with Issuer() as issuer:
        settings = Settings(
            data_dir=tmp_path,
            identity="oidc",
            oidc_issuer=(issuer.url,),
            oidc_audience=("recollect",),
            id_key="k" * 32,
        )
        key = issuer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        async with served(settings) as api:
            await run_suite(
                "tokens",
                api.port,
                TOKEN_KEY=key.decode(),
                TOKEN_KID=issuer.kid,
                TOKEN_CLAIMS=json.dumps(issuer.claims()),
            )


@pytest.mark.parametrize("prefix", ["sha256:", ""])
async def test_clients_run_trusted_documents_by_their_hashes(
    tmp_path: Path, recipes: list[str], prefix: str
) -> None:
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({prefix + sha256(text): text for text in DOCUMENTS}))
    async with served(Settings(data_dir=tmp_path, trusted_documents=path)) as api:
        await run_suite("documents", api.port, DOCUMENTS=str(path))
