"""A mail server that takes everything quickly, or refuses each so-manieth message for now, and counts what it took.

Usage: python -m scripts.bench_sink PORT REFUSE_EACH FILE
It writes the Message-ID and the number of every message that it took to FILE, a line each.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TextIO


class Sink:
    """``refuse_each``: 0 takes all."""

    def __init__(self, refuse_each: int, taken: TextIO) -> None:
        self.refuse_each, self.taken, self.seen = refuse_each, taken, 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""

        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        say("220 sink")
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "DATA":
                say("354 go on")
                say(self._answer(await self._message(reader)))
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250-sink\r\n250 SMTPUTF8" if verb == "EHLO" else "250 ok")
        writer.close()

    async def _message(self, reader: asyncio.StreamReader) -> str:
        found = ""
        while (line := await reader.readline()) not in (b".\r\n", b""):
            if line.lower().startswith(b"message-id:") and not found:
                found = line.decode().partition(":")[2].strip()
        return found

    def _answer(self, message_id: str) -> str:
        self.seen += 1
        if self.refuse_each and self.seen % self.refuse_each == 0:
            return "451 try again later"
        self.taken.write(f"{message_id}\n")
        self.taken.flush()
        return "250 taken"


async def main(port: int, refuse_each: int, file: Path) -> None:
    """Serve until killed."""
    with file.open("a", encoding="utf-8") as taken:
        sink = Sink(refuse_each, taken)
        async with await asyncio.start_server(sink.talk, "127.0.0.1", port) as server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
