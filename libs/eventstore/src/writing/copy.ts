import { ProblemError, type Position } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { Connection, silent } from '../connection/connection.js';
import { readHead, streamed, type ReadSettings } from '../reading/read.js';

type Body<Name extends string> =
  { readonly [name in Name]: unknown } | { readonly [name in `${Name}_base64`]: string };

/**
 * An event as the log stores it, the log's own events included. `created_us` is in microseconds
 * since 1970. Data and metadata are JSON values, or bytes in base64.
 */
export type CopiedEvent = {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly created_us: number;
  readonly json: boolean;
} & Body<'data'> &
  Body<'metadata'>;

const body = <Name extends string>(name: Name, value: unknown): Body<Name> =>
  (value === undefined || value instanceof Uint8Array
    ? { [`${name}_base64`]: Buffer.from(value ?? []).toString('base64') }
    : { [name]: value }) as Body<Name>;

const microseconds = 1000;
const notEmbedded = (position: number | null): ProblemError =>
  new ProblemError(
    'validation-failed',
    `the log lacks ${position === null ? 'events that nobody scavenged' : `an event at position ${position}`}: it is not an embedded log; back it up with its own tools, then back up the rest with --no-log`,
  );

/**
 * The events up to the present end of an embedded log, in the order of their positions; later
 * events are left out. Throws `log-unavailable`, and `validation-failed` if the positions are not
 * 1, 2, 3 and so on, apart from scavenged events. They are not in an EventStoreDB.
 */
const copied = async function* (settings: ReadSettings, head: Position | null): AsyncGenerator<CopiedEvent> {
  if (head === null) return;
  const last = Number(head.commit);
  const read = streamed(settings, 'a copy of the log', ({ client }) =>
    client.readAll({
      requiresLeader: true,
      direction: 'forwards',
      fromPosition: 'start',
      maxCount: last,
      resolveLinkTos: false,
    }),
  );
  const begun = new Set<string>();
  let position = 0;
  /** Positions without an event, less those that the streams' beginnings say were scavenged. */
  let missing = 0;
  for await (const { event, link } of read) {
    const stored = link ?? event;
    const before = position;
    position = Number(stored?.position?.commit ?? 0n);
    if (stored === undefined || position <= before) throw notEmbedded(before + 1);
    const revision = Number(BigInt.asIntN(64, stored.revision));
    missing += position - before - 1;
    if (!begun.has(stored.streamId)) missing -= Math.max(0, revision);
    begun.add(stored.streamId);
    yield {
      position,
      stream: stored.streamId,
      revision,
      id: stored.id,
      type: stored.type,
      created_us: stored.created.getTime() * microseconds,
      json: stored.isJson,
      ...body('data', stored.data),
      ...body('metadata', stored.metadata),
    };
  }
  if (position !== last)
    throw new ProblemError('log-unavailable', `the copy of the log ended at ${position} of ${last}`);
  if (missing !== 0) throw notEmbedded(null);
};

/**
 * Hands the events of a log, up to its present end, to `take`. Services may append meanwhile. The
 * user of the address needs the right to read the whole log. Throws as above.
 */
export const copyLog = async <T>(
  url: string,
  take: (events: AsyncIterable<CopiedEvent>) => Promise<T>,
): Promise<T> => {
  const connection = new Connection(url, silent);
  const settings = { connection, deadlineMs: atThisPace(30_000) };
  try {
    return await take(copied(settings, await readHead(settings)));
  } finally {
    await connection.close();
  }
};
