import { systemTenant, type LogHold, type PlannedCut, type Timestamp } from '@interlock/contracts';
import { contradiction } from '@interlock/archive';
import {
  collect,
  comparePositions,
  isProblem,
  positionText,
  ProblemError,
  uuidV5,
  type EventStore,
  type Position,
} from '@interlock/kernel';
import { counterOf, type LogRetention, type ServiceContext } from '@interlock/platform';
import { segmentName, tenantPath, toBase64, wholeTree, type LogCut } from '@interlock/tree';
import type { Archived } from '../archive/archived-log.js';
import type { ArchiveView } from '../archive/archive-view.js';
import { signedAt, type Signed } from '../proofs/signed.js';
import { storedHeads } from '../tree/tenant-heads.js';
import type { Trees } from '../tree/trees.js';
import { proveCut } from './cut-proof.js';
import type { CutRecords } from './cut-records.js';
import { oldStreams, withTheirActions, type OldStream } from './finished-streams.js';

type LogCutterParts = {
  readonly store: EventStore;
  readonly trees: Trees;
  readonly archived: Archived | null;
  readonly view: Pick<ArchiveView, 'archivedUpTo'>;
  readonly records: CutRecords;
  readonly origin: string;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics'>;
};

/** The conditions that allow a cut: the archive, and how far it reaches. */
type Ground = {
  readonly archived: Archived;
  readonly archivedTo: Position;
  readonly signed: Signed;
};

const behind = 'the trees do not follow the log yet';

/** INVARIANT: the record of a cut stays below 1 MiB, the limit of one append. */
const mostEvents = 3000;
const mostStreams = 500;

/**
 * Cuts the streams of ended actions and their device transactions from the log, if the archive and
 * a checkpoint prove them. Each step can be repeated, so the next round finishes a cut that a crash
 * interrupted.
 */
export class LogCutter implements LogRetention {
  constructor(private readonly parts: LogCutterParts) {}

  async plan(tenant: string, before: Timestamp): Promise<PlannedCut> {
    const ground = await this.#ground(tenant);
    if (typeof ground === 'string')
      return {
        before,
        blocked: ground,
        streams: 0,
        events: 0,
        bytes: 0,
        from: null,
        to: null,
        segments: [],
        checkpoint_size: null,
        held: [],
      };
    const old = await this.#judged(tenant, before, ground);
    const cut = old.filter(({ hold }) => hold === null);
    const times = cut.flatMap(({ from, to }) => [from, to]).sort();
    return {
      before,
      blocked: null,
      streams: cut.length,
      events: sumOf(cut, 'events'),
      bytes: sumOf(cut, 'bytes'),
      from: times[0] ?? null,
      to: times.at(-1) ?? null,
      segments: await this.#segmentsOf(ground, cut),
      checkpoint_size: cut.length === 0 ? null : ground.signed.size,
      held: heldBy(old),
    };
  }

  async cut(tenant: string, before: Timestamp, signal: AbortSignal): Promise<void> {
    const { logger } = this.parts.context;
    const ground = await this.#ground(tenant);
    if (typeof ground === 'string') {
      logger.warn({ tenant_id: tenant, reason: ground }, 'the log is not cut');
      // Shortly after a start the trees catch up, so the round is repeated early.
      if (ground === behind) throw new ProblemError('read-model-behind', ground);
      return;
    }
    const open = await this.parts.records.open(tenant);
    if (open !== null) await this.#truncate(tenant, open);
    const left = (await this.#judged(tenant, before, ground)).filter(({ hold }) => hold === null);
    while (left.length > 0 && !signal.aborted) {
      const batch = [left.shift()!];
      let events = batch[0]!.events;
      for (let next = left[0]; next !== undefined && batch.length < mostStreams; next = left[0]) {
        if (events + next.events > mostEvents) break;
        events += next.events;
        batch.push(left.shift()!);
      }
      await this.#cutBatch(tenant, before, ground, batch);
    }
  }

  /** Returns the ground for a cut, or the reason why nothing may be cut now. */
  async #ground(tenant: string): Promise<Ground | string> {
    const { archived, view, trees } = this.parts;
    if (tenant === systemTenant) return `the log of \`${systemTenant}\` is kept`;
    if (archived === null) return 'no archive is configured';
    if (trees.runner.state() !== 'following') return behind;
    const { said, found } = await trees.readingAll((db) => trees.findings(db));
    if (said.length + found.length > 0) return 'the log contradicts what was signed';
    try {
      const archivedTo = await view.archivedUpTo();
      if (archivedTo === null) return 'nothing is archived yet';
      const signed = await trees.readingAll((db) => signedAt(db, null));
      return signed === null ? 'nothing is signed yet' : { archived, archivedTo, signed };
    } catch (error) {
      if (isProblem(error)) return error.detail;
      throw error;
    }
  }

  async #judged(tenant: string, before: Timestamp, ground: Ground): Promise<readonly OldStream[]> {
    const { archivedTo, signed } = ground;
    const old = await oldStreams(this.parts.store, tenant, before);
    const judged = await Promise.all(
      old.map(async (one) => {
        if (one.hold !== null) return one;
        if (comparePositions(one.lastPosition, archivedTo) > 0)
          return { ...one, hold: 'not_archived' as const };
        const leaf = await this.parts.trees.reading(wholeTree, (reader) => reader.leafAt(one.lastPosition));
        return leaf !== null && leaf < signed.size ? one : { ...one, hold: 'not_signed' as const };
      }),
    );
    return withTheirActions(judged);
  }

  async #segmentsOf({ archived }: Ground, cut: readonly OldStream[]): Promise<readonly string[]> {
    const leaves = await Promise.all(
      cut.map(({ lastPosition }) =>
        this.parts.trees.reading(wholeTree, (reader) => reader.leavesBefore(lastPosition, false)),
      ),
    );
    const names: string[] = [];
    if (leaves.length === 0) return names;
    for await (const { manifest } of archived.archive.manifests())
      if (leaves.some((leaf) => leaf >= manifest.first && leaf < manifest.first + manifest.count))
        names.push(segmentName(manifest));
    return names;
  }

  /**
   * Reads the events back from the archive, records the cut, and truncates the streams. Throws
   * `archive-contradicted` and cuts nothing if the log, the tree and the archive disagree.
   */
  async #cutBatch(
    tenant: string,
    before: Timestamp,
    { archived, signed }: Ground,
    batch: readonly OldStream[],
  ): Promise<void> {
    const { store, trees, records, origin, context } = this.parts;
    const events = (
      await Promise.all(
        batch.map(async ({ stream, last }) =>
          (await collect(store.read(stream))).filter(({ revision }) => revision < last),
        ),
      )
    )
      .flat()
      .sort((a, b) => comparePositions(a.position, b.position));
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return;
    const path = await trees.readingAll(async (db) => tenantPath(await storedHeads(db, signed.size), tenant));
    if (path === null) throw contradiction(null, `the checkpoint has no tree of \`${tenant}\``);
    const proof = await proveCut(trees, archived, tenant, events);
    const cut: LogCut = {
      // The same events are never cut twice, so the last one identifies the cut.
      cut_id: uuidV5('log-cut', tenant, positionText(last.position), `${events.length}`),
      origin,
      before,
      streams: batch.map(({ stream, shown, last: until }) => ({
        stream,
        from: `${shown}`,
        until: `${until}`,
      })),
      events: events.length,
      bytes: proof.bytes,
      from: first.created,
      to: last.created,
      last_position: positionText(last.position),
      last_leaf: proof.lastLeaf,
      runs: proof.runs,
      nodes: proof.nodes,
      location: archived.archive.store.location,
      segments: proof.segments,
      checkpoint: signed.logNote,
      tenant: { ...path, path: path.path.map(toBase64) },
    };
    await records.record(tenant, cut);
    await this.#truncate(tenant, cut);
    counterOf(context.metrics, 'audit_cut_events_total').inc(events.length);
    context.logger.info(
      { tenant_id: tenant, cut_id: cut.cut_id, streams: batch.length, events: events.length },
      'streams of ended actions and their transactions were cut from the log',
    );
  }

  /** Truncates the streams that a recorded cut names. Repeating it changes nothing. */
  async #truncate(tenant: string, cut: LogCut): Promise<void> {
    const { store, records, context } = this.parts;
    await records.note(tenant, cut);
    for (const { stream, until } of cut.streams) {
      const [shown] = await collect(store.read(stream, { limit: 1 }));
      const [last] = await collect(store.read(stream, { limit: 1, backwards: true }));
      // If the action has continued in the meantime, its stream is needed again.
      if (`${last?.revision}` !== until || shown === undefined || shown.revision >= BigInt(until)) continue;
      await store.setRetention(stream, { truncateBefore: BigInt(until) });
    }
    await store.scavenge().catch((error: unknown) => {
      context.logger.warn(
        { err: error },
        'the log does not start a scavenge now: the next scavenge removes what was truncated',
      );
    });
    await records.truncated(tenant, cut);
  }
}

const sumOf = (streams: readonly OldStream[], what: 'events' | 'bytes'): number =>
  streams.reduce((sum, one) => sum + one[what], 0);

const heldBy = (old: readonly OldStream[]): PlannedCut['held'] => {
  const byReason = new Map<LogHold, OldStream[]>();
  for (const one of old)
    if (one.hold !== null) byReason.set(one.hold, [...(byReason.get(one.hold) ?? []), one]);
  return [...byReason].map(([why, streams]) => ({
    why,
    streams: streams.length,
    events: sumOf(streams, 'events'),
  }));
};
