"""LangChain: a governed tool of an agent. Not run here."""

import os

from interlock_client import AgentCredential, InterlockClient, Journal, governed, handlers, serve_webhooks
from langchain.agents import create_agent
from langchain_core.tools import tool

interlock = InterlockClient(credential=AgentCredential.from_file(os.environ["INTERLOCK_CREDENTIAL"]))
journal = Journal("journal.sqlite3")


@governed(interlock, action_type="mail.archive", entity="message", account="mail", journal=journal)
def archive(message: str, folder: str = "archive") -> str:
    """Moves a message into a folder."""
    return f"{message} is in {folder}"  # Your mail server is asked here.


serve_webhooks(os.environ["HANDLER_SECRET"], handlers(archive), port=int(os.environ["HANDLER_PORT"]))
agent = create_agent("openai:gpt-4o", tools=[tool(archive), tool(archive.resume)])
answer = agent.invoke(
    {"messages": [{"role": "user", "content": "Archive message-1, and say what happened."}]}
)
print(answer["messages"][-1].content)
