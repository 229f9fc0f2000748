"""A server that is far away: python delay.py PORT TO_PORT MILLISECONDS

Passes connections on to another port of this machine; every piece arrives half of that later, in both directions.
"""

import asyncio
import sys

port, to_port, half = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 2000


async def carry(reader, writer):
    loop = asyncio.get_running_loop()
    on_the_way = asyncio.Queue(maxsize=256)

    async def arrive():
        while True:
            at, piece = await on_the_way.get()
            await asyncio.sleep(max(0, at - loop.time()))
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    arriving = asyncio.create_task(arrive())
    try:
        while True:
            piece = await reader.read(1 << 18)
            await on_the_way.put((loop.time() + half, piece))
            if not piece:
                break
        await arriving
    except (ConnectionError, OSError):
        arriving.cancel()


async def connect(reader, writer):
    there, back = await asyncio.open_connection("127.0.0.1", to_port, limit=1 << 20)
    await asyncio.gather(carry(reader, back), carry(there, writer))
    back.close()
    writer.close()


async def main():
    server = await asyncio.start_server(connect, "127.0.0.1", port, limit=1 << 20)
    async with server:
        await server.serve_forever()


asyncio.run(main())
