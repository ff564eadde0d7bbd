"""Examines the BigQuery datasets: whether they exist, are complete, in the right location, and usable."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import grpc  # type: ignore[import-untyped]
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from analytics.warehouse.tables import lacking, tables
from stores.findings import Finding

SECONDS = 5.0
"""Time limit of one call."""
_ONCE = DEFAULT_RETRY.with_timeout(SECONDS)
VIEWS = ("user_sessions", "conversation_history", "user_preferences")
INIT = "run `recollect warehouse init`"


def examine(
    project: str,
    dataset: str,
    analysts_dataset: str,
    location: str,
    endpoint: str | None,
    grpc_endpoint: str | None,
) -> Sequence[Finding]:
    """All findings. It blocks: run it in a thread."""
    subject = f"BigQuery project {project}"
    try:
        client = bigquery.Client(
            project=project,
            location=location,
            credentials=AnonymousCredentials() if endpoint else None,  # type: ignore[no-untyped-call]
            client_options=ClientOptions(api_endpoint=endpoint) if endpoint else None,
        )
        with closing(client):
            mirror = bigquery.DatasetReference(project, dataset)
            found = [*_dataset(client, mirror, location)]
            found += _dataset(
                client, bigquery.DatasetReference(project, analysts_dataset), location
            )
            if not any(finding.problem for finding in found):
                found += _tables(client, mirror)
                found.append(_dry_run(client, mirror))
            found.append(_streams(grpc_endpoint))
            return found
    except GoogleAuthError:
        return [
            Finding(
                subject,
                "there are no credentials for it",
                "run `gcloud auth application-default login`, or on Google Cloud give the service an account",
            )
        ]
    except exceptions.Forbidden:
        return [
            Finding(
                subject,
                "the account may not use it",
                f"grant it roles/bigquery.jobUser on the project {project}, and roles/bigquery.dataOwner on "
                f"the datasets {dataset} and {analysts_dataset}",
            )
        ]
    except (exceptions.GoogleAPIError, OSError) as error:
        return [
            Finding(
                subject,
                f"does not answer ({type(error).__name__})",
                "see that bigquery.googleapis.com (or RECOLLECT_BIGQUERY_ENDPOINT) can be reached from here",
            )
        ]


def _dataset(
    client: bigquery.Client, reference: bigquery.DatasetReference, location: str
) -> Iterator[Finding]:
    subject = f"BigQuery dataset {reference.project}.{reference.dataset_id}"
    try:
        found = client.get_dataset(reference, retry=_ONCE, timeout=SECONDS)
    except exceptions.NotFound:
        yield Finding(subject, "is missing", INIT)
        return
    if found.location.lower() != location.lower():
        yield Finding(
            subject,
            f"lies in {found.location}, but RECOLLECT_LOCATION says {location}",
            f"set RECOLLECT_LOCATION={found.location}, or name a new dataset and run `recollect warehouse "
            "init` and `recollect backfill`",
        )
        return
    yield Finding(f"{subject}: in {found.location}")


def _tables(client: bigquery.Client, dataset: bigquery.DatasetReference) -> Iterator[Finding]:
    present: set[tuple[str, str]] = set()
    for table in tables():
        try:
            found = client.get_table(dataset.table(table.name), retry=_ONCE, timeout=SECONDS)
        except exceptions.NotFound:
            continue
        present |= {(table.name, field.name) for field in found.schema}
    if missing := lacking(present):
        yield Finding(
            "BigQuery tables", f"lack {', '.join(missing)}", f"{INIT}, then `recollect backfill`"
        )
        return
    yield Finding("BigQuery tables")


def _dry_run(client: bigquery.Client, dataset: bigquery.DatasetReference) -> Finding:
    """Whether queries may run and the views can be read, without running any."""
    config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
    for view in VIEWS:
        text = f"SELECT uid FROM `{dataset.project}`.{dataset.dataset_id}.{view} LIMIT 1"  # noqa: S608
        try:
            client.query(text, job_config=config, retry=_ONCE, job_retry=_ONCE, timeout=SECONDS)
        except exceptions.NotFound:
            return Finding(f"BigQuery view {view}", "is missing", INIT)
    return Finding("BigQuery views: may be queried")


def _streams(endpoint: str | None) -> Finding:
    """Whether the Storage Write API, through which the exporter writes, can be reached."""
    host = endpoint or "bigquerystorage.googleapis.com:443"
    channel = (
        grpc.insecure_channel(host)
        if endpoint
        else grpc.secure_channel(host, grpc.ssl_channel_credentials())
    )
    with channel:
        try:
            grpc.channel_ready_future(channel).result(SECONDS)
        except grpc.FutureTimeoutError:
            return Finding(
                f"BigQuery's Storage Write API at {host}",
                "can't be reached",
                "open the way to it (or set RECOLLECT_BIGQUERY_GRPC_ENDPOINT to the emulator's address)",
            )
    return Finding(f"BigQuery's Storage Write API at {host}")
