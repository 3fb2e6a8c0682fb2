import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, xdescribe } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { accessLists } from './access.js';
import { allStream } from './all-stream.js';
import { appending } from './appending.js';
import type { Context } from './context.js';
import { deleting } from './deleting.js';
import { features } from './features.js';
import { filtering } from './filtering.js';
import { idempotence } from './idempotence.js';
import { metadata } from './metadata.js';
import { model } from './model.js';
import { races } from './races.js';
import { reading } from './reading.js';
import { subscribing } from './subscribing.js';
import type { Login, SecureTarget, Target } from './target.js';
import { transcripts } from './transcripts.js';

/** Runs `sections` against a target, or lists them as skipped with the reason. */
function against(target: Pick<Target, 'name' | 'missing'>, sections: () => void): void {
  const run = target.missing === undefined ? describe : xdescribe;
  run(`${target.name}${target.missing === undefined ? '' : ` (skipped: ${target.missing})`}`, sections);
}

const namer = (): ((name: string) => string) => {
  const run = randomUUID().slice(0, 8);
  return (name) => `${name}-${run}`;
};

/**
 * The conformance suite: a server's answers to the official client. It tests nothing specific to
 * ours.
 */
export function conformance(target: Target): void {
  against(target, () => {
    let client: EventStoreDBClient | undefined;
    let stop: (() => Promise<void>) | undefined;
    const stream = namer();

    beforeAll(async () => {
      const running = await target.start();
      ({ stop } = running);
      client = EventStoreDBClient.connectionString(running.url);
    });

    afterAll(async () => {
      await client?.dispose();
      await stop?.();
    });

    const context: Context = {
      get client() {
        if (client === undefined) throw new Error('the server is not there yet');
        return client;
      },
      stream,
      mark: async () => {
        const { position } = await context.client.appendToStream(stream('mark'), {
          id: randomUUID(),
          contentType: 'application/json',
          type: 'Marked',
          data: {},
          metadata: undefined,
        });
        if (position === undefined) throw new Error('an append has no position');
        return position;
      },
    };
    for (const section of [
      features,
      appending,
      idempotence,
      reading,
      allStream,
      filtering,
      subscribing,
      deleting,
      metadata,
      transcripts,
      races,
      model,
    ])
      section(context);
  });
}

/** The part of the conformance suite that needs TLS and users. */
export function secureConformance(target: SecureTarget): void {
  against(target, () => {
    const clients: EventStoreDBClient[] = [];
    let running: Awaited<ReturnType<SecureTarget['start']>> | undefined;

    beforeAll(async () => {
      running = await target.start();
    });

    afterAll(async () => {
      for (const client of clients) await client.dispose();
      await running?.stop();
    });

    const server = (): NonNullable<typeof running> => {
      if (running === undefined) throw new Error('the server is not there yet');
      return running;
    };
    const connect = (login?: Login): EventStoreDBClient => {
      const { url, rootCertificate } = server();
      const endpoint = /^\w+:\/\/([^:/?]+):(\d+)/.exec(url);
      const client = new EventStoreDBClient(
        { endpoint: { address: endpoint?.[1] ?? '', port: Number(endpoint?.[2] ?? 2113) } },
        rootCertificate === undefined ? {} : { rootCertificate },
        login,
      );
      clients.push(client);
      return client;
    };
    accessLists({
      stream: namer(),
      connect,
      get admin() {
        return connect(server().admin);
      },
      get ordinary() {
        return connect(server().ordinary);
      },
      get ordinaryName() {
        return server().ordinary.username;
      },
    });
  });
}
