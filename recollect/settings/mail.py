"""The settings of mails: their sender, the targets of their links, and the mail server."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from recollect.settings.client import ClientSettings
from recollect.settings.types import Port, is_loopback


class MailSettings(ClientSettings):
    """The mail server. Without one no mail is sent."""

    client_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = Field(
        default=None,
        description="Where people reach the client, for links in mails; with `dev` the address it "
        "listens on when not set.",
    )
    mail_from: Annotated[str, Field(pattern=r"^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$")] | None = Field(
        default=None,
        description="Whom mails come from, such as `Recollect <recollect@chat.example>`.",
    )
    smtp_port: Port = Field(
        default=587, description="The port of the mail server; 465 is usual with `tls`."
    )
    smtp_user: str | None = Field(
        default=None, description="The name to sign in with at the mail server, if it wants one."
    )
    smtp_password: SecretStr | None = Field(
        default=None, description="The password to sign in with at the mail server."
    )
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="starttls",
        description="How the connection to the mail server is encrypted: `starttls`, `tls` from the "
        "beginning, or `none`, which only a loopback host may have.",
    )
    smtp_host: Annotated[str, Field(pattern=r"^[^/\s:]+$")] | None = Field(
        default=None,
        description="The mail server; without one no mail is sent, but for those that the embedded "
        "default writes into the folder `outbox` of the data folder. With it "
        "`RECOLLECT_MAIL_FROM` is needed and, except with `dev`, `RECOLLECT_CLIENT_URL` and "
        "`RECOLLECT_PUBLIC_API_URL`.",
    )

    @field_validator("smtp_password")
    @classmethod
    def _with_a_name(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (password is None) != (info.data.get("smtp_user") is None):
            raise ValueError("is needed with RECOLLECT_SMTP_USER, and only with it")
        return password

    @field_validator("smtp_host")
    @classmethod
    def _complete(cls, host: str | None, info: ValidationInfo) -> str | None:
        if host is None:
            return None
        is_dev = info.data.get("identity") == "dev"
        needed = ["mail_from"] if is_dev else ["mail_from", "client_url", "public_api_url"]
        missing = [f"RECOLLECT_{name.upper()}" for name in needed if info.data.get(name) is None]
        if missing:
            raise ValueError(f"needs {' and '.join(missing)}")
        if is_dev and not is_loopback(host):
            raise ValueError(
                "should be a loopback host with the dev identity, which verifies no address"
            )
        if info.data.get("smtp_tls") == "none" and not is_loopback(host):
            raise ValueError("should be a loopback host where RECOLLECT_SMTP_TLS is none")
        return host
