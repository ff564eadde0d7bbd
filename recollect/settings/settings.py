"""The settings of an installation: the environment takes precedence over config.yaml, and that over the
defaults."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from recollect.settings.config_file import (
    EMULATOR_VARIABLE,
    config_path,
    read_config,
)
from recollect.settings.cors import APOLLO_HEADERS, TRACING_HEADERS, Headers, Origins
from recollect.settings.environment import PREFIX, Environment, variables_of
from recollect.settings.errors import SettingsError, describe
from recollect.settings.limits import LimitSettings
from recollect.settings.logs import LogSettings
from recollect.settings.mail import MailSettings
from recollect.settings.types import Port, is_loopback
from resolvers.configuration import (
    Configuration,
    Notifications,
    Prices,
    SessionManagement,
    UserPreferences,
)

_PROJECT = r"^[a-z][a-z0-9.:-]{0,98}[a-z0-9]$"
_VERTEX_REGIONS = {"US": "us-central1", "EU": "europe-west4"}
"""The regions that embed for datasets in several regions."""
_DATABASE = r"^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$"


class Settings(LogSettings, MailSettings, LimitSettings):
    """Every setting; `load_settings` reads them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    store: Literal["sqlite", "firestore"] = Field(
        default="sqlite",
        description="Where sessions and turns are kept. "
        "SQLite goes with DuckDB, Firestore with BigQuery.",
    )
    warehouse: Literal["duckdb", "bigquery"] = Field(
        default="duckdb", description="Where every record is mirrored for search and analysis."
    )
    embedder: Literal["wordllama", "vertex", "none"] | None = Field(
        default=None,
        description="What finds by meaning: `wordllama`, a model that works in the process; `vertex`, "
        "which sends the texts to Vertex AI; or `none`. By default `wordllama` where its package is "
        "installed, which it is on Linux with x86-64.",
    )
    vertex_location: Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$")] | None = Field(
        default=None,
        description="The region in which Vertex AI embeds, such as `europe-west3`. By default that of the "
        "BigQuery datasets, `europe-west4` where they lie in `EU`, `us-central1` where they lie in `US`.",
    )
    vertex_floor: Annotated[float, Field(ge=-1, le=1)] = Field(
        default=0.6,
        description="The least similarity of a query and a turn that Vertex AI's vectors find to mean about "
        "the same. The default is a guess that was not measured: raise it if searches find what has nothing "
        "to do with them, lower it if they miss what does.",
    )
    vertex_endpoint: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = Field(
        default=None, description="The URL of a stand-in for Vertex AI; Google's own by default."
    )
    project: Annotated[str, Field(pattern=_PROJECT)] | None = Field(
        default=None,
        description="The Google Cloud project of Firestore, BigQuery and Vertex AI; needed with any of them.",
    )
    firestore_database: Annotated[str, Field(pattern=_DATABASE)] = Field(
        default="(default)", description="The Firestore database in that project."
    )
    bigquery_project: Annotated[str, Field(pattern=_PROJECT)] | None = Field(
        default=None,
        description="The project of the BigQuery datasets and of the queries, where it is another "
        "than that of Firestore.",
    )
    location: Annotated[str, Field(pattern=r"^[A-Za-z]+(-[a-z]+[0-9]+)?$")] = Field(
        default="US",
        description="Where the BigQuery datasets lie and queries run, such as `EU` or `europe-west3`. A "
        "dataset keeps the location it was made in, and one that lies elsewhere is refused.",
    )
    dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,1024}$")] = Field(
        default="recollect", description="The BigQuery dataset of the mirror."
    )
    analysts_dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,1024}$")] | None = Field(
        default=None,
        description="The BigQuery dataset that analysts read; by default, the mirror's name followed by "
        "`_analysts`.",
    )
    smallest_group: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=5,
        description="The least number of users that a figure about several may be about, for analysts and "
        "administrators. Run `recollect warehouse init` after a change.",
    )
    bigquery_endpoint: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = Field(
        default=None, description="The REST URL of a BigQuery emulator; Google's own by default."
    )
    bigquery_grpc_endpoint: Annotated[str, Field(pattern=r"^[^/\s]+:\d{1,5}$")] | None = Field(
        default=None,
        description="`host:port` of a BigQuery emulator's Storage API; Google's own by default.",
    )
    maximum_bytes_billed: Annotated[int, Field(ge=10 * 2**20, le=2**50)] = Field(
        default=10 * 2**30,
        description="The most that one BigQuery query may read, in bytes (10 GiB); a query that "
        "would be billed "
        "for more is refused.",
    )
    firestore_emulator_host: Annotated[str, Field(pattern=r"^[^/\s]+:\d{1,5}$")] | None = Field(
        default=None,
        validation_alias=EMULATOR_VARIABLE,
        description="`host:port` of a Firestore emulator; Google's own by default. Only the "
        "environment can set "
        "it.",
    )
    host: Annotated[str, Field(min_length=1)] = Field(
        default="127.0.0.1", description="The address the API listens on."
    )
    port: Port = Field(default=8000, description="The port the API listens on.")
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="The port on which `recollect serve` or `recollect export` serves its metrics; "
        "every process "
        "needs its own. Without it there are no metrics, except with `dev`.",
    )
    metrics_host: Annotated[str, Field(min_length=1)] = Field(
        default="127.0.0.1",
        description="The address on which metrics are served; anyone who can reach it can read them.",
    )
    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default=Path(".recollect"),
        description="The folder of the SQLite and DuckDB files and of the generated identity key.",
    )
    token: SecretStr | None = Field(
        default=None, description="The bearer token that `recollect import` sends."
    )
    cors_origins: Origins = Field(
        default=(),
        description="The origins whose pages may use the API, such as `https://chat.example`, separated by "
        "commas; by default only pages of its own host.",
    )
    cors_headers: Headers = Field(
        default=(*TRACING_HEADERS, *APOLLO_HEADERS),
        description="The headers that those pages may send, besides `Authorization`, `Content-Type` and "
        "`Last-Event-ID`, separated by commas; by default those of tracing and of Apollo's client.",
    )
    trusted_documents: Path | None = Field(
        default=None,
        description="A JSON file of GraphQL documents by their SHA-256; if set, the API runs only these.",
    )
    session_management: SessionManagement = SessionManagement()
    user_preferences: UserPreferences = UserPreferences()
    notifications: Notifications = Notifications()
    prices: Prices = Prices()

    @property
    def reachable_at(self) -> str:
        """The URL at which the API is reached, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.api_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def client_reachable_at(self) -> str:
        """The URL at which people reach the client, without a slash at its end."""
        return (self.client_url or f"http://127.0.0.1:{self.client_port}").rstrip("/")

    @property
    def mails(self) -> Literal["smtp", "folder", "none"]:
        """Where mails go."""
        if self.smtp_host is not None:
            return "smtp"
        return "folder" if self.identity == "dev" and self.store == "sqlite" else "none"

    @property
    def configuration(self) -> Configuration:
        """The product's rules, the only settings that use cases know."""
        return Configuration(
            session_management=self.session_management,
            user_preferences=self.user_preferences,
            notifications=self.notifications,
            prices=self.prices,
        )

    @property
    def vertex_region(self) -> str:
        """The region in which Vertex AI embeds: as near to the mirror as possible."""
        if self.vertex_location is not None:
            return self.vertex_location
        return _VERTEX_REGIONS.get(self.location.upper(), self.location.lower())

    @field_validator("warehouse")
    @classmethod
    def _supported_pair(cls, warehouse: str, info: ValidationInfo) -> str:
        pairs = {"sqlite": "duckdb", "firestore": "bigquery"}
        expected = pairs.get(info.data.get("store", ""), warehouse)
        if warehouse != expected:
            raise ValueError(f"should be {expected}, the one supported with {info.data['store']}")
        return warehouse

    @field_validator("project")
    @classmethod
    def _project_for_google(cls, project: str | None, info: ValidationInfo) -> str | None:
        if project is None and info.data.get("store") == "firestore":
            raise ValueError("is needed with firestore and bigquery")
        if project is None and info.data.get("embedder") == "vertex":
            raise ValueError("is needed with the embedder vertex")
        return project

    @field_validator("analysts_dataset")
    @classmethod
    def _datasets_differ(cls, analysts: str | None, info: ValidationInfo) -> str | None:
        if analysts is not None and analysts == info.data.get("dataset"):
            raise ValueError(
                "should differ from the dataset of the mirror, whose views it would replace"
            )
        return analysts

    @field_validator("host")
    @classmethod
    def _dev_identity_stays_here(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("identity") == "dev" and not is_loopback(host):
            raise ValueError(
                "should be a loopback address with the dev identity, which lets callers be "
                f"whoever they say; or set {PREFIX}IDENTITY=oidc"
            )
        return host

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment takes precedence over the file; there are no other sources."""
        return (
            init_settings,
            Environment(settings_cls),
            InitSettingsSource(settings_cls, read_config(config_path())),
        )


def variables() -> dict[str, tuple[str, ...]]:
    """The environment variable of each setting, and the setting's place in config.yaml."""
    return dict(variables_of(Settings))


def load_settings() -> Settings:
    """Read the settings; raises `SettingsError` if any can't be used."""
    try:
        return Settings()
    except ValidationError as error:
        path = config_path()
        file = read_config(path)
        details = error.errors(include_url=False)
        raise SettingsError(
            [describe(detail, variables(), file, str(path)) for detail in details]
        ) from None
