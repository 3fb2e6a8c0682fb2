"""Runs every operation of ncclient on two devices, and prints one JSON object of what came back.

The first device has a candidate and confirmed commit 1.1. The second has running and startup only.
"""
import json
import os
import re
import sys

from ncclient import manager
from ncclient.operations import RPCError
from ncclient.xml_ import to_ele

host, user, *ports_and_passwords = sys.argv[1:7]
NS = "urn:interlock:params:xml:ns:yang:ran"
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
PACE = int(os.environ.get("INTERLOCK_PACE", "1"))


def connect(port, password):
    return manager.connect(
        host=host,
        port=int(port),
        username=user,
        password=password,
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=20 * PACE,
    )


def config(inner):
    return f'<config xmlns:nc="{NC}"><ran xmlns="{NS}">{inner}</ran></config>'


def cell(name, inner, operation=None):
    mark = "" if operation is None else f' nc:operation="{operation}"'
    return f"<cell{mark}><id>{name}</id>{inner}</cell>"


def power(value, operation=None):
    mark = "" if operation is None else f' nc:operation="{operation}"'
    return f"<attributes><configuredMaxTxPower{mark}>{value}</configuredMaxTxPower></attributes>"


def refused(call):
    try:
        call()
    except RPCError as error:
        return error.tag
    return None


def powers(session, source="candidate", inner=""):
    """The power of each cell that a subtree filter selects."""
    found = session.get_config(source=source, filter=("subtree", f'<ran xmlns="{NS}">{inner}</ran>')).data_xml
    pattern = r"<(?:\w+:)?id>([\w-]+)<.*?configuredMaxTxPower>(\d+)<"
    return {name: int(value) for name, value in re.findall(pattern, found, re.DOTALL)}


def cells(session, source="candidate"):
    found = session.get_config(source=source, filter=("subtree", f'<ran xmlns="{NS}"><cell><id/></cell></ran>')).data_xml
    return sorted(re.findall(r"<(?:\w+:)?id>([\w-]+)<", found))


said = {}
first = connect(ports_and_passwords[0], ports_and_passwords[1])
second = connect(ports_and_passwords[0], ports_and_passwords[1])
one, two, new = "cell-001-1", "cell-001-2", "cell-new"


def edit(inner, **options):
    return first.edit_config(target="candidate", config=config(inner), **options)


# get and get-config, with and without a filter
said["get_state"] = "ran-state" in first.get().data_xml
said["get_filtered"] = "<ran-state" not in first.get(filter=("subtree", f'<ran xmlns="{NS}"/>')).data_xml
said["config_whole"] = "ran-state" not in first.get_config(source="running").data_xml
said["config_by_key"] = list(powers(first, "running", f"<cell><id>{two}</id></cell>"))
said["config_leaf_only"] = "administrativeState" not in first.get_config(
    source="running",
    filter=("subtree", f'<ran xmlns="{NS}"><cell><id>{one}</id><attributes><configuredMaxTxPower/></attributes></cell></ran>'),
).data_xml
said["xpath_filter"] = refused(lambda: first.get_config(source="running", filter=("xpath", "/ran")))
said["no_such_store"] = refused(lambda: first.get_config(source="startup"))

# edit-config: the operations
edit(cell(one, power(411)))
said["merge"] = powers(first)[one]
edit(cell(one, power(412, "replace")))
said["replace"] = powers(first)[one]
edit(cell(new, "<attributes><administrativeState>LOCKED</administrativeState>"
               "<configuredMaxTxPower>400</configuredMaxTxPower></attributes>", "create"))
said["create"] = new in cells(first)
said["create_again"] = refused(lambda: edit(cell(new, power(400), "create")))
edit(cell(new, "", "delete"))
said["delete"] = new in cells(first)
said["delete_again"] = refused(lambda: edit(cell(new, "", "delete")))
said["remove_again"] = edit(cell(new, "", "remove")).ok
said["none"] = edit(cell(one, power(413, "merge")), default_operation="none").ok and powers(first)[one]

# edit-config: test-option and error-option
said["test_only"] = edit(cell(one, power(399)), test_option="test-only").ok and powers(first)[one]
said["set"] = edit(cell(one, power(414)), test_option="set").ok and powers(first)[one]
both = cell(one, power(398)) + cell(two, power(9999))
said["rollback_on_error"] = [
    refused(lambda: edit(both, test_option="test-then-set", error_option="rollback-on-error")),
    powers(first)[one],
]
said["continue_on_error"] = refused(lambda: edit(both, error_option="continue-on-error"))

# discard-changes, validate and copy-config
first.discard_changes()
said["discard"] = powers(first)[one]
said["validate"] = first.validate(source="candidate").ok
said["validate_inline"] = refused(lambda: first.validate(source=to_ele(config(cell(one, power(9999))))))
edit(cell(one, power(397)))
said["copy_config"] = first.copy_config(source="running", target="candidate").ok and powers(first)[one]
said["copy_to_itself"] = refused(lambda: first.copy_config(source="candidate", target="candidate"))
first.discard_changes()

# lock and unlock
first.lock(target="running")
said["locked"] = refused(lambda: second.lock(target="running"))
first.unlock(target="running")
said["unlocked"] = second.lock(target="running").ok and second.unlock(target="running").ok
said["unlock_of_none"] = refused(lambda: second.unlock(target="running"))

# create-subscription, and the events of a confirmed commit
listener = connect(ports_and_passwords[0], ports_and_passwords[1])
said["subscribed"] = listener.create_subscription(stream_name="NETCONF").ok
said["no_such_stream"] = refused(lambda: second.create_subscription(stream_name="weather"))
edit(cell(one, power(420)))
first.commit(confirmed=True, timeout="60", persist="p1")
said["tentative"] = powers(second, "running")[one]
said["wrong_persist_id"] = refused(lambda: second.commit(persist_id="p0"))
second.commit(persist_id="p1")
said["confirmed"] = powers(first, "running")[one]
edit(cell(one, power(421)))
first.commit(confirmed=True, timeout="60", persist="p2")
second.cancel_commit(persist_id="p2")
said["cancelled"] = powers(first, "running")[one]
heard = []
while sum("confirm" in event for event in heard) < 4:
    notice = listener.take_notification(block=True, timeout=30 * PACE)
    if notice is None:
        break
    event = re.search(r"</(?:\w+:)?eventTime>\s*<(?:\w+:)?([\w-]+)", notice.notification_xml).group(1)
    detail = re.search(r"confirm-event>(\w+)<", notice.notification_xml)
    heard.append(event if detail is None else f"{event} {detail.group(1)}")
said["heard"] = [one_event for one_event in heard if "confirm" in one_event]

# get-schema, and an operation that ncclient has no method for
said["schema"] = first.get_schema("interlock-ran", version="2026-11-01").data.strip().startswith("module interlock-ran")
said["schema_unknown"] = refused(lambda: first.get_schema("nothing"))
said["dispatch"] = "netconf-state" in first.dispatch(
    to_ele(f'<get xmlns="{NC}"><filter type="subtree"><netconf-state xmlns="{MONITORING}"><sessions/></netconf-state></filter></get>')
).xml
said["dispatch_unknown"] = refused(lambda: first.dispatch(to_ele('<teleport xmlns="urn:example:none"/>')))

# kill-session, delete-config of a candidate, close-session
said["kill_itself"] = refused(lambda: first.kill_session(first.session_id))
said["killed"] = first.kill_session(listener.session_id).ok
said["delete_candidate"] = refused(lambda: first.delete_config(target="candidate"))
said["closed"] = second.close_session().ok and first.close_session().ok

# A device without a candidate: running is edited, copied to startup, and startup is deleted.
plain = connect(ports_and_passwords[2], ports_and_passwords[3])
said["plain"] = [":candidate" in plain.server_capabilities, ":startup" in plain.server_capabilities]
[plain_cell] = cells(plain, "running")[:1]
plain.edit_config(target="running", config=config(cell(plain_cell, power(405))))
said["running_edited"] = powers(plain, "running")[plain_cell]
said["startup_before"] = powers(plain, "startup")[plain_cell]
plain.copy_config(source="running", target="startup")
said["startup_after"] = powers(plain, "startup")[plain_cell]
said["deleted"] = plain.delete_config(target="startup").ok and powers(plain, "startup")
said["delete_running"] = refused(lambda: plain.delete_config(target="running"))
plain.close_session()
print(json.dumps(said))
