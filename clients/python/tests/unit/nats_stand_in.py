"""A connection to a NATS server for machines without `nats-py`.

It has those methods of a connection of `nats-py` that the package uses, with the same signatures,
and speaks the protocol of NATS itself. Where `nats-py` is installed, the tests use that.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

try:
    import nats  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    nats = None


async def connected(url: str) -> Any:
    """A connection of `nats-py`, or of the stand-in."""
    return await StandIn.connect(url) if nats is None else await nats.connect(url)


class Message:
    """A message that arrived."""

    def __init__(self, connection: "StandIn", reply: str, data: bytes) -> None:
        self.data = data
        self._connection, self._reply = connection, reply

    async def respond(self, data: bytes) -> None:
        await self._connection.publish(self._reply, data)


class Acknowledged:
    """The answer of JetStream to a published message."""

    def __init__(self, answer: dict[str, Any]) -> None:
        if "error" in answer:
            raise RuntimeError(answer["error"]["description"])
        self.duplicate: bool | None = answer.get("duplicate")


class Subscription:
    def __init__(self, connection: "StandIn", sid: int) -> None:
        self._connection, self._sid = connection, sid

    async def unsubscribe(self) -> None:
        self._connection.callbacks.pop(self._sid, None)
        await self._connection.send(f"UNSUB {self._sid}\r\n".encode())


class StandIn:
    """One connection, without reconnects."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callbacks: dict[int, Callable[[Any], Awaitable[None]]] = {}
        self._reader, self._writer = reader, writer
        self._tasks: set[Any] = set()
        self._numbers = itertools.count(1)
        self._pongs: list[asyncio.Future[None]] = []
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, url: str) -> "StandIn":
        host, _, port = url.removeprefix("nats://").rpartition(":")
        connection = cls(*await asyncio.open_connection(host, int(port)))
        await connection.send(b'CONNECT {"verbose":false,"pedantic":true,"headers":true}\r\n')
        await connection.flush()
        return connection

    async def subscribe(self, subject: str, *, cb: Callable[[Any], Awaitable[None]]) -> Subscription:
        sid = next(self._numbers)
        self.callbacks[sid] = cb
        await self.send(f"SUB {subject} {sid}\r\n".encode())
        return Subscription(self, sid)

    async def publish(self, subject: str, payload: bytes, reply: str = "", headers: Any = None) -> None:
        if headers is None:
            await self.send(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")
            return
        head = ("NATS/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode()
        sizes = f"{len(head)} {len(head) + len(payload)}"
        await self.send(f"HPUB {subject} {reply} {sizes}\r\n".encode() + head + payload + b"\r\n")

    async def request(self, subject: str, payload: bytes, timeout: float, headers: Any = None) -> Message:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        inbox = f"_INBOX.{id(self)}.{next(self._numbers)}"

        async def take(message: Message) -> None:
            if not answer.done():
                answer.set_result(message)

        subscription = await self.subscribe(inbox, cb=take)
        await self.publish(subject, payload, inbox, headers)
        try:
            return await asyncio.wait_for(answer, timeout)
        finally:
            await subscription.unsubscribe()

    def jetstream(self) -> "StandIn.Stream":
        return StandIn.Stream(self)

    class Stream:
        def __init__(self, connection: "StandIn") -> None:
            self._connection = connection

        async def publish(self, subject: str, payload: bytes, *, headers: dict[str, Any]) -> Acknowledged:
            answer = await self._connection.request(subject, payload, 60, headers)
            return Acknowledged(json.loads(answer.data))

    async def flush(self) -> None:
        pong: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pongs.append(pong)
        await self.send(b"PING\r\n")
        await pong

    async def close(self) -> None:
        self._reading.cancel()
        self._writer.close()
        await self._writer.wait_closed()

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _read(self) -> None:
        while line := await self._reader.readline():
            word, *rest = line.decode().split()
            if word == "PING":
                await self.send(b"PONG\r\n")
            elif word == "PONG":
                self._pongs.pop(0).set_result(None)
            elif word in ("MSG", "HMSG"):
                await self._deliver(word, rest)
            elif word == "-ERR":
                raise RuntimeError(line.decode())

    async def _deliver(self, word: str, rest: list[str]) -> None:
        size = int(rest[-1])
        head = int(rest[-2]) if word == "HMSG" else 0
        data = (await self._reader.readexactly(size + 2))[head:-2]
        reply = rest[2] if len(rest) == (5 if word == "HMSG" else 4) else ""
        callback = self.callbacks.get(int(rest[1]))
        if callback is not None:
            # The reader goes on meanwhile, because a callback may await an answer.
            task = asyncio.ensure_future(callback(Message(self, reply, data)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
