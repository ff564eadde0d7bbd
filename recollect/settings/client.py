"""The settings of the client. `recollect dev` starts it and passes them on."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from recollect.settings.types import Port


class ClientSettings(BaseSettings):
    """Where the client listens, how it finds the API, and which service answers in it."""

    client_port: Port = Field(default=8501, description="The port the client listens on.")
    api_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = Field(
        default=None,
        description="The URL at which the client and `recollect import` reach the API; by default, "
        "the address "
        "it listens on.",
    )
    public_api_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = Field(
        default=None,
        description="The URL at which browsers reach the API to download exports; without it, exports pass "
        "through the client's memory, except with `recollect dev`, where the address is known.",
    )
    answer_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = Field(
        default=None,
        description="The URL of the answer app, or of a chat endpoint up to `/chat/completions`.",
    )
    answer_model: str | None = Field(
        default=None, description="The model to request from a chat endpoint; by default `default`."
    )
    answer_token: SecretStr | None = Field(
        default=None, description="The bearer token for the answer service."
    )
    answer_models: str | None = Field(
        default=None,
        description="The models people may choose in a session, among those that a chat endpoint "
        "lists under "
        "`/models`: names separated by commas, in which `*` matches anything; none by default.",
    )
    answer_titles: Literal["on", "off"] = Field(
        default="off",
        description="Whether the model of a chat endpoint names sessions, by one more request for each.",
    )
    answer_auth: Literal["none", "token", "google"] | None = Field(
        default=None,
        description="How the client signs in to the answer service: `none`, `token` (the answer token), or "
        "`google` (Google's tokens from application default credentials); by default `token` if "
        "there is one, else `none`.",
    )
    answer_audience: str | None = Field(
        default=None,
        description="The audience of Google's ID tokens with `google`: the client id of the "
        "service's IAP, or "
        "its URL on Cloud Run; without it a chat endpoint gets an access token, as Vertex AI "
        "requires.",
    )
    answer_impersonate: str | None = Field(
        default=None,
        description="The e-mail address of a service account to impersonate with `google`, for "
        "example on a "
        "laptop.",
    )
    answer_user: Literal["key", "email"] = Field(
        default="key",
        description="How the answer app identifies users: by an opaque `key` or by their verified "
        "`email`; by "
        "neither for questions that are not kept.",
    )
    client_metrics_port: Port | None = Field(
        default=None,
        description="The port at 127.0.0.1 on which the client serves its metrics; none by default.",
    )
    answerer: Literal["documentation", "answer-app", "chat"] = Field(
        default="documentation",
        description="Who answers in the client: `documentation` quotes Recollect's own "
        "documentation and needs "
        "no service, `answer-app` is the answer app, `chat` a chat endpoint with OpenAI's protocol.",
    )

    @field_validator("answerer")
    @classmethod
    def _answer_service_has_a_url(cls, answerer: str, info: ValidationInfo) -> str:
        if answerer != "documentation" and info.data.get("answer_url") is None:
            raise ValueError("needs RECOLLECT_ANSWER_URL with answer-app and chat")
        return answerer
