"""Proxies between the exporters and the emulators, which make the network fail.

`GrpcProxy` understands calls, so that it can refuse one, lose its answer or deliver it late;
`TcpProxy` knows bytes only, and can cut, stall and lose answers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import grpc  # type: ignore[import-untyped]

LIMITS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
REFUSALS = ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED")
FAULTS = (*REFUSALS, "lose", "delay", "late")
"""Refuse a call; lose its answer after it was executed; delay it; refuse it but execute it later."""


@dataclass
class NetworkConditions:
    """The current fault of calls, and how often it occurs."""

    rnd: Random
    fault: str = ""
    share: float = 0.0
    befallen: dict[str, int] = field(default_factory=dict)
    """How often each fault has occurred."""

    def strikes(self) -> str:
        """The fault of the next call, or ''."""
        if not self.fault or self.rnd.random() >= self.share:
            return ""
        self.befallen[self.fault] = self.befallen.get(self.fault, 0) + 1
        return self.fault

    def clear(self) -> None:
        """No fault from now on."""
        self.fault, self.share = "", 0.0


class GrpcProxy(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Forwards every gRPC call to `target` (host:port), with the faults of `conditions`."""

    def __init__(self, target: str, conditions: NetworkConditions) -> None:
        self.conditions = conditions
        self.gate: Callable[[bytes], bytes | None] = lambda answer: answer
        """Returns what arrives of each answer; with None nothing arrives."""
        self._channel = grpc.aio.insecure_channel(target, options=LIMITS)
        self._server = grpc.aio.server(options=LIMITS)
        self._server.add_generic_rpc_handlers((self,))
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        self._late: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._port}"

    async def start(self) -> None:
        await self._server.start()

    async def settle(self) -> None:
        """Wait for the calls that are executed late."""
        await asyncio.gather(*self._late, return_exceptions=True)

    async def stop(self) -> None:
        await self.settle()
        await self._server.stop(None)
        await self._channel.close()

    def service(self, handler_call_details: Any) -> Any:
        method = handler_call_details.method

        async def forward(requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
            fault = self.conditions.strikes()
            if fault in REFUSALS:
                await context.abort(grpc.StatusCode[fault], "an injected fault")
            metadata = [
                (key, value)
                for key, value in context.invocation_metadata()
                if not key.startswith(("grpc-", "user-agent", ":"))
            ]
            if fault == "late":
                first = await anext(aiter(requests))
                later = asyncio.create_task(self._carry_out(method, first, metadata))
                self._late.add(later)
                await context.abort(grpc.StatusCode.UNAVAILABLE, "yet it will be carried out")
            if fault == "delay":
                await asyncio.sleep(self.conditions.rnd.uniform(0.1, 1.5))
            call = self._channel.stream_stream(method)(requests, metadata=metadata)
            try:
                async for response in call:
                    if fault == "lose":
                        await asyncio.sleep(self.conditions.rnd.uniform(0, 1))
                        await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer is lost")
                    if (arriving := self.gate(response)) is not None:
                        yield arriving
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")
            finally:
                call.cancel()

        return grpc.stream_stream_rpc_method_handler(forward)

    async def _carry_out(self, method: str, request: bytes, metadata: Any) -> None:
        await asyncio.sleep(self.conditions.rnd.uniform(0.5, 4))

        async def requests() -> AsyncIterator[bytes]:
            yield request

        with suppress(grpc.aio.AioRpcError):
            call = self._channel.stream_stream(method)
            async for _ in call(requests(), metadata=metadata, timeout=10):
                return


class TcpProxy:
    """Forwards connections to `target`, with the faults of `conditions`."""

    def __init__(self, target: str, conditions: NetworkConditions) -> None:
        self.conditions = conditions
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._target.split(":")
        self._writers.add(writer)
        try:
            upstream, sender = await asyncio.open_connection(host, int(port))
            self._writers.add(sender)
            try:
                await asyncio.gather(
                    self._pump(reader, sender, lambda: ""),
                    self._pump(upstream, writer, self.conditions.strikes),
                )
            finally:
                self._writers.discard(sender)
                sender.transport.abort()
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        strikes: Callable[[], str],
    ) -> None:
        while data := await reader.read(65536):
            fault = strikes()
            if fault == "delay":
                await asyncio.sleep(self.conditions.rnd.uniform(0.1, 1.5))
            elif fault:
                raise ConnectionResetError("the answer is lost")
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError("ended")
