import type { IdCache } from '../model/id-cache.js';
import type { StreamMetadata } from '../model/metadata.js';
import type { ExpectedRevision, ProposedEvent, WriteOutcome } from '../model/model.js';
import type { StreamState } from '../storage/streams.js';

/** The part of the log that the decision may read. */
export type Recorded = {
  readonly ids: IdCache;
  readonly idsFrom: (
    streamId: number,
    revision: number,
    count: number,
  ) => readonly { readonly id: string; readonly position: number }[];
  /** Whether the stream has ever been given metadata; such a stream exists even without events. */
  readonly hasMetadata: (stream: string) => boolean;
};

const wrong = (actual: number): WriteOutcome => ({ kind: 'wrong_expected_version', actual });

/** The original outcome if these events are already at these revisions; otherwise undefined. */
function original(
  recorded: Recorded,
  streamId: number,
  first: number,
  events: readonly ProposedEvent[],
): WriteOutcome | undefined {
  const there = recorded.idsFrom(streamId, first, events.length);
  if (there.length < events.length || !there.every(({ id }, index) => id === events[index]?.id))
    return undefined;
  return {
    kind: 'written',
    revision: first + events.length - 1,
    position: there[there.length - 1]?.position,
    repeated: true,
  };
}

/** Whether the first of these events is the first of the stream. */
function startsAlike(recorded: Recorded, streamId: number, events: readonly ProposedEvent[]): boolean {
  return events.length > 0 && recorded.idsFrom(streamId, 0, 1)[0]?.id === events[0]?.id;
}

/** True if a stream has events or was given metadata. */
export function exists(recorded: Pick<Recorded, 'hasMetadata'>, state: StreamState): boolean {
  return state.last >= 0 || recorded.hasMetadata(state.name);
}

/**
 * Decides by the id cache: only new events are written, only known events get their original
 * outcome, a mixture is refused.
 */
function decideByIds(
  recorded: Recorded,
  state: StreamState,
  events: readonly ProposedEvent[],
): WriteOutcome | undefined {
  let revision: number | undefined;
  for (const [index, { id }] of events.entries()) {
    const known = recorded.ids.revisionOf(state.id, id);
    if (known === undefined) return index === 0 ? undefined : wrong(state.last);
    revision = known;
  }
  if (revision === undefined) return undefined;
  return {
    kind: 'written',
    revision,
    position: recorded.idsFrom(state.id, revision, 1)[0]?.position,
    repeated: true,
  };
}

/**
 * Decides whether a write may be done: undefined means yes. A repeat at an exact revision always
 * gets the original outcome. A repeat without one gets it only while the id cache knows the events.
 */
export function decide(
  recorded: Recorded,
  state: StreamState,
  metadata: StreamMetadata,
  expected: ExpectedRevision,
  events: readonly ProposedEvent[],
): WriteOutcome | undefined {
  const { last } = state;
  switch (expected) {
    case 'any':
      return decideByIds(recorded, state, events);
    case 'stream_exists':
      if (metadata.softDeleted) return { kind: 'stream_deleted' };
      if (!exists(recorded, state)) return wrong(last);
      return decideByIds(recorded, state, events);
    case 'no_stream':
      if (last < 0) return undefined;
      if (events.length > 0) {
        const outcome = original(recorded, state.id, 0, events);
        if (outcome !== undefined) return outcome;
      }
      // A repeat of the stream's first events is not a new beginning, as on the real server.
      return metadata.softDeleted && !startsAlike(recorded, state.id, events) ? undefined : wrong(last);
    default: {
      if (expected === BigInt(last)) return undefined;
      if (expected > BigInt(last) || events.length === 0) return wrong(last);
      return original(recorded, state.id, Number(expected) + 1, events) ?? wrong(last);
    }
  }
}
