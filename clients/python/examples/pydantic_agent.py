"""Pydantic AI: a governed tool of an agent. Not run here."""

import asyncio
import os

from interlock_client import (
    AgentCredential,
    AsyncInterlockClient,
    Journal,
    governed,
    handlers,
    serve_webhooks,
)
from pydantic_ai import Agent

interlock = AsyncInterlockClient(credential=AgentCredential.from_file(os.environ["INTERLOCK_CREDENTIAL"]))
journal = Journal("journal.sqlite3")


@governed(interlock, action_type="mail.archive", entity="message", account="mail", journal=journal)
async def archive(message: str, folder: str = "archive") -> str:
    """Moves a message into a folder."""
    return f"{message} is in {folder}"  # Your mail server is asked here.


async def main() -> None:
    loop, port = asyncio.get_running_loop(), int(os.environ["HANDLER_PORT"])
    serve_webhooks(os.environ["HANDLER_SECRET"], handlers(archive), port=port, loop=loop)
    agent = Agent(
        "openai:gpt-4o", tools=[archive, archive.resume], instructions="Say what waits for a person."
    )
    result = await agent.run("Archive message-1, and say what happened.")
    print(result.output)


asyncio.run(main())
