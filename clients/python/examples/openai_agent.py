"""OpenAI Agents SDK: a governed tool of an agent. Not run here."""

import asyncio
import os

from agents import Agent, Runner, function_tool
from interlock_client import (
    AgentCredential,
    AsyncInterlockClient,
    Journal,
    governed,
    handlers,
    serve_webhooks,
)

interlock = AsyncInterlockClient(credential=AgentCredential.from_file(os.environ["INTERLOCK_CREDENTIAL"]))
journal = Journal("journal.sqlite3")


@governed(interlock, action_type="mail.archive", entity="message", account="mail", journal=journal)
async def archive(message: str, folder: str = "archive") -> str:
    """Moves a message into a folder."""
    return f"{message} is in {folder}"  # Your mail server is asked here.


async def main() -> None:
    loop, port = asyncio.get_running_loop(), int(os.environ["HANDLER_PORT"])
    serve_webhooks(os.environ["HANDLER_SECRET"], handlers(archive), port=port, loop=loop)
    tools = [function_tool(archive), function_tool(archive.resume)]
    agent = Agent(name="mail", instructions="You sort mail. Say what waits for a person.", tools=tools)
    result = await Runner.run(agent, "Archive message-1, and say what happened.")
    print(result.final_output)


asyncio.run(main())
