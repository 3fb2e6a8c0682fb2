import { actionOfTx, parseStream } from '@interlock/contracts';
import { comparePositions, parsePosition, sha256Hex } from '@interlock/kernel';
import { digestOf } from './derived-states.js';
import { mostListed } from './checks/not-made-again.js';
import type { Counts, OpenDecisions, ReplayOptions, ReplayPart, ReplayReport } from './report.js';

/** The result of a part: its report, and the hash of each of its states, by stream. */
export type ReplayedPart = { readonly report: ReplayReport; readonly states: ReadonlyMap<string, string> };

/** A number that spreads the names of streams evenly (FNV-1a). */
const spread = (stream: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < stream.length; i += 1) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/**
 * The categories whose streams belong to one action. All of them are in its part, because they are
 * compared with each other.
 */
const ofAction: ReadonlySet<string> = new Set(['action', 'device_tx', 'feedback']);
/** The share of the actions that the first part has less than the others, for its other streams. */
const othersShare = 0.04;

/** The part of an action. The first part also has every stream that belongs to no action. */
const partOf = (stream: string, of: number): number => {
  const parsed = parseStream(stream);
  if (parsed === undefined || !ofAction.has(parsed.category) || of === 1) return 0;
  const first = Math.max(0, 1 / of - othersShare);
  const place = spread(`${parsed.tenant}:${actionOfTx(parsed.id)}`) / 2 ** 32;
  return place < first ? 0 : 1 + Math.floor(((place - first) / (1 - first)) * (of - 1));
};

/** True if a part has the streams that belong to no action, or if there are no parts. */
export const hasOthers = (part: ReplayPart | undefined): boolean => part === undefined || part.index === 0;

/** Returns whether a stream belongs to a part; without a part, each does. */
export const inPart = (part: ReplayPart | undefined): ((stream: string) => boolean) => {
  if (part === undefined) return () => true;
  // The replay asks several times for the stream of one event.
  let last: string | undefined;
  let isIn = false;
  return (stream) => {
    if (stream !== last) {
      last = stream;
      isIn = partOf(stream, part.of) === part.index;
    }
    return isIn;
  };
};

const sum = (all: readonly Counts[]): Counts => {
  const total: { [name: string]: number } = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
};

type First = OpenDecisions['first'];

/** Orders by the position of the first event; what is owed has none and comes last. */
const earlier = (a: First, b: First): number => {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return comparePositions(parsePosition(a.position)!, parsePosition(b.position)!);
};

/** What several parts did not make again, by kind and reason, in the order of the log. */
const joinOpen = (lists: readonly (readonly OpenDecisions[])[]): readonly OpenDecisions[] => {
  const joined = new Map<string, OpenDecisions>();
  for (const one of lists.flat()) {
    const key = `${one.kind} ${one.because}`;
    const known = joined.get(key);
    if (known === undefined) joined.set(key, one);
    else if (one.first !== null)
      joined.set(key, {
        ...one,
        count: known.count + one.count,
        first: earlier(known.first, one.first) <= 0 ? known.first : one.first,
      });
  }
  return [...joined.values()].sort((a, b) => earlier(a.first, b.first));
};

/**
 * Joins the reports of all parts of one log. Null if a part differs, or lists too many reasons.
 * Then only a replay without parts tells the first difference, or the reasons that it lists.
 */
export const joinParts = (
  parts: readonly ReplayedPart[],
  sha256: NonNullable<ReplayOptions['sha256']> = sha256Hex,
): ReplayReport | null => {
  const reports = parts.map(({ report }) => report);
  const [first] = reports;
  const open = joinOpen(reports.map((report) => report.not_made_again));
  if (first === undefined || reports.some(({ difference }) => difference !== null)) return null;
  if (open.length > mostListed) return null;
  const states = parts.flatMap((part) => [...part.states]);
  return {
    events: first.events,
    checked: sum(reports.map(({ checked }) => checked)),
    itself: sum(reports.map(({ itself }) => itself)),
    unchecked: sum(reports.map(({ unchecked }) => unchecked)),
    unknown: sum(reports.map(({ unknown }) => unknown)),
    owed: first.owed,
    not_made_again: open,
    begun_late: first.begun_late,
    states: { count: states.length, digest: digestOf(states, sha256) },
    difference: null,
  };
};
