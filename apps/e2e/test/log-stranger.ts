import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** An account without any files. */
const nobody = 65_534;
const client = createRequire(import.meta.url).resolve('@eventstore/db-client');

/** The tries of another user on a file or the log, with their results. */
export type Tries = { readonly [what: string]: string };

/**
 * The other user's program, without any secret. It reports for each try success, or the code of the
 * refusal.
 */
const program = `
const { EventStoreDBClient, jsonEvent } = require(${JSON.stringify(client)});
const { readFileSync } = require('node:fs');
const [port, stream, ...files] = process.argv.slice(1);
const tries = {};
for (const file of files) {
  try { readFileSync(file); tries[file] = 'read'; } catch (error) { tries[file] = error.code; }
}
const endpoint = { address: '127.0.0.1', port: Number(port) };
const careless = { verifyOptions: { rejectUnauthorized: false, checkServerIdentity: () => undefined } };
const ways = {
  'without TLS': () => new EventStoreDBClient({ endpoint }, { insecure: true }),
  'with TLS, unknown authority': () => new EventStoreDBClient({ endpoint }, {}),
  'with TLS, nobody': () => new EventStoreDBClient({ endpoint }, careless),
  ...Object.fromEntries([['admin', 'changeit'], ['interlock', 'interlock'], ['safety-rails', ''], ['reader', 'reader']].map(
    ([username, password]) => ['with TLS as ' + username, () => new EventStoreDBClient({ endpoint }, careless, { username, password })])),
};
const code = (error) => error.type ?? error.code ?? error.message;
(async () => {
  for (const [way, open] of Object.entries(ways)) {
    const client = open();
    try { for await (const _ of client.readAll({ maxCount: 1 })) break; tries['reads $all ' + way] = 'read'; }
    catch (error) { tries['reads $all ' + way] = code(error); }
    try {
      await client.appendToStream(stream, [jsonEvent({ type: 'ActionApproved', data: {}, metadata: { writer: 'safety-rails' } })]);
      tries['appends ' + way] = 'appended';
    } catch (error) { tries['appends ' + way] = code(error); }
    client.dispose().catch(() => undefined);
  }
  process.stdout.write(JSON.stringify(tries), () => process.exit(0));
})();
`;

const runAs = (account: { readonly uid?: number; readonly gid?: number }, args: readonly string[]) =>
  run(process.execPath, ['--no-warnings', ...args], { cwd: '/', env: {}, ...account });

/**
 * The missing parts for running a program with the log's client as another user; empty if it is
 * possible.
 */
export const missingForStranger = async (): Promise<readonly string[]> => {
  if (process.getuid?.() !== 0) return ['right to run a program as another user'];
  return runAs({ uid: nobody, gid: nobody }, ['-e', `require(${JSON.stringify(client)})`]).then(
    () => [],
    () => ['right of another user to read this clone'],
  );
};

/** Tries the log, every file of its access, and the addresses of the home as the other user. */
export const tryAsStranger = async (home: string, port: number, stream: string): Promise<Tries> => {
  const folder = join(home, 'secrets', 'log');
  const files = [
    ...readdirSync(folder).map((name) => join(folder, name)),
    join(home, 'runtime.json'),
    join(home, 'log', 'events.db'),
  ];
  const { stdout } = await runAs({ uid: nobody, gid: nobody }, [
    '-e',
    program,
    '--',
    `${port}`,
    stream,
    ...files,
  ]);
  return JSON.parse(stdout) as Tries;
};
