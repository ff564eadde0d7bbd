"""Who is calling: one authenticator for each identity an installation can be set to."""

from recollect.identity.base import Authenticator, IdentityUnavailable, Unauthenticated
from recollect.identity.dev import DevAuthenticator
from recollect.identity.key import load_id_key
from recollect.settings import Settings

__all__ = [
    "Authenticator",
    "IdentityUnavailable",
    "Unauthenticated",
    "build_authenticator",
    "load_id_key",
]


def build_authenticator(settings: Settings, id_key: bytes) -> Authenticator:
    """The authenticator that the settings ask for."""
    if settings.identity == "dev":
        return DevAuthenticator(id_key)
    # Imported here, so that the embedded default starts without cryptography.
    from recollect.identity.oidc import OidcAuthenticator
    from recollect.identity.signing_keys import SigningKeys

    if settings.oidc_issuer is None or settings.oidc_audience is None:
        raise AssertionError("settings with the oidc identity have an issuer and an audience")
    return OidcAuthenticator(
        id_key, settings.oidc_issuer, settings.oidc_audience, SigningKeys(settings.oidc_issuer)
    )
