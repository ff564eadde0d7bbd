"""Real clients against an API as it is deployed: tokens expire."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from recollect.settings.settings import Settings
from tests.front_ends.suites import NEEDS_NODE, run_suite
from tests.integration.live.live_server import served
from tests.issuer import Issuer

pytestmark = NEEDS_NODE


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
