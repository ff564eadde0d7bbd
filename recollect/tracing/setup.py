"""Whether traces are wanted. The variables are OpenTelemetry's own, and its SDK reads the rest of their
meaning (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)."""

import os
from collections.abc import Mapping

from recollect.settings.errors import SettingsError
from recollect.tracing.noop import Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"


def load_tracing(service: str) -> Tracing:
    """Traces as configured in the environment; OpenTelemetry's libraries are loaded only if traces are
    wanted. `service` names the process unless OTEL_SERVICE_NAME does.

    Raises `SettingsError` for an exporter or protocol that is not supported.
    """
    if not wanted(os.environ):
        return Tracing()
    from recollect.tracing.spans import OpenTelemetry

    return OpenTelemetry(service)


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the environment names an exporter or an endpoint. Raises `SettingsError`."""
    given = {
        name: value.strip()
        for name, value in environment.items()
        if name.startswith("OTEL_") and value.strip()
    }
    exporter = given.get("OTEL_TRACES_EXPORTER")
    disabled = given.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if disabled or exporter == "none" or not (exporter or any(name in given for name in ENDPOINTS)):
        return False
    if exporter not in (None, "otlp"):
        raise SettingsError(["OTEL_TRACES_EXPORTER: should be otlp or none"])
    for name in PROTOCOLS:
        if given.get(name, PROTOCOL) != PROTOCOL:
            raise SettingsError(
                [f"{name}: should be {PROTOCOL}, to a collector's port for HTTP (usually 4318)"]
            )
    return True
