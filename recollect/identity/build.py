"""Builds the authenticator. PyJWT and cryptography are loaded only if tokens are used."""

from typing import TYPE_CHECKING

from recollect.identity.base import Authenticator
from recollect.identity.dev import DevAuthenticator
from recollect.identity.key import load_signing_keys
from recollect.identity.viewers import Viewers
from recollect.settings.settings import Settings

if TYPE_CHECKING:
    from recollect.identity.guests import GuestTokens


def build_authenticator(settings: Settings, id_key: bytes) -> Authenticator:
    """The authenticator for these settings."""
    authenticator = _own_identity(settings, _viewers(settings, id_key))
    if not settings.guests:
        return authenticator
    from recollect.identity.guests import GuestAuthenticator

    return GuestAuthenticator(build_guest_tokens(settings, id_key), authenticator)


def build_guest_tokens(settings: Settings, id_key: bytes) -> "GuestTokens":
    """The object that issues and verifies guest tokens."""
    from recollect.identity.guests import GuestTokens

    keys = load_signing_keys(settings, id_key)
    return GuestTokens(_viewers(settings, id_key), settings.guest_hours, signing_keys=keys)


def _viewers(settings: Settings, id_key: bytes) -> Viewers:
    name, _, value = (settings.admin_claim or "").partition("=")
    return Viewers(
        id_key,
        admins=frozenset(settings.admins),
        admin_claim=(name, value) if name else None,
    )


def _own_identity(settings: Settings, viewers: Viewers) -> Authenticator:
    if settings.identity == "dev":
        return DevAuthenticator(viewers)
    from recollect.identity.signing_keys import SigningKeys

    if settings.identity == "iap":
        from recollect.identity.iap import ISSUER, KEYS_URL, IapAuthenticator

        keys = SigningKeys(ISSUER, url=KEYS_URL)
        return IapAuthenticator(viewers, settings.iap_audience or "", keys)
    from recollect.identity.oidc import OidcAuthenticator
    from recollect.identity.tokens import TrustedIssuer

    issuers = [
        TrustedIssuer(name, audience, SigningKeys(name))
        for name, audience in settings.oidc_audiences.items()
    ]
    return OidcAuthenticator(
        viewers, issuers, settings.oidc_authorities, settings.oidc_authorized_parties
    )
