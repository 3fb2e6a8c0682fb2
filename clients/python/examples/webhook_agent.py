"""An agent without a framework: it archives a message, once a person has agreed."""

import os
import sys

from interlock_client import (
    AgentCredential,
    InterlockClient,
    Journal,
    Pending,
    governed,
    handlers,
    serve_webhooks,
)

interlock = InterlockClient(credential=AgentCredential.from_file(os.environ["INTERLOCK_CREDENTIAL"]))
# With a file, this program may end while a person thinks, and go on when it is started again.
journal = Journal(os.environ.get("INTERLOCK_JOURNAL", "journal.sqlite3"))


@governed(interlock, action_type="mail.archive", entity="message", account="mail", journal=journal)
def archive(message: str, folder: str = "archive") -> str:
    """Moves a message into a folder."""
    with open(f"{folder}.txt", "a", encoding="utf-8") as file:
        file.write(f"{message}\n")
    return f"{message} is in {folder}"


serve_webhooks(os.environ["HANDLER_SECRET"], handlers(archive), port=int(os.environ["HANDLER_PORT"]))
answer = archive(sys.argv[1])
print(answer, flush=True)
while isinstance(answer, Pending):
    answer = archive.resume(answer.continuation)
    if not isinstance(answer, Pending):
        print(answer)
