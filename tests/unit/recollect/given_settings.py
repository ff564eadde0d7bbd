"""Loads settings from environment variables, and lists their problems."""

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings, load_settings

KEY = "k" * 32
OIDC = {
    "RECOLLECT_IDENTITY": "oidc",
    "RECOLLECT_OIDC_ISSUER": "https://issuer.example",
    "RECOLLECT_OIDC_AUDIENCE": "recollect",
    "RECOLLECT_ID_KEY": KEY,
}
IAP = {
    "RECOLLECT_IDENTITY": "iap",
    "RECOLLECT_IAP_AUDIENCE": "/projects/1/global/backendServices/2",
    "RECOLLECT_ID_KEY": KEY,
}
GOOGLE = {
    "RECOLLECT_STORE": "firestore",
    "RECOLLECT_WAREHOUSE": "bigquery",
    "RECOLLECT_PROJECT": "demo-x",
    "RECOLLECT_ID_KEY": KEY,
}


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return load_settings()


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **environment)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def field_at(model: type[BaseModel], path: tuple[str, ...]) -> FieldInfo:
    field = model.model_fields[path[0]]
    if len(path) == 1:
        return field
    assert isinstance(field.annotation, type)
    return field_at(field.annotation, path[1:])
