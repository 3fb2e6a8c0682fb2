// Copies of recorded events, as a tenant's history would contain them. Pure: events in, events out.
import { createHash } from 'node:crypto';

const uuid = /\b([0-9a-f]{8})(-[0-9a-f]{4}-)([0-9a-f])([0-9a-f]{3}-[0-9a-f]{4}-)([0-9a-f]{12})\b/g;
const instant = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
const wholeDay = /\b\d{4}-\d\d-\d\d\b(?!T)/g;

/** The actions in one copy, and the time between two copies. */
export const spacingMs = 26_000;

/**
 * Maps ids to other ids for each copy: hash-based ids stay spread over the whole range, time-based
 * ones keep their time. `known` ids mean the same everywhere and stay.
 */
export function otherIds(copy, known = new Set()) {
  const hash = createHash('sha256').update(`${copy}`).digest().readUInt32BE(0);
  const number = copy.toString(16).padStart(12, '0');
  const tail = (last) =>
    (BigInt(`0x${last}`) ^ (BigInt(`0x${number}`) << 4n)).toString(16).padStart(12, '0').slice(-12);
  return (whole, first, a, version, b, last) => {
    if (known.has(whole)) return whole;
    const spread = ((hash ^ Number.parseInt(first, 16)) >>> 0).toString(16).padStart(8, '0');
    return version === '5' || version === '4'
      ? `${spread}${a}${version}${b}${last}`
      : `${first}${a}${version}${b}${tail(last)}`;
  };
}

export const idsIn = (text) => new Set(text.match(uuid) ?? []);

/**
 * A copy of one event's text with other ids, moved back in time; days (of daily streams) move too.
 */
export function movedCopy(text, { ids, earlierMs }) {
  const at = (time) => new Date(Date.parse(time) - earlierMs).toISOString();
  const days = new Map();
  for (const [time] of text.matchAll(instant)) days.set(time.slice(0, 10), at(time).slice(0, 10));
  return text
    .replaceAll(uuid, ids)
    .replaceAll(wholeDay, (day) => days.get(day) ?? day)
    .replaceAll(instant, at);
}

const streamCategory = (stream) => stream.slice(0, stream.indexOf('-'));

/**
 * The events of one copy as appends, in a possible order: evaluations first, then the actions with
 * their own events, consequences last. An append holds the events of one stream. `leases` are
 * sequential, because a lease's number is its revision.
 */
export function appendsOf(events) {
  const streams = Map.groupBy(events, ({ stream }) => stream);
  const rank = { evaluation: 0, budget: 1, action: 2, device_tx: 3, trace: 4 };
  const appends = [...streams].toSorted(
    ([a], [b]) => (rank[streamCategory(a)] ?? 5) - (rank[streamCategory(b)] ?? 5),
  );
  const isLease = ([stream]) => streamCategory(stream) === 'lease';
  return { appends: appends.filter((one) => !isLease(one)), leases: appends.filter(isLease) };
}

/**
 * Leases of a copy for a stream that already holds `revision` events: a release names the number of
 * its grant.
 */
export function renumbered(events, revision) {
  const granted = new Map();
  return events.map((event, i) => {
    const { type, data } = event;
    if (type === 'LeaseGranted') granted.set(data.action_id, `${revision + BigInt(i)}`);
    return data.fencing === undefined
      ? event
      : { ...event, data: { ...data, fencing: granted.get(data.action_id) ?? data.fencing } };
  });
}

/**
 * A tenant's set-up for another tenant: other ids, other names, and an own key for its bus user.
 */
export function tenantCopy(lines, { tenant, copy, name, publicKey, key }) {
  const ids = otherIds(copy);
  return lines.map((line) =>
    JSON.parse(
      line
        .replaceAll(uuid, ids)
        .replaceAll(`-${tenant}:`, `-${name}:`)
        .replaceAll(`"${tenant}"`, `"${name}"`)
        .replaceAll(`nats.${tenant}.`, `nats.${name}.`)
        .replaceAll(publicKey, key),
    ),
  );
}
