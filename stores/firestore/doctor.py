"""Examines a Firestore database: whether it can be read and written, and has its indexes."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any, TypeAlias

from google.api_core.exceptions import GoogleAPIError, NotFound, PermissionDenied
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_admin_v1.services.firestore_admin import FirestoreAdminAsyncClient
from google.cloud.firestore_admin_v1.types import Database, Index

from stores.findings import Finding
from stores.keys import lease_key

SECONDS = 5.0
"""Time limit of one call."""
MOST_SKEW = 10.0
"""The most seconds by which the clocks here and at Firestore may differ; beyond that, leases mean nothing."""
_INDEXES = files("stores.firestore") / "firestore.indexes.json"
_Shape: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A collection, and the fields of an index with the mode of each."""

NO_CREDENTIALS = Finding(
    "Google's credentials",
    "there are none that can be used",
    "run `gcloud auth application-default login`, or on Google Cloud give the service an account",
)


async def examine(
    project: str, database: str, admin: FirestoreAdminAsyncClient | None = None
) -> Sequence[Finding]:
    """All findings about a database. `admin` is the client for its administration. Without it, a default one
    is used, except with an emulator, which has no administration."""
    subject = f"Firestore database {database} of {project}"
    found: list[Finding] = []
    try:
        if admin is None and "FIRESTORE_EMULATOR_HOST" not in os.environ:
            admin = FirestoreAdminAsyncClient()
        if admin is not None:
            found += await _administered(admin, project, database, subject)
            if any(finding.problem for finding in found):
                return found
        found += await _used(project, database, subject)
    except GoogleAuthError:
        found.append(NO_CREDENTIALS)
    except PermissionDenied:
        found.append(
            Finding(
                subject,
                "the account may not use it",
                f"grant it roles/datastore.user on the project {project}",
            )
        )
    except (GoogleAPIError, TimeoutError) as error:
        found.append(
            Finding(
                subject,
                f"does not answer ({type(error).__name__})",
                "see that firestore.googleapis.com (or FIRESTORE_EMULATOR_HOST) can be reached from here",
            )
        )
    return found


async def _administered(
    admin: FirestoreAdminAsyncClient, project: str, database: str, subject: str
) -> Sequence[Finding]:
    name = f"projects/{project}/databases/{database}"
    try:
        there = await admin.get_database(name=name, retry=None, timeout=SECONDS)
    except NotFound:
        create = f"gcloud firestore databases create --project={project} --database='{database}'"
        return [Finding(subject, "is missing", f"make it: `{create} --location=…`")]
    if there.type_ != Database.DatabaseType.FIRESTORE_NATIVE:
        return [
            Finding(
                subject,
                "is not in native mode",
                "make another, and name it in RECOLLECT_FIRESTORE_DATABASE",
            )
        ]
    every = await admin.list_indexes(
        parent=f"{name}/collectionGroups/-", retry=None, timeout=SECONDS
    )
    states = {_shape(index): index.state async for index in every}
    wanted = set(wanted_indexes())
    missing = wanted - states.keys()
    building = {shape for shape in wanted - missing if states[shape] != Index.State.READY}
    subject = f"Firestore's indexes, {len(wanted)}"
    if missing:
        deploy = f"firebase deploy --only firestore:indexes --project {project}"
        return [
            Finding(
                subject,
                f"{len(missing)} are missing",
                f"deploy them: `{deploy}` (docs/deploying.md)",
            )
        ]
    if building:
        return [
            Finding(
                subject, f"{len(building)} are not built yet", "wait: it takes minutes to hours"
            )
        ]
    return [Finding(subject)]


async def _used(project: str, database: str, subject: str) -> Sequence[Finding]:
    client = firestore.AsyncClient(project=project, database=database)
    try:
        lease = client.document(*lease_key("doctor").path)
        found = await lease.get(retry=None, timeout=SECONDS)
        # A write that changes nothing, because there is no such record, but needs the permission.
        with suppress(NotFound):
            await lease.update({"holder": ""}, retry=None, timeout=SECONDS)
        skew = abs(found.read_time.timestamp() - time.time())
    finally:
        await client._firestore_api.transport.close()
    if skew > MOST_SKEW:
        return [clock_off("Firestore's", skew)]
    return [Finding(f"{subject}: read and written")]


def clock_off(whose: str, skew: float) -> Finding:
    """A finding that the clock here differs from another one by `skew` seconds."""
    return Finding(
        "clock", f"differs from {whose} by {skew:.0f} s", "let NTP set this machine's clock"
    )


def wanted_indexes() -> Iterator[_Shape]:
    """The composite indexes that the queries need."""
    declared: Mapping[str, Any] = json.loads(_INDEXES.read_text())
    for index in declared["indexes"]:
        modes = tuple((f["fieldPath"], f.get("order") or f["arrayConfig"]) for f in index["fields"])
        yield index["collectionGroup"], modes


def _shape(index: Index) -> _Shape:
    """An index as declared: Firestore itself appends the name."""
    modes = tuple(
        (field.field_path, (field.order if field.order.value else field.array_config).name)
        for field in index.fields
        if field.field_path != "__name__"
    )
    return index.name.split("/")[5], modes
