"""What governed functions remember: open calls, and what became of each action."""

import contextlib
import json
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple


Progress = Literal["running", "applied", "failed", "unknown", "refused", "undoing", "undone"]


class Call(NamedTuple):
    """An open call of a governed function."""

    intent_id: str
    action_id: str | None
    position: str | None


class Journal:
    """A journal in a file, or in the memory of this process.

    With a file, a program that starts again resumes its open calls, and can say of an action that
    it did not run. May be shared by threads, and its file by processes.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.is_kept = path is not None
        """True if the journal outlives this process."""
        self._run = str(uuid.uuid4())
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None
        )
        self._database.executescript(
            """
            PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS call
              (key TEXT PRIMARY KEY, intent_id TEXT NOT NULL, action_id TEXT UNIQUE, position TEXT);
            CREATE TABLE IF NOT EXISTS action
              (action_id TEXT PRIMARY KEY, run TEXT NOT NULL, progress TEXT NOT NULL, result TEXT);
            """
        )

    def open(self, key: str) -> Call:
        """The open call of a key; opens one if there is none."""
        with self._writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO call (key, intent_id) VALUES (?, ?)", (key, f"python-{uuid.uuid4()}")
            )
            row = database.execute(
                "SELECT intent_id, action_id, position FROM call WHERE key = ?", (key,)
            ).fetchone()
        return Call(*row)

    def accept(self, key: str, action_id: str, position: str) -> None:
        """Notes the action of an open call."""
        with self._writing() as database:
            database.execute(
                "UPDATE call SET action_id = ?, position = ? WHERE key = ?", (action_id, position, key)
            )

    def position(self, action_id: str) -> str | None:
        """The position of the action of an open call; None if there is none."""
        with self._writing() as database:
            row = database.execute("SELECT position FROM call WHERE action_id = ?", (action_id,)).fetchone()
        return None if row is None else row[0]

    def forget(self, key: str) -> None:
        """Drops an open call whose intent was refused."""
        with self._writing() as database:
            database.execute("DELETE FROM call WHERE key = ? AND action_id IS NULL", (key,))

    def close(self, action_id: str) -> None:
        """Ends the open call of an action: the next same call is a new one."""
        with self._writing() as database:
            database.execute("DELETE FROM call WHERE action_id = ?", (action_id,))

    def begin(self, action_id: str, progress: Progress) -> Progress | None:
        """Writes the beginning of an action, and returns None if it was written.

        Otherwise returns the progress that it already has.
        """
        with self._writing() as database:
            known = self._known(database, action_id)
            if known is None:
                database.execute(
                    "INSERT INTO action (action_id, run, progress) VALUES (?, ?, ?)",
                    (action_id, self._run, progress),
                )
            return known

    def end(self, action_id: str, progress: Progress, result: Any = None) -> None:
        """Writes what became of an action. The result becomes a JSON value."""
        with self._writing() as database:
            database.execute(
                "UPDATE action SET progress = ?, result = ? WHERE action_id = ?",
                (progress, json.dumps(result, default=str), action_id),
            )

    def begin_undo(self, action_id: str) -> bool:
        """Writes the beginning of an undo. False if the action is not applied, or undone already."""
        with self._writing() as database:
            written = database.execute(
                """UPDATE action SET progress = 'undoing', run = ?
                   WHERE action_id = ? AND progress = 'applied'""",
                (self._run, action_id),
            )
            return written.rowcount == 1

    def progress(self, action_id: str) -> Progress | None:
        """What became of an action; None if the journal does not know it."""
        with self._writing() as database:
            return self._known(database, action_id)

    def result(self, action_id: str) -> tuple[Any] | None:
        """The result of an applied action; None if it is not here."""
        with self._writing() as database:
            row = database.execute(
                "SELECT result FROM action WHERE action_id = ? AND progress = 'applied'", (action_id,)
            ).fetchone()
        return None if row is None else (json.loads(row[0]),)

    def _known(self, database: sqlite3.Connection, action_id: str) -> Progress | None:
        row = database.execute(
            "SELECT run, progress FROM action WHERE action_id = ?", (action_id,)
        ).fetchone()
        if row is None:
            return None
        run, progress = row
        # The process that ran it is gone, or is another one: nobody here can say how far it came.
        return "unknown" if progress in ("running", "undoing") and run != self._run else progress

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def key_of(*parts: Any) -> str:
    """The key of a call: equal calls have equal keys. Raises TypeError for what is not JSON."""
    return json.dumps(parts, sort_keys=True, allow_nan=False)
