import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The account that owns nothing. */
const nobody = 65_534;
const client = createRequire(import.meta.url).resolve('@eventstore/db-client');

/** What another user of the machine can do: each try of a file or of the log, and how it ended. */
export type Tries = { readonly [what: string]: string };

/**
 * The program of the other user: no secret stands in it. It says of each try whether it succeeded,
 * or the code of the refusal.
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
 * What this machine lacks to run a program as another user that loads the log's client: nothing
 * where it can.
 */
export const missingForStranger = async (): Promise<readonly string[]> => {
  if (process.getuid?.() !== 0) return ['right to run a program as another user'];
  return runAs({ uid: nobody, gid: nobody }, ['-e', `require(${JSON.stringify(client)})`]).then(
    () => [],
    () => ['right of another user to read this clone'],
  );
};

/** Tries the log and every file of its access as the other user, and the addresses of the home. */
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
