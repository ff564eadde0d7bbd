"""The settings of logs."""

import os
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings

CLOUD_RUN = ("K_SERVICE", "CLOUD_RUN_JOB")
"""Variables in which Cloud Run gives a process the name of its service or job
(https://cloud.google.com/run/docs/container-contract#env-vars)."""


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class LogSettings(BaseSettings):
    """What is logged, and in which form."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        Field(default="info", description="The lowest severity that is logged.")
    )
    log_format: Annotated[Literal["auto", "json", "google"], BeforeValidator(_lower)] = Field(
        default="auto",
        description="The fields of a log's lines: `google` for those that Cloud Logging knows, `json`, or "
        "`auto`, which is `google` for services and jobs of Cloud Run.",
    )

    @property
    def logs_for_google(self) -> bool:
        """Whether lines have the fields that Cloud Logging knows."""
        on_cloud_run = any(name in os.environ for name in CLOUD_RUN)
        return self.log_format == "google" or (self.log_format == "auto" and on_cloud_run)
