"""The settings for identifying callers."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode

from recollect.email_addresses import NotAnAddress, normalise_email
from recollect.settings.types import Listed, is_trustworthy, split

ID_KEY_LENGTH = 32
FROM_ID_KEY = "id-key"
"""Stands, among the signing keys, for those derived from the id key."""
_KEY_ADVICE = f"{ID_KEY_LENGTH} random characters or more, kept secret and never changed"


def _issuers(urls: tuple[str, ...]) -> tuple[str, ...]:
    for url in urls:
        if not is_trustworthy(url) or urlsplit(url).query or urlsplit(url).fragment:
            raise ValueError(
                "should be an https URL without query or fragment (http only on a loopback host), "
                "or several separated by commas"
            )
    if len(set(urls)) < len(urls):
        raise ValueError("should name each issuer once")
    return urls


def _signing_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for key in keys:
        text = key.get_secret_value()
        if text != FROM_ID_KEY and len(text) < ID_KEY_LENGTH:
            raise ValueError(
                f"should be {ID_KEY_LENGTH} random characters or more, or several such separated by "
                f"commas; `{FROM_ID_KEY}` stands for the keys that the id key gives"
            )
    return keys


def _addresses(emails: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(map(normalise_email, emails))
    except NotAnAddress:
        raise ValueError("should be e-mail addresses separated by commas") from None


class IdentitySettings(BaseSettings):
    """Who may call, and how callers are identified."""

    identity: Literal["dev", "oidc", "iap"] = Field(
        default="dev",
        description="How callers are identified: `dev` trusts a header and therefore needs a "
        "loopback host, "
        "`oidc` verifies bearer tokens, `iap` verifies what Google's Identity-Aware Proxy signs.",
    )
    oidc_issuer: Annotated[Listed, AfterValidator(_issuers)] = Field(
        default=(),
        description="The issuer whose tokens are accepted, exactly as in their `iss`, or several "
        "separated by "
        "commas; needed with `oidc`.",
    )
    oidc_audience: Listed = Field(
        default=(),
        description="The required audience of tokens (`aud`), or one for each issuer in the same order, "
        "separated by commas; needed with `oidc`.",
    )
    oidc_email_issuers: Listed = Field(
        default=(),
        description="The issuers that are trusted about verified e-mail addresses and "
        "administrators, separated "
        "by commas; by default the first. Users of the others are identified by issuer and subject, "
        "without an address.",
    )
    oidc_authorized_parties: Listed = Field(
        default=(),
        description="The ids of other clients, separated by commas, that a token may name as its "
        "`azp` or as a "
        "further audience. Google's tokens for Android apps do.",
    )
    iap_audience: Annotated[str, Field(pattern=r"^/projects/[0-9]+/\S+$")] | None = Field(
        default=None,
        description="The audience of the proxy's assertions, such as "
        "`/projects/NUMBER/global/backendServices/ID`; needed with `iap`.",
    )
    admins: Annotated[Listed, AfterValidator(_addresses)] = Field(
        default=(),
        description="The verified e-mail addresses of administrators, separated by commas.",
    )
    admin_claim: Annotated[str, Field(pattern=r"^[^=\s]+=\S+$")] | None = Field(
        default=None,
        description="`name=value` of a claim that makes a user an administrator if their token has "
        "that string "
        "as the claim, or in it if it is a list; ignored with `dev`.",
    )
    guests: bool = Field(
        default=False,
        description="Whether anybody may get a guest token with `POST /guests` (`on`, `off`); not "
        "with `iap`, "
        "which admits nobody without a login.",
    )
    guest_hours: Annotated[int, Field(ge=1, le=720)] = Field(
        default=24, description="How many hours a guest token is valid."
    )
    id_key: SecretStr | None = Field(
        default=None,
        description="The secret from which users' ids are derived, 32 characters or more; needed "
        "with `oidc` and "
        "`iap`, else generated in the data folder. It can't be changed later: with another key every "
        "user starts empty.",
    )
    signing_keys: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(split), AfterValidator(_signing_keys)
    ] = Field(
        default=(),
        description="The secrets that sign guest tokens, cursors and download links, 32 characters "
        "or more each, "
        "separated by commas: the first signs, and all are accepted. `id-key` stands for the keys "
        "derived from the id key, which are used by default.",
    )

    @property
    def oidc_audiences(self) -> dict[str, str]:
        """The required audience of each issuer's tokens."""
        audiences = self.oidc_audience
        if len(audiences) == 1:
            audiences *= len(self.oidc_issuer)
        return dict(zip(self.oidc_issuer, audiences, strict=True))

    @property
    def oidc_authorities(self) -> tuple[str, ...]:
        """The issuers that are trusted about e-mail addresses and administrators."""
        return self.oidc_email_issuers or self.oidc_issuer[:1]

    @field_validator("oidc_issuer", "oidc_audience")
    @classmethod
    def _whose_tokens(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not values and info.data.get("identity") == "oidc":
            raise ValueError("is needed with the oidc identity")
        if not all(values):
            raise ValueError("should have no empty entry between its commas")
        return values

    @field_validator("oidc_audience")
    @classmethod
    def _one_for_all_or_one_each(
        cls, audiences: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        issuers = len(info.data.get("oidc_issuer", audiences))
        if len(audiences) > 1 and len(audiences) != issuers:
            raise ValueError(f"should be one audience, or {issuers}: one for each issuer in order")
        return audiences

    @field_validator("oidc_email_issuers")
    @classmethod
    def _among_the_issuers(
        cls, authorities: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if not set(authorities) <= set(info.data.get("oidc_issuer", authorities)):
            raise ValueError("should name issuers that are in RECOLLECT_OIDC_ISSUER")
        return authorities

    @field_validator("iap_audience")
    @classmethod
    def _behind_which_proxy(cls, audience: str | None, info: ValidationInfo) -> str | None:
        if audience is None and info.data.get("identity") == "iap":
            raise ValueError("is needed with the iap identity")
        return audience

    @field_validator("guests")
    @classmethod
    def _no_guests_past_the_proxy(cls, guests: bool, info: ValidationInfo) -> bool:
        if guests and info.data.get("identity") == "iap":
            raise ValueError(
                "should be off with the iap identity, which lets in nobody without a login"
            )
        return guests

    @field_validator("id_key")
    @classmethod
    def _lasting_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        identity = info.data.get("identity", "dev")
        if key is None and identity != "dev":
            raise ValueError(f"is needed with the {identity} identity: {_KEY_ADVICE}")
        if key is not None and len(key.get_secret_value()) < ID_KEY_LENGTH:
            raise ValueError(f"is too short: {_KEY_ADVICE}")
        return key
