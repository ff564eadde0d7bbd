"""The settings' variables in the environment."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource

from recollect.settings.config_file import CONFIG_VARIABLE

PREFIX = "RECOLLECT_"


class Environment(EnvSettingsSource):
    """The environment, in which every RECOLLECT_ variable must belong to a setting."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        """Take the settings' own variables, and note the RECOLLECT_ variables that belong to no setting."""
        super().__init__(settings_cls)
        known = {name.lower() for name, _ in variables_of(settings_cls)} | {CONFIG_VARIABLE.lower()}
        self.unknown = {
            name.upper(): None
            for name in self.env_vars
            if name.startswith(PREFIX.lower()) and name not in known
        }
        self.env_vars = {name: value for name, value in self.env_vars.items() if name in known}

    def __call__(self) -> dict[str, Any]:
        """The values, with None for each unknown variable, so that it is refused."""
        return super().__call__() | self.unknown


def variables_of(
    model: type[BaseModel], parents: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The environment variable of each setting of a model, and the setting's place in config.yaml."""
    for name, field in model.model_fields.items():
        path = (*parents, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from variables_of(field.annotation, path)
        else:
            yield str(field.validation_alias or PREFIX + "__".join(path).upper()), path
