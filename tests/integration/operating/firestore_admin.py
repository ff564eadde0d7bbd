"""The Firestore admin API, as far as `recollect doctor` uses it; the emulator has none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc  # type: ignore[import-untyped]
from google.cloud.firestore_admin_v1.services.firestore_admin import FirestoreAdminAsyncClient
from google.cloud.firestore_admin_v1.services.firestore_admin.transports import (
    FirestoreAdminGrpcAsyncIOTransport,
)
from google.cloud.firestore_admin_v1.types import (
    Database,
    GetDatabaseRequest,
    Index,
    ListIndexesRequest,
    ListIndexesResponse,
)

from stores.firestore.doctor import wanted_indexes

_SERVICE = "/google.firestore.admin.v1.FirestoreAdmin"


def every_index() -> list[Index]:
    """All declared indexes, ready, with the field `__name__` that Firestore adds to each."""
    found = []
    for number, (collection, modes) in enumerate(wanted_indexes()):
        fields = [
            {"field_path": name, "array_config" if mode == "CONTAINS" else "order": mode}
            for name, mode in (*modes, ("__name__", "ASCENDING"))
        ]
        name = f"projects/p/databases/(default)/collectionGroups/{collection}/indexes/{number}"
        found.append(Index(name=name, fields=fields, state=Index.State.READY))
    return found


def building() -> Index:
    """The first index, while Firestore still builds it."""
    index = every_index()[0]
    index.state = Index.State.CREATING  # type: ignore[assignment]
    return index


@dataclass
class FirestoreAdmin:
    """Answers for one database, or for a missing one."""

    database: Database | None = field(
        default_factory=lambda: Database(type_=Database.DatabaseType.FIRESTORE_NATIVE)
    )
    indexes: list[Index] = field(default_factory=every_index)
    refuses: grpc.StatusCode | None = None

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handlers of its two calls."""
        if details.method == f"{_SERVICE}/GetDatabase":
            return grpc.unary_unary_rpc_method_handler(
                self._get_database, GetDatabaseRequest.deserialize, Database.serialize
            )
        return grpc.unary_unary_rpc_method_handler(
            self._list_indexes, ListIndexesRequest.deserialize, ListIndexesResponse.serialize
        )

    async def _get_database(
        self, request: GetDatabaseRequest, context: grpc.aio.ServicerContext
    ) -> Database:
        if self.refuses:
            await context.abort(self.refuses)
        if self.database is not None:
            return self.database
        raise await context.abort(grpc.StatusCode.NOT_FOUND)

    async def _list_indexes(
        self, request: ListIndexesRequest, context: grpc.aio.ServicerContext
    ) -> ListIndexesResponse:
        return ListIndexesResponse(indexes=self.indexes)


@asynccontextmanager
async def served(admin: FirestoreAdmin) -> AsyncIterator[FirestoreAdminAsyncClient]:
    """A client of the served admin API."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([admin])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield FirestoreAdminAsyncClient(
            transport=FirestoreAdminGrpcAsyncIOTransport(channel=channel)
        )
    await server.stop(grace=0)
