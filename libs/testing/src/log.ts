import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startGuarded } from '@interlock/embedded';
import { connectEventStore, type ConnectedEventStore, type EventStoreOptions } from '@interlock/eventstore';

import { oncePerProcess } from './once-per-process.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const entry = `${root}apps/event-store/bin/interlock-event-store.js`;
const built = `${root}apps/event-store/dist/main.js`;

const build = async (): Promise<void> => {
  if (await access(built).then(() => true, () => false)) return;
  await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b', 'apps/event-store'], { cwd: root });
};

export type TestLog = { readonly url: string; readonly port: number; readonly store: ConnectedEventStore; readonly stop: () => Promise<void> };
export type TestLogOptions = Omit<EventStoreOptions, 'upcasters'> & { readonly upcasters?: NonNullable<EventStoreOptions['upcasters']> };

/** The embedded event store as a process of its own, in memory, and a client connected to it. Gone with this process. */
export const startLog = async (options: TestLogOptions = {}): Promise<TestLog> => {
  await oncePerProcess('event-store build', build);
  const server = await startGuarded({ program: process.execPath, args: ['--no-warnings', entry, '--memory', '--port', '0'], ready: /listening 127\.0\.0\.1:(\d+)/ });
  const port = Number(server.match[1]);
  const url = `esdb://127.0.0.1:${port}?tls=false`;
  const store = await connectEventStore(url, options);
  return {
    url, port, store,
    stop: async () => {
      await store.close();
      await server.stop();
    },
  };
};
