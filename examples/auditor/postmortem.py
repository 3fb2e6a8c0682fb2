"""Post-mortems: text about an incident, with sealed exports of its events. See verify.py."""
import re
from datetime import datetime
from proofs import need

TITLE, OPENING, CLOSING = b"# Post-mortem: ", b"```interlock-export", b"```"
HEAD = ["| time | event | who | what | position |", "| --- | --- | --- | --- | --- |"]
POSITION = "[0-9]+(?:/[0-9]+)?"

def divided(data):
    """The exports in a post-mortem, and its lines of text outside them."""
    exports, text, part = [], [], None
    for line in data.split(b"\n"):
        if part is None and line == OPENING:
            part = []
        elif part is None:
            text.append(line.decode())
        elif line == CLOSING:
            exports.append(b"".join(one + b"\n" for one in part))
            part = None
        else:
            part.append(line)
    need(part is None and exports, "has no sealed export, or breaks off within one")
    return exports, text

def plain(text):
    return re.sub(r"\\([\\|<>\[\]*_`])", r"\1", text)
def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
def writer(event):
    actor = event["metadata"].get("actor")
    if not isinstance(actor, dict):
        return ""
    return f"person:{actor['person_id']}" if actor["kind"] == "person" else f"service:{actor['service']}"

def check_text(lines, events):
    """The text says what the events say, and leaves none of the incident and its alerts out."""
    by_position = {event["at"]: event for event in events}
    section, heading, rows, evidence = "", {}, {}, []
    for line in lines:
        section = line if line.startswith("#") else section
        if section == "## Timeline" and line.startswith("|") and line not in HEAD:
            cells = line[2:-2].split(" | ")
            need(len(cells) == 5 and cells[4] not in rows, "has a row in its timeline that is none, or one twice")
            rows[cells[4]] = cells
        elif section == "## Evidence" and (found := re.match(f"- position ({POSITION}), ", line)):
            evidence.append(found[1])
        elif section.startswith("# ") and (found := re.fullmatch(r"\| (\w+) \| (.*) \|", line)):
            need(found[1] not in heading, f"names its {found[1]} twice")
            heading[found[1]] = plain(found[2])
    need({*rows, *evidence} <= {*by_position}, "lists events that are not in its exports")
    own = f"incident-{heading['tenant']}:{heading['incident']}"
    [opened] = {event["id"]: event for event in events
                if (event["stream"], event["type"]) == (own, "IncidentOpened")}.values()
    cause = opened["data"]["cause"]
    said = {"severity": opened["data"]["severity"], "opened": opened["metadata"]["occurred_at"],
            "cause": f"{cause['type']} in {cause['stream']}, event {cause['event_id']}"}
    need(all(heading.get(name) == value for name, value in said.items()), "has another heading than its events")
    for position, (at, kind, who, *_) in rows.items():
        event = by_position[position]
        need((kind, plain(who), moment(at)) == (event["type"], writer(event), moment(event["metadata"]["occurred_at"])),
             f"lists another event at position {position}")
    linked = {event["data"]["stream"] for event in events
              if (event["stream"], event["type"], event["data"].get("kind")) == (own, "IncidentLinked", "alert")}
    need(linked <= {event["stream"] for event in events}, "lacks the events of an alert that it is linked to")
    need(all(position in rows for position, event in by_position.items() if event["stream"] in {own, *linked}),
         "leaves events out of its timeline")

def verify_post_mortem(data, args, read, verify):
    """As `verify`, for each export in a post-mortem; its text must say what they say."""
    parts, text = divided(data)
    exports, unknown = [*map(read, parts)], []
    for export in exports:
        is_quote = {*export.seal.get("filter", {})} == {"after", "until"} and len(export.events) == 1
        unknown += verify(export, args, is_quote)
    check_text(text, [event for export in exports for event in export.events])
    return unknown, [one for export in exports for one in export.margin]
