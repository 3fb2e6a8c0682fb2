import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { connectEventStore } from '@interlock/eventstore';
import { startGuarded } from '@interlock/testing';
import type { EventMetadata } from '@interlock/kernel';
import { repository } from './stack.js';

/** A forged event; `writer` is its writer's name, absent if it has none. */
export type Forged = {
  readonly stream: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
  readonly writer?: string;
};

/**
 * Appends events to the log of a home whose stack is down, through a log server without users, like
 * an EventStoreDB without access lists. Returns their ids.
 */
export const forgeIn = async (home: string, events: readonly Forged[]): Promise<readonly string[]> => {
  const server = await startGuarded({
    program: process.execPath,
    args: [
      '--no-warnings',
      join(repository, 'apps', 'event-store', 'bin', 'interlock-event-store.js'),
      ...['--db', join(home, 'log', 'events.db'), '--port', '0'],
    ],
    ready: /listening 127\.0\.0\.1:(\d+)/,
  });
  try {
    const log = await connectEventStore(`esdb://127.0.0.1:${server.match[1]!}?tls=false`);
    try {
      const ids: string[] = [];
      for (const { stream, type, data, metadata, writer } of events) {
        const { writer: _owner, ...rest } = metadata;
        const id = randomUUID();
        const forged = { ...rest, command_id: id, ...(writer === undefined ? {} : { writer }) };
        await log.append(stream, [{ id, type, data, metadata: forged }], 'any');
        ids.push(id);
      }
      return ids;
    } finally {
      await log.close();
    }
  } finally {
    await server.stop();
  }
};
