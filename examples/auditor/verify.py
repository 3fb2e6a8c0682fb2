#!/usr/bin/env python3
"""Verifies a sealed export of Interlock's log with nothing but the log's public key.

This program and proofs.py are written from docs/auditing.md alone.
Exit codes: 0 verified, 1 contradiction, 2 in part."""
import argparse, hmac, re, sys
from datetime import datetime
from postmortem import TITLE, verify_post_mortem
from proofs import (absent, b64, canonical, checkpoint, climb, cosigned_at, is_count, is_text, is_time_stamp, need,
                    nodes_of, parse, read_key, root_of, sha256, signatures, signers, subtrees, unb64)

OWNERS = {category: service for service, *categories in map(str.split, (
    "agent-gateway call mcp_call mcp_server", "alerting alert channel delivery incident link rota route",
    "audit access checkpoint person", "budget-ledger autonomy budget", "digital-twin trace",
    "netconf-gateway device device_tx", "policy-evaluator evaluation",
    "policy-registry action_type bundle exchange lint policy rollout team",
    "posture brake posture response signal trust_lock",
    "safety-rails action change executor feedback kill_switch lease plan retention tenant")) for category in categories}
TENANT = "[a-z0-9][a-z0-9_-]{0,62}"

def signed_by(seal, known):
    """The checkpoint of a seal, all keys of the log, and those that count: the known one and the later ones."""
    keys = [read_key(seal["keys"]["first"])]
    for rotation in seal["keys"]["rotations"]:
        text, by = signers(rotation, keys[-1:])
        title, named, rest = text.split("\n")
        need(by and rotation.count("— ") == 1 and [title, rest] == ["interlock-key-rotation/v1", ""], "is not a handover")
        keys.append(read_key(named))
    need(known in keys and {key[0] for key in keys} == {known[0]}, "is of other keys than the known one")
    origin, *signed, by = checkpoint(seal["checkpoint"], keys[-1:])
    need(by and origin == known[0], "has a checkpoint that the log did not sign")
    return (origin, *signed), keys, keys[keys.index(known):]

def parts_of(stream):
    match = re.fullmatch("([a-z_]+)-([^:]+):([^\n\r\u2028\u2029]+)", stream)
    return match.groups() if match else ("", "", "")
def tenant_of(stream):
    return parts_of(stream)[1] if is_text(parts_of(stream)[1], TENANT) else "_system"
def place_of(position):
    need(is_text(position, "[0-9]{1,20}(/[0-9]{1,20})?"), "has a position that is none")
    return [*map(int, (position.split("/") * 2)[:2])]
def read_event(line):
    event = parse(line)
    members = [type(event[name]) for name in ("created", "id", "stream", "type", "data", "metadata")]
    need(members == [str, str, str, str, dict, dict] and is_text(event["revision"], "[0-9]+"), "has a line that is not an event")
    category, _, event["of"] = parts_of(event["stream"])
    event["category"], event["revision"] = category if len(category) < 65 else "", int(event["revision"])
    event["entry"] = b64(sha256(line)), event["category"], tenant_of(event["stream"]), str(event["revision"])
    event["at"], event["position"] = event["position"], place_of(event["position"])
    return event
def read_entry(entry):
    need(" ".join(sorted(entry)) == "category correlation event_hash index revision tenant v" and entry["v"] == 1
         and is_text(entry["category"], "[a-z_]{0,64}") and is_text(entry["tenant"], f"_system|{TENANT}")
         and is_text(entry["revision"], "0|[1-9][0-9]*") and unb64(entry["correlation"]), "has a malformed entry")
    return {**entry, "leaf": sha256(b"\0", canonical(entry).encode())}
def is_of(entry, event):
    return event["entry"] == (entry["event_hash"], entry["category"], entry["tenant"], entry["revision"])
def hashed(key, correlation):
    text = correlation.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if is_text(correlation) else ""
    return b64(hmac.digest(key, text.encode(), "sha256"))

def references(event):
    """The names by which an event refers to events of `_system`; `name_of` is the name of such an event."""
    kind, written = event["data"].get("action_type"), event["metadata"]
    if is_text(written.get("release")) and is_text(written.get("writer")):
        yield f"release {written['release']}"
    if event["type"] == "IntentAccepted" and isinstance(kind, dict) and "version" not in kind:
        yield f"action type {kind['action_type']} {kind['hash']}"
def name_of(event):
    (category, tenant, of), kind = parts_of(event["stream"]), event["type"]
    if (category, tenant, kind) == ("release", "_system", "ReleaseStarted"):
        return f"release {event['id']}"
    need((category, tenant, kind) == ("action_type", "_system", "ActionTypeRegistered"), "names a needless event")
    return f"action type {of} {sha256(canonical(event['data']['action_type']).encode()).hex()}"

def head(tenant, size, root):
    """The leaf of a tenant in the tree over all tenants."""
    return sha256(b"\0", canonical({"root": root, "size": size, "tenant": tenant, "v": 1}).encode())

def over_tenants(entries, sizes):
    """For each of these sizes of the log, how many tenants have leaves, and the root over them."""
    trees, found = {}, {}
    for size, entry in enumerate(entries, 1):
        count, nodes = trees.get(entry["tenant"], (0, {}))
        need(entry["index"] == count, "lacks an index of a tenant, or has one twice")
        nodes[count, count + 1], trees[entry["tenant"]] = entry["leaf"], (count + 1, nodes)
        if size in sizes:
            heads = [head(name, count, b64(root_of(nodes, 0, count))) for name, (count, nodes) in sorted(trees.items())]
            found[size] = len(heads), root_of(nodes_of(heads), 0, len(heads))
    return found

class Export:
    """The events of a sealed export, and the parts of its seal."""
    def __init__(self, data):
        *lines, rest = data.split(b"\n")
        end = next((at for at, line in enumerate(lines) if line.startswith(b'{"seal":')), len(lines))
        need(rest == b"" and end < len(lines), "is not whole: its end, which is a seal, is missing")
        self.lines, self.events = lines[:end], [*map(read_event, lines[:end])]
        parts, order = {"tenant_keys": [], "entries": [], "left_out": [], "named": [], "seal": []}, []
        for line in lines[end:]:
            value = parse(line)
            need(canonical(value).encode() == line and [*value] == ["seal"], "has a malformed line in its seal")
            name, part = [*value["seal"].items()][0] if len(value["seal"]) == 1 else ("seal", value["seal"])
            parts[name].append(part)
            order.append(name)
        [keys], [self.seal], self.named = parts["tenant_keys"], parts["seal"], parts["named"]
        need(order == [name for name, of in parts.items() for _ in of], "has the parts of its seal in another order")
        need(len({*self.seal, "filter"}) == 6, "has a seal with other members")
        need(all(len(part) == 256 or 0 < len(part) < 256 and part is parts[name][-1]
                 for name in ("entries", "left_out") for part in parts[name]), "has entries in other lines")
        need(all(a["index"] < b["index"] for a, b in zip(self.named, self.named[1:])), "has misplaced named events")
        self.keys = {tenant: unb64(key) for tenant, key in keys.items()}
        self.entries, self.left = ([read_entry(entry) for part in parts[name] for entry in part]
                                   for name in ("entries", "left_out"))

def check_log(events, is_whole):
    """Whether the events are those of a log of Interlock. Gives the checkpoints in them."""
    last, revisions, ids, published = [], {}, set(), []
    for line, event in enumerate(events, 1):
        stream, category = event["stream"], event["category"]
        owner = event["of"] if category in ("release", "open_work") else OWNERS.get(category)
        next_one = revisions.get(stream, -1 if is_whole else event["revision"] - 1) + 1
        need(owner in (None, event["metadata"].get("writer")), f"has a forged event on line {line}")
        need(last <= event["position"] and event["revision"] == next_one, f"has a misplaced event on line {line}")
        need(event["id"] not in ids or category in ("evaluation", "trace"), f"has an id twice, line {line}")
        last, revisions[stream] = event["position"], event["revision"]
        ids |= set() if category in ("evaluation", "trace") else {event["id"]}
        if event["type"] == "CheckpointPublished":
            published.append(checkpoint(event["data"]["note"], []))
            said = [event["data"]["origin"], event["data"]["tree_size"], unb64(event["data"]["root_hash"])]
            need(said == [*published[-1][:3]], f"has a checkpoint that is not its note's, line {line}")
    return published

def is_segment(one):
    return is_count(one["first"]) and is_count(one["count"]) and is_text(one["manifest_sha256"], "[0-9a-f]{64}")
def is_cut_stream(one, tenant):
    return (parts_of(one["stream"])[0] and tenant_of(one["stream"]) == tenant
            and is_text(one["from"], "0|[1-9][0-9]{0,18}") and is_text(one["until"], "[1-9][0-9]{0,18}"))
def read_cut(event):
    """The record of a cut, and the hashes in it by the leaves `(start, end)` that each is over."""
    cut, tenant, runs = event["data"], tenant_of(event["stream"]), event["data"]["runs"]
    need(all(map(is_text, (cut["cut_id"], cut["location"]))) and place_of(cut["last_position"]) < event["position"]
         and is_count(cut["last_leaf"]) and cut["tenant"]["tenant"] == tenant and is_count(cut["tenant"]["size"])
         and cut["streams"] and all(is_cut_stream(one, tenant) for one in cut["streams"])
         and cut["segments"] and all(map(is_segment, cut["segments"]))
         and runs and all(is_count(first) and is_count(count) and count > 0 for first, count in runs)
         and cut["events"] == sum(count for _, count in runs), "has a record of a cut that is none")
    parts = [part for first, count in runs for part in subtrees(first, first + count)]
    return cut, dict(zip(parts, map(unb64, cut["nodes"]), strict=True))
def check_cuts(export, nodes, of, every_key, keys):
    """How many of the missing leaves were cut from the log, and the runs of leaves that its records name."""
    (origin, tenant, size), told, roots, named = of, {}, {}, []
    for event in export.events:
        if event["type"] != "LogCut" or not event["stream"].startswith("checkpoint-"):
            continue
        cut, parts = read_cut(event)
        log, log_size, _, tenants, by = checkpoint(cut["checkpoint"], every_key)
        own, last = cut["tenant"], cut["last_leaf"]
        over = climb(head(own["tenant"], own["size"], own["root"]), own["index"], tenants[0], own["path"])
        need(by and cut["origin"] == log == origin, "has a record of a cut by a checkpoint that the log did not sign")
        need(over == tenants[1] and unb64(own["root"]), "has a record of a cut of a tree that was not signed")
        need(last < log_size and all(sum(run) <= own["size"] for run in cut["runs"])
             and any(one["first"] <= last < one["first"] + one["count"] for one in cut["segments"]),
             "has a record of a cut of events that its checkpoint or its segments do not cover")
        if own["tenant"] == tenant:
            need(own["size"] <= size, "has a record of a cut of a larger tree")
            if {*by} & {*keys}:
                told, named, roots[own["size"]] = told | parts, named + cut["runs"], unb64(own["root"])
    runs = export.seal["runs"]
    gaps = [part for end, (start, _) in zip([0, *map(sum, runs)], runs) for part in subtrees(end, start)]
    need(all(nodes.get(part, root) == root for part, root in told.items())
         and all(root_of(told | nodes, 0, at) in (None, root) for at, root in roots.items())
         and all(root_of(told, *part) in (None, nodes[part]) for part in gaps), "has a record of a cut of other leaves")
    return sum(end - start for start, end in gaps if root_of(told, start, end)), named
def check_filter(export, size, tenant, tenants, cut, named):
    """Why the entries do not prove that the file is complete; None if they do."""
    wanted, left, missing = export.seal.get("filter"), export.left, size - len(export.entries)
    provable = wanted is not None and {*wanted} <= {"categories", "correlation"}
    need(len(left) == (missing if provable else 0) and (wanted != {} or missing <= cut), "leaves other leaves out")
    def belongs(entry):
        key, correlation = export.keys.get(entry["tenant"]), (wanted or {}).get("correlation")
        if entry["category"] not in (wanted or {}).get("categories", [entry["category"]]):
            return False
        return correlation is None or (key and hashed(key, correlation) == entry["correlation"])
    need(all(map(belongs, export.entries)), "has events that its filter leaves out")
    if not provable or not missing:
        return None if provable else "their entries do not say whether they belong to the filter"
    others = sorted({*range(size)} - {*export.places})
    by_leaf = dict(zip(export.places, export.entries)) | dict(zip(others, left))
    every = [by_leaf[leaf] for leaf in range(size)]
    nodes = nodes_of(entry["leaf"] for entry in every)
    need([b64(root_of(nodes, *part)) for part in absent(export.seal["runs"], 0, size)] == export.seal["proof"],
         "has other entries of left-out leaves than those that were signed")
    said = over_tenants(every, {size} - {tenant and size}).get(size, tenants)
    need(said == tenants and all(tenant in (None, entry["tenant"]) for entry in every), "has other tenants' leaves")
    found = {belongs(entry) for leaf, entry in zip(others, left)
             if not any(first <= leaf < first + count for first, count in named)}
    need(True not in found, "lacks leaves that its filter names")
    if any(belongs(entry) for entry in left):
        return "leaves that its filter names were cut from the log"
    return "nothing proves the key of a tenant that has no event in the file" if None in found else None
def stored_at(event):
    """When the log stored an event, in seconds since 1970; 0 if its time is none."""
    try:
        return datetime.fromisoformat(event["created"].replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return 0
def check_witnesses(export, log_key, witnesses):
    """Each witness cosigned the seal, and no event was stored more than 5 minutes later.
    What cannot be told, and notes in the margin about signatures that are not checked."""
    note, latest = export.seal["checkpoint"], max(map(stored_at, export.events), default=0)
    blind = [key for key in witnesses if len(key[2]) > 32]
    for key in witnesses:
        at = None if key in blind else cosigned_at(note, key)
        need(key in blind or at is not None, f"has no cosignature of {key[0]}")
        need(key in blind or latest <= at + 300, f"has an event that was stored after {key[0]} cosigned it")
    known = [key[:2] for key in [log_key, *witnesses] if key not in blind]
    margin = [("the time stamp of " if is_time_stamp(name, of) else "the signature in the name of ") + name
              for name, of, _ in signatures(note)[1] if (name, of) not in known]
    return [f"{key[0]} signs with ML-DSA-44, which this program does not check" for key in blind], margin
def verify(export, args, is_quote=False):
    """What cannot be told or is missing, in words. Throws an error with the first contradiction."""
    seal, own, entries = export.seal, export.seal["tenant"], export.entries
    (origin, log_size, log_root, tenants), *keys = signed_by(seal, args.key)
    tenant, tree_name = (own["tenant"], f"{origin}/{own['tenant']}") if own else (None, origin)
    size, root = (own["size"], unb64(own["root"])) if own else (log_size, log_root)
    over = climb(head(tenant, size, own["root"]), own["index"], tenants[0], own["path"]) if own else tenants[1]
    need(over == tenants[1], f"has a tree of {tenant} that the checkpoint does not sign")
    need(args.origin in (None, tree_name), f"is of {tree_name}")
    runs, ends = seal["runs"], [-1, *map(sum, seal["runs"])]
    need(all(count > 0 and first > end for end, (first, count) in zip(ends, runs)) and ends[-1] <= size
         and sum(count for _, count in runs) == len(entries) == len(export.events), "has other runs than its events")
    export.places = [leaf for first, count in runs for leaf in range(first, first + count)]
    nodes = dict(zip(absent(runs, 0, size), map(unb64, seal["proof"]), strict=True))
    nodes |= {(leaf, leaf + 1): entry["leaf"] for leaf, entry in zip(export.places, entries)}
    need(root_of(nodes, 0, size) == root, "does not come to the root that the checkpoint signs")
    need({*export.keys} == {entry["tenant"] for entry in entries}, "has the keys of other tenants")
    reached = {}
    for at, (event, entry, line, leaf) in enumerate(zip(export.events, entries, export.lines, export.places)):
        key, index = export.keys[entry["tenant"]], entry["index"]
        own_hash = hashed(key, event["metadata"].get("$correlationId"))
        is_key = index > 0 or key == sha256(b"interlock tenant key/v1\n", line)
        need(is_of(entry, event), f"has an event that is not what was signed, line {at + 1}")
        need(entry["correlation"] == own_hash and is_key, f"has an event with a false entry, line {at + 1}")
        expected, left = reached.get(entry["tenant"], (0, 0))
        fits = (entry["tenant"], index) == (tenant, leaf) if own else 0 <= index - expected <= leaf - at - left
        need(fits, f"has an entry with another index on line {at + 1}")
        reached[entry["tenant"]] = index + 1, leaf - at
    names = set()
    for named in export.named:
        event, entry = read_event(named["event"].encode()), read_entry(named["entry"])
        need(is_of(entry, event) and climb(entry["leaf"], named["index"], log_size, named["path"]) == log_root,
             "has a named event that the log did not sign")
        names.add(name_of(event))
    named_by = {name for event in export.events for name in references(event)}
    need(names <= named_by, "has an event beside it that none of its events names")
    unknown = [f"the {name} is not in the file" for name in named_by - names] if tenant not in (None, "_system") else []
    is_whole = len(runs) == 1 and runs[0][0] == 0
    published = [one for one in check_log(export.events, is_whole) if is_whole and one[0] == tree_name]
    said = over_tenants(entries, {one[1] for one in published} | {log_size}) if is_whole and not own else {}
    need(said.get(log_size, tenants) == tenants, "has other tenants than its checkpoint signs")
    for _, at, of, over, _ in published:
        need((root_of(nodes, 0, at), said.get(at, over)) == (of, over) and at <= len(entries), "has a false checkpoint")
    cut, named = check_cuts(export, nodes, (origin, tenant, size), *keys)
    left, missing = check_filter(export, size, tenant, tenants, cut, named), size - len(entries) - cut
    if missing and not is_quote and (left or not args.complete):
        unknown.append(f"{missing} leaves are missing" + (f": {left}" if left else ""))
    blind, export.margin = check_witnesses(export, keys[0][-1], args.witness)
    return unknown + blind

def main(argv):
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("file", type=argparse.FileType("rb"), help="the export, as NDJSON")
    options.add_argument("--key", required=True, type=read_key, help="the log's public key: the line in 1.vkey")
    options.add_argument("--origin", help="the required tree: the log's name, or NAME/TENANT")
    options.add_argument("--complete", action="store_true", help="no leaf of the seal's filter may be missing")
    options.add_argument("--witness", action="append", default=[], type=lambda text: read_key(text, (4, 6)),
                         help="the public key of a witness, which must have cosigned (repeatable)")
    args = options.parse_args(argv)
    try:
        data = args.file.read()
        if data.startswith(TITLE):
            unknown, margin = verify_post_mortem(data, args, Export, verify)
        else:
            export = Export(data)
            unknown, margin = verify(export, args), export.margin
    except Exception as fault:  # A file that this program cannot read as an export is none.
        print(f"{args.file.name}: {fault or type(fault).__name__}\nnot verified")
        return 1
    print(*(f"{args.file.name}: {what}" for what in unknown), *(f"not checked: {what}" for what in margin),
          "in part" if unknown else "verified", sep="\n")
    return 2 if unknown else 0
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
