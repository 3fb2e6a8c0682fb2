import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventStoreDBClient, FORWARDS, jsonEvent, START } from '@eventstore/db-client';
import { bareEnvironment, installPackage, type InstalledPackage } from '@interlock/testing';

const name = '@interlock/event-store';
let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage('apps/event-store');
});
afterAll(() => installed.remove());

type Started = { readonly child: ChildProcess; readonly line: string; readonly ended: Promise<unknown[]> };
/** Starts a program of the folder, and waits for its first line. */
const start = async (...args: readonly string[]): Promise<Started> => {
  const child = spawn(process.execPath, args, {
    cwd: installed.folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: bareEnvironment,
  });
  const ended = once(child, 'exit');
  const first = await Promise.race([
    once(child.stdout, 'data').then(([data]) => String(data)),
    ended.then(() => undefined),
  ]);
  if (first === undefined) throw new Error('the program ended before it was up');
  return { child, line: first.trim(), ended };
};
const appendAndRead = async (url: string): Promise<readonly unknown[]> => {
  const client = EventStoreDBClient.connectionString(url);
  await client.appendToStream('packed-1', jsonEvent({ type: 'Packed', data: { n: 1 } }));
  const read: unknown[] = [];
  for await (const { event } of client.readStream('packed-1', { fromRevision: START, direction: FORWARDS }))
    read.push(event?.data);
  await client.dispose();
  return read;
};

it.each([
  ['in memory', '{ memory: true }'],
  ['in a file, with a thread that writes', "{ file: 'log.db', writerThread: true }"],
])('the installed package serves the official client, %s', async (_, options) => {
  const program = `
    import { startEventStore } from ${JSON.stringify(name)};
    const store = await startEventStore(${options});
    console.log(store.url);
    process.stdin.once('end', () => store.stop());
    process.stdin.resume();
  `;
  await writeFile(join(installed.folder, 'serve.mjs'), program);
  const { child, line, ended } = await start('serve.mjs');
  expect(await appendAndRead(line)).toEqual([{ n: 1 }]);
  child.stdin!.end();
  expect((await ended)[0]).toBe(0);
});

it('the installed command and types are whole', async () => {
  const { child, line, ended } = await start('node_modules/.bin/interlock-event-store', '--memory');
  const port = /^listening 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
  expect(await appendAndRead(`esdb://127.0.0.1:${port}?tls=false`)).toEqual([{ n: 1 }]);
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  await installed.check(
    `import { startEventStore, type EventStore } from ${JSON.stringify(name)};\n` +
      'export const store: EventStore = await startEventStore({ memory: true });\n' +
      '// @ts-expect-error a log is not a number\nexport const wrong: number = store;\n',
  );
});
