import { comparePositions, parsePosition, type RecordedEvent } from '@interlock/kernel';
import {
  cutSubtrees,
  cutTenant,
  innerHash,
  keysOf,
  parseCheckpoint,
  parseNote,
  readLogCut,
  sameHash,
  segmentName,
  splitOf,
  subtreesOf,
  tenantOf,
  tenantPathHolds,
  fromBase64,
  verifiedBy,
  verifierText,
  type Hash,
  type LogCut,
} from '@interlock/tree';
import type { ReadFile } from './file.js';
import { endOf } from './files.js';
import type { EventName, FaultKind, Faults, ScavengedPart } from '../report.js';
import type { KnownTree } from '../checks/tree.js';

/** A record of a cut of the log, and its place in the file. */
export type RecordedCut = {
  readonly file: string;
  readonly line: number;
  readonly event: EventName;
  /** Null for a record that is none. */
  readonly cut: LogCut | null;
};

/** The record in an event; null if the event is no record of a cut. */
export const cutIn = (event: RecordedEvent): { readonly cut: LogCut | null } | null =>
  event.type === 'LogCut' && event.stream.startsWith('checkpoint-') ? { cut: cutOf(event) } : null;

/** INVARIANT: a record speaks of the tenant in whose tree it stands, and of earlier events. */
const cutOf = (event: RecordedEvent): LogCut | null => {
  const cut = readLogCut(event.data);
  const last = cut === undefined ? undefined : parsePosition(cut.last_position);
  return cut !== undefined &&
    last !== undefined &&
    comparePositions(last, event.position) < 0 &&
    cut.tenant.tenant === tenantOf(event.stream) &&
    cut.streams.every(({ stream }) => tenantOf(stream) === cut.tenant.tenant)
    ? cut
    : null;
};

/**
 * Why a record contradicts the log; null if it does not. `proves`: a key that the auditor trusts
 * signed its checkpoint. An earlier key of the log proves nothing, and contradicts nothing.
 */
const judge = (
  { cut }: RecordedCut,
  { keys, checkpoint: own, file }: ReadFile,
): {
  readonly fault: { readonly kind: FaultKind; readonly what: string } | null;
  readonly proves: boolean;
} => {
  const fault = (what: string, kind: FaultKind = 'log') => ({ fault: { kind, what }, proves: false });
  if (cut === null) return fault('records an invalid cut of the log');
  const note = parseNote(cut.checkpoint);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined)
    return fault('records a cut of the log with an invalid checkpoint');
  const by = verifiedBy(note, keysOf(file.seal!.keys) ?? keys) ?? [];
  if (by.length === 0)
    return fault('records a cut of the log with a checkpoint that the log did not sign', 'signature');
  if (cut.origin !== checkpoint.origin || checkpoint.origin !== own!.origin)
    return fault('records a cut of another log');
  const tenant = cutTenant(cut);
  if (!tenantPathHolds(tenant, checkpoint.tenants))
    return fault('records a cut of a tree that its checkpoint does not sign');
  if (cut.last_leaf >= checkpoint.size || cut.runs.some(([first, count]) => first + count > tenant.size))
    return fault('records a cut of events that its checkpoint does not cover');
  const holds = ({ first, count }: LogCut['segments'][number]): boolean =>
    first <= cut.last_leaf && cut.last_leaf < first + count;
  if (!cut.segments.some(holds)) return fault('records a cut of events that no segment of an archive holds');
  const trusted = keys.map(verifierText);
  return { fault: null, proves: by.some(({ key }) => trusted.includes(verifierText(key))) };
};

/** The subtrees between the leaves that the files have, `[start, end]`, and where they begin. */
const gapsOf = (read: readonly ReadFile[]): readonly (readonly [start: number, end: number])[] => {
  const gaps: (readonly [number, number])[] = [];
  for (const [i, { file }] of read.entries()) {
    let end = i === 0 ? 0 : endOf(read[i - 1]!);
    for (const [first, count] of file.seal!.runs) {
      if (first > end) gaps.push(...subtreesOf([end, first - end]));
      end = first + count;
    }
  }
  return gaps;
};

/** What the records of cuts explain. */
export type ExplainedCuts = {
  /** How many missing leaves. */
  readonly leaves: number;
  readonly parts: readonly ScavengedPart[];
  /** True if a record that holds names the leaf. */
  readonly names: (leaf: number) => boolean;
};

/**
 * The leaves that are missing from the files because the log was cut. A record explains them only
 * where its hashes are what the signed tree has in their place, and its own checkpoint signs the
 * same tree. Everything else stays missing; a record that does not hold is a finding.
 */
export const checkCuts = (
  read: readonly ReadFile[],
  tree: KnownTree,
  recorded: readonly RecordedCut[],
  faults: Faults,
): ExplainedCuts => {
  const last = read.at(-1)!;
  const tenant = last.file.seal!.tenant?.tenant;
  const nodes = new Map<string, Hash>();
  const holding: LogCut[] = [];
  for (const one of recorded) {
    const { fault, proves } = judge(one, last);
    const place = { file: one.file, line: one.line, event: one.event };
    if (fault !== null) faults.add({ ...place, ...fault });
    else if (one.cut!.tenant.tenant === tenant && one.cut!.tenant.size > tree.size)
      faults.add({ ...place, kind: 'history', what: 'records a cut of a tree that is larger than its own' });
    // The whole log's tree has other indices than a tenant's.
    else if (proves && one.cut !== null && one.cut.tenant.tenant === tenant) {
      holding.push(one.cut);
      for (const { start, end, hash } of cutSubtrees(one.cut)) {
        nodes.set(`${start} ${end}`, hash);
        const signed = tree.hash(start, end);
        if (signed !== undefined && !sameHash(signed, hash))
          faults.add({
            ...place,
            kind: 'history',
            what: `records a cut of leaves ${start} to ${end - 1} that are not those that were signed`,
          });
      }
    }
  }
  const hashOf = (start: number, end: number, known: KnownTree | null): Hash | undefined => {
    const own = known?.hash(start, end) ?? nodes.get(`${start} ${end}`);
    if (own !== undefined || end - start === 1) return own;
    const middle = start + splitOf(end - start);
    const left = hashOf(start, middle, known);
    const right = left === undefined ? undefined : hashOf(middle, end, known);
    return right === undefined ? undefined : innerHash(left!, right);
  };
  let leaves = 0;
  const explained: (readonly [start: number, end: number])[] = [];
  for (const [start, end] of gapsOf(read)) {
    const told = hashOf(start, end, null);
    const signed = tree.hash(start, end);
    if (told === undefined || signed === undefined) continue;
    if (!sameHash(told, signed)) {
      // A record's own subtree was compared above.
      if (nodes.has(`${start} ${end}`)) continue;
      faults.add({
        kind: 'history',
        file: last.source.name,
        leaf: start,
        count: end - start,
        what: `the leaves ${start} to ${end - 1}, which a cut of the log records, are not those that were signed`,
      });
      continue;
    }
    explained.push([start, end]);
    leaves += end - start;
  }
  const used = holding.filter(({ runs }) =>
    runs.some(([first]) => explained.some(([start, end]) => start <= first && first < end)),
  );
  for (const cut of holding) {
    const { size, root } = cut.tenant;
    const found = hashOf(0, size, tree);
    if (found !== undefined && !sameHash(found, fromBase64(root)!))
      faults.add({
        kind: 'history',
        file: last.source.name,
        what: `the first ${size} leaves are not those that the checkpoint of the cut \`${cut.cut_id}\` signs: the log was rewritten, and both are signed`,
      });
  }
  const names = (leaf: number): boolean =>
    holding.some(({ runs }) => runs.some(([first, count]) => first <= leaf && leaf < first + count));
  return { leaves, parts: used.map(partOf), names };
};

const partOf = (cut: LogCut): ScavengedPart => ({
  cut_id: cut.cut_id,
  leaves: cut.events,
  first: cut.runs[0]![0],
  last: cut.runs.at(-1)![0] + cut.runs.at(-1)![1] - 1,
  location: cut.location,
  segments: cut.segments.map(segmentName),
  checkpoint_size: parseCheckpoint(parseNote(cut.checkpoint)!.text)!.size,
  record: cut,
});
