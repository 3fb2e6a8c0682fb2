"""Drives a device as ncclient's users do, and prints one JSON object of what came back at each step."""
import json
import os
import re
import sys

from ncclient import manager
from ncclient.operations import RPCError

host, port, user, password = sys.argv[1:5]
NS = "urn:interlock:params:xml:ns:yang:ran"


def connect():
    return manager.connect(
        host=host,
        port=int(port),
        username=user,
        password=password,
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=20 * int(os.environ.get("INTERLOCK_PACE", "1")),
    )


def edit(power):
    return (
        f'<config><ran xmlns="{NS}"><cell><id>cell-001-1</id><attributes>'
        f"<configuredMaxTxPower>{power}</configuredMaxTxPower></attributes></cell></ran></config>"
    )


def power(session, source):
    found = session.get_config(source=source, filter=("subtree", f'<ran xmlns="{NS}"><cell><id>cell-001-1</id></cell></ran>'))
    return int(re.search(r"configuredMaxTxPower>(\d+)<", found.data_xml).group(1))


def change(session, value):
    session.edit_config(
        target="candidate",
        config=edit(value),
        default_operation="merge",
        test_option="test-then-set",
        error_option="rollback-on-error",
    )


def refused(call):
    try:
        call()
    except RPCError as error:
        return error.tag
    return None


said = {}
first = connect()
second = connect()
said["base11"] = ":base:1.1" in first.server_capabilities
said["confirmed"] = ":confirmed-commit:1.1" in first.server_capabilities
said["sessions_differ"] = first.session_id != second.session_id
said["start"] = power(first, "running")

with first.locked("candidate"):
    said["locked_for_others"] = refused(lambda: second.lock("candidate"))
    change(first, 410)
    said["validate"] = first.validate(source="candidate").ok
    said["candidate"] = power(first, "candidate")
    said["running_before_commit"] = power(first, "running")
    first.commit()
said["committed"] = power(second, "running")

change(first, 420)
first.commit(confirmed=True, timeout="60", persist="p1")
said["tentative"] = power(second, "running")
said["wrong_persist_id"] = refused(lambda: second.commit(persist_id="wrong"))
second.commit(persist_id="p1")
said["confirmed_by_other"] = power(first, "running")

change(first, 430)
first.commit(confirmed=True, timeout="60", persist="p2")
second.cancel_commit(persist_id="p2")
said["cancelled_by_other"] = power(first, "running")

change(first, 440)
first.commit(confirmed=True, timeout="60")
second.kill_session(first.session_id)
said["after_kill"] = power(second, "running")

change(second, 450)
second.discard_changes()
said["discarded"] = power(second, "candidate")
said["bad_value"] = refused(lambda: change(second, 9999))
said["bad_element"] = refused(lambda: second.edit_config(target="candidate", config=f'<config><nope xmlns="{NS}"/></config>'))
said["schema"] = "module interlock-ran" in second.get_schema("interlock-ran").data
said["state"] = sorted(set(re.findall(r"<(\w+)>[\w.-]+<", second.get(filter=("subtree", f'<ran-state xmlns="{NS}"/>')).data_xml)))
second.close_session()
print(json.dumps(said))
