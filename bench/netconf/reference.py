"""Measures ncclient on one server: PORT USER KEY TICK SECONDS KIND. Prints operations per second, and
the processor time of each in seconds."""
import os
import sys
import threading
import time

import ncclient.transport.parser
import ncclient.transport.ssh
from ncclient import manager

port, user, key, tick, seconds, kind = sys.argv[1:7]
ncclient.transport.ssh.TICK = ncclient.transport.parser.TICK = float(tick)
NS = "urn:interlock:params:xml:ns:yang:ran"
FILTER = ("subtree", f'<ran xmlns="{NS}"><cell><id>y-1</id></cell></ran>')
WINDOW = 16
SESSIONS = 8


def connect(async_mode=False):
    session = manager.connect(
        host="127.0.0.1",
        port=int(port),
        username=user,
        key_filename=key,
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=60,
    )
    session.async_mode = async_mode
    return session


def read(session, source="running"):
    return session.get_config(source=source, filter=FILTER)


def edit(power):
    return (
        f'<config><ran xmlns="{NS}"><cell><id>y-1</id><attributes>'
        f"<configuredMaxTxPower>{power}</configuredMaxTxPower></attributes></cell></ran></config>"
    )


def change(session, n):
    """The whole safe change: what is read, locked, edited, committed, read back and confirmed."""
    read(session)
    session.lock("running")
    session.lock("candidate")
    session.edit_config(
        target="candidate",
        config=edit(400 + n % 2),
        default_operation="merge",
        test_option="test-then-set",
        error_option="rollback-on-error",
    )
    read(session, "candidate")
    session.commit(confirmed=True, timeout="60", persist="bench")
    read(session)
    session.unlock("candidate")
    session.unlock("running")
    session.commit(persist_id="bench")


def repeat(one):
    done, end = 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        one(done)
        done += 1
    return done


def pipelined(session):
    waiting = [read(session) for _ in range(WINDOW)]

    def one(_):
        first = waiting.pop(0)
        first.event.wait(60)
        assert first.reply.ok
        waiting.append(read(session))

    return repeat(one)


def in_threads():
    sessions = [connect() for _ in range(SESSIONS)]
    counts = []
    threads = [
        threading.Thread(target=lambda one=one: counts.append(repeat(lambda _: read(one)))) for one in sessions
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), started


used = time.process_time()
if kind == "open":
    started = time.monotonic()
    done = repeat(lambda _: connect().close_session())
elif kind == "sessions":
    done, started = in_threads()
else:
    session = connect(kind == "pipelined")
    started = time.monotonic()
    if kind == "pipelined":
        done = pipelined(session)
    else:
        done = repeat(lambda n: change(session, n) if kind == "change" else read(session))
print(done / (time.monotonic() - started), (time.process_time() - used) / done)
sys.stdout.flush()
# Sessions in asynchronous mode do not end by themselves.
os._exit(0)
