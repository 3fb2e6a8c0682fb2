import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { ownerOf, streamName, streamOwners } from '@interlock/contracts';

/** A client of the embedded log with the credentials of a user's process. */
export const logAs = (home: string, port: number, user: string): EventStoreDBClient => {
  const folder = join(home, 'secrets', 'log');
  return new EventStoreDBClient(
    { endpoint: { address: '127.0.0.1', port } },
    { rootCertificate: readFileSync(join(folder, 'ca.pem')) },
    { username: user, password: readFileSync(join(folder, `${user}.password`), 'utf8') },
  );
};

/**
 * The categories in which a client may write in a writer's name, tried one by one. An append that
 * the log would accept fails by its expected revision instead.
 */
export const writable = async (client: EventStoreDBClient, writer: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const category of Object.keys(streamOwners) as readonly (keyof typeof streamOwners)[]) {
    const event = jsonEvent({ type: 'Forged', data: {}, metadata: { writer } });
    const refusal: unknown = await client
      .appendToStream(streamName(category, 'rights', 'tried'), [event], { expectedRevision: 'stream_exists' })
      .catch((error: unknown) => error);
    const { type } = refusal as { readonly type?: string };
    if (type === 'wrong-expected-version') found.push(category);
    else if (type !== 'access-denied') throw refusal;
  }
  return found;
};

/** The events whose writer does not own their category: `stream type writer`. */
export const wrongWriters = async (
  events: AsyncIterable<{
    readonly stream: string;
    readonly type: string;
    readonly metadata: { readonly writer?: string };
  }>,
): Promise<{ readonly count: number; readonly wrong: readonly string[] }> => {
  let count = 0;
  const wrong: string[] = [];
  for await (const { stream, type, metadata } of events) {
    count += 1;
    if (metadata.writer === undefined || ownerOf(stream) !== metadata.writer)
      wrong.push(`${stream} ${type} ${metadata.writer}`);
  }
  return { count, wrong };
};
