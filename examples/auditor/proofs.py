"""Hashes, Merkle trees, keys and signed notes, as docs/auditing.md describes them."""
import base64, hashlib, json, re
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COUNT = "(0|[1-9][0-9]{0,15})"

class Number(str):
    """A fraction, as its line spells it: that is the spelling of RFC 8785 already."""
def need(holds, what):
    if not holds:
        raise ValueError(what)
def is_text(value, form="(?s).*"):
    return type(value) is str and re.fullmatch(form, value) is not None
def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def b64(data):
    return base64.b64encode(data).decode()
def unb64(text, size=32):
    """The bytes of a text in base64, of which a value has one spelling only."""
    data = base64.b64decode(text, validate=True)
    need(b64(data) == text and size in (None, len(data)), f"has no value in `{text[:50]}`")
    return data
def canonical(value):
    """Canonical JSON, RFC 8785."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return value if type(value) is Number else json.dumps(value, ensure_ascii=False)
def parse(line):
    return json.loads(line.decode(), parse_float=Number, parse_constant=lambda _: need(False, "is not JSON"))
def is_count(value):
    return type(value) is int and 0 <= value < 1 << 53
def middle_of(start, end):
    return start + (1 << (end - start - 1).bit_length() - 1)
def root_of(nodes, start, end):
    """The root over the leaves [start, end); None if the known nodes, by `(start, end)`, do not give it."""
    found = nodes.get((start, end))
    if found or end - start < 2:
        return found if end > start else sha256()
    middle = middle_of(start, end)
    left, right = root_of(nodes, start, middle), root_of(nodes, middle, end)
    nodes[start, end] = left and right and sha256(b"\x01", left, right)
    return nodes[start, end]
def nodes_of(leaves):
    return {(index, index + 1): leaf for index, leaf in enumerate(leaves)}
def absent(runs, start, end):
    """The largest subtrees without a leaf of the runs, from left to right."""
    inside = [run for run in runs if run[0] < end and sum(run) > start]
    if not inside or any(run[0] <= start and end <= sum(run) for run in inside):
        return [] if inside or start == end else [(start, end)]
    middle = middle_of(start, end)
    return absent(inside, start, middle) + absent(inside, middle, end)

def subtrees(first, end):
    """The largest subtrees of the leaves [first, end) that every tree with these leaves has, from left to right."""
    while first < end:
        width = 1 << (end - first).bit_length() - 1
        width = min(width, first & -first or width)
        yield first, first + width
        first += width
def climb(leaf, index, size, path):
    """The root to which an audit path leads from a leaf (RFC 6962, 2.1.1)."""
    if size < 2 or not path:
        need(size == 1 and not path and index == 0, "has a path of another length")
        return leaf
    middle, last = middle_of(0, size), unb64(path[-1])
    if index < middle:
        return sha256(b"\x01", climb(leaf, index, middle, path[:-1]), last)
    return sha256(b"\x01", last, climb(leaf, index - middle, size - middle, path[:-1]))

def read_key(text, kinds=(1,)):
    """A verifier key: its name, id and public key. Kind 1 is of a log, 4 of a witness, 6 of one with ML-DSA-44."""
    line = re.fullmatch(r"([^+\s\0-\x1f]{1,255})\+([0-9a-f]{8})\+(.+)", text)
    need(line, "has a key that is none")
    name, key_id, key = line.groups()
    key = unb64(key, None)
    need(key and key[0] in kinds and len(key) == (1313 if key[0] == 6 else 33)
         and sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "has a key that is none")
    return name, key_id, key[1:]

def signatures(note):
    """The text of a note, and the name, key id and signature of each of its lines."""
    text, _, lines = note.rpartition("\n\n")
    signed = [re.fullmatch(r"— ([^\s+\0-\x1f]+) ([A-Za-z0-9+/]+=*)", line) for line in lines[:-1].split("\n")]
    need(lines.endswith("\n") and len(signed) < 65 and all(signed) and is_text(text, "[^\0-\x09\x0b-\x1f]*")
         and all(len(unb64(one[2], None)) > 4 for one in signed), "has a note that is none")
    data = [(one[1], unb64(one[2], None)) for one in signed]
    return f"{text}\n", [(name, of[:4].hex(), of[4:]) for name, of in data]
def signers(note, keys):
    """The text of a note, and which of the keys signed it. A wrong signature of one of them spoils it."""
    text, signed = signatures(note)
    by = [(key, signature) for *of, signature in signed for key in keys if key[:2] == tuple(of)]
    for key, signature in by:
        Ed25519PublicKey.from_public_bytes(key[2]).verify(signature, text.encode())
    need(len(dict(by)) == len(by), "has a signature twice")
    return text, [*dict(by)]
def cosigned_at(note, key):
    """When a witness cosigned a note, in seconds since 1970; None if it did not."""
    text, signed = signatures(note)
    own = [signature for *of, signature in signed if key[:2] == tuple(of)]
    need(len(own) < 2, "has a cosignature twice")
    for signature in own:
        at = int.from_bytes(signature[:8], "big")
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
        Ed25519PublicKey.from_public_bytes(key[2]).verify(signature[8:], message)
        return at
    return None
def is_time_stamp(name, key_id):
    return key_id == sha256(name.encode(), b"\n\xffrfc3161")[:4].hex()
def checkpoint(note, keys):
    """Origin, size, root, the number of tenants with the root over them, and the keys that signed."""
    text, by = signers(note, keys)
    origin, size, root, said, *more = text[:-1].split("\n")
    name, tenants, over = said.split(" ")
    need(origin and name == "tenants" and is_text(f"{size} {tenants}", f"{COUNT} {COUNT}")
         and not any(re.match("tenants |$", line) for line in more), "has a checkpoint that is none")
    return origin, int(size), unb64(root), (int(tenants), unb64(over)), by
