"""A TCP relay that hands every byte on after a delay: `delay_relay PORT MILLISECONDS`."""

from __future__ import annotations

import asyncio
import socket
import sys

CHUNK = 256 * 1024
WAITING = 1024  # chunks under way in one direction before reading pauses


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Copy one direction; what was read at t is written at t + delay."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING)

    async def hand_on() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    task = asyncio.create_task(hand_on())
    try:
        while data := await reader.read(CHUNK):
            await under_way.put((loop.time() + delay, data))
    except ConnectionError:
        pass
    await under_way.put((loop.time() + delay, b""))
    await asyncio.gather(task, return_exceptions=True)


async def serve(port: int, delay: float) -> None:
    """Relay every connection to 127.0.0.1:port; the relay's own port is printed."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        for one in (writer, there_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(carry(reader, there_writer, delay), carry(there_reader, writer, delay))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
