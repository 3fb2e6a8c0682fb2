"""CrewAI: a governed tool of a crew. Not run here."""

import os

from crewai import Agent, Crew, Task
from crewai.tools import tool
from interlock_client import AgentCredential, InterlockClient, Journal, governed, handlers, serve_webhooks

interlock = InterlockClient(credential=AgentCredential.from_file(os.environ["INTERLOCK_CREDENTIAL"]))
journal = Journal("journal.sqlite3")


@governed(interlock, action_type="mail.archive", entity="message", account="mail", journal=journal)
def archive(message: str, folder: str = "archive") -> str:
    """Moves a message into a folder."""
    return f"{message} is in {folder}"  # Your mail server is asked here.


serve_webhooks(os.environ["HANDLER_SECRET"], handlers(archive), port=int(os.environ["HANDLER_PORT"]))
clerk = Agent(
    role="Clerk",
    goal="Sort the mail, and say what waits for a person",
    backstory="You sort mail.",
    tools=[tool("archive")(archive), tool("archive_resume")(archive.resume)],
)
task = Task(description="Archive message-1.", expected_output="What happened to message-1.", agent=clerk)
print(Crew(agents=[clerk], tasks=[task]).kickoff())
