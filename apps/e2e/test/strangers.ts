import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listeningOf } from './listening.js';
import { missingForStranger, tryAsStranger } from './log-stranger.js';
import type { Stack } from './stack.js';

export { missingForStranger };

const program = fileURLToPath(new URL('./stranger-program.mjs', import.meta.url));
const nobody = 65_534;

/**
 * The paths of a home that other users may traverse or read, and why; only the owner may use the
 * rest. The home and `mcp` let the users of Postgres and of MCP programs traverse, without listing.
 * The directories of programs lie below `mcp/<tenant>`; programs run as the scanning user.
 */
const passable = /^(?:mcp(?:\/[\w.-]+)?)?$/;
const ofPrograms = /^mcp\/[\w.-]+\/[\w.-]+(?:\/|$)/;

type Entry = { readonly path: string; readonly name: string; readonly mode: number };

const entriesOf = (home: string, folder = home): readonly Entry[] => [
  { path: folder, name: relative(home, folder), mode: lstatSync(folder).mode & 0o777 },
  ...readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly Entry[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entriesOf(home, path);
    if (entry.isSymbolicLink()) return [];
    const mode = lstatSync(path, { throwIfNoEntry: false })?.mode;
    return mode === undefined ? [] : [{ path, name: relative(home, path), mode: mode & 0o777 }];
  }),
];

/** Entries whose modes allow others in. `own` names the test's own files in the home. */
const looseModes = (entries: readonly Entry[]): readonly string[] =>
  entries
    .filter(
      ({ name, mode }) => !ofPrograms.test(name) && (mode & 0o077) !== (passable.test(name) ? 0o011 : 0),
    )
    .filter(({ name, mode }) => !(passable.test(name) && (mode & 0o077) === 0))
    .map(({ name, mode }) => `mode ${mode.toString(8)} ${name}`);

type Http = { readonly [address: string]: { readonly status: number; readonly body: string } };
type Answers = { readonly [port: string]: unknown };
type Found = { readonly uid: number; readonly open: readonly string[]; readonly answers: Answers };

const publicAddresses = ['/health/live', '/health/ready', '/openapi.json'];
const closedAddresses = [
  '/metrics',
  '/api/v1/autonomous/actions',
  '/api/v1/whoami',
  '/devices',
  '/topology',
  '/json/list',
];
const addresses = [...publicAddresses, ...closedAddresses, '/', '/session/methods'];

/**
 * Checks a service's anonymous answers: nothing about a tenant, and nothing at all if a scope is
 * needed.
 */
const httpFaults = (name: string, answer: Http, names: readonly string[]): readonly string[] =>
  Object.entries(answer).flatMap(([address, { status, body }]) => [
    ...(status === 0 ? [`${name}${address} does not answer`] : []),
    ...(status < 400 && closedAddresses.includes(address) ? [`${name}${address} answers ${status}`] : []),
    ...names
      .filter((tenant) => new RegExp(`["/.:=]${tenant}["/.:]`).test(body) && address !== '/openapi.json')
      .map((tenant) => `${name}${address} names ${tenant}`),
  ]);

type Asked = {
  readonly name: string;
  readonly port: number;
  readonly kind: string;
  readonly [more: string]: unknown;
};

/** How a port is asked, by its name in the home; undefined for an unknown one. */
const askedOf = (name: string, port: number): Asked | undefined => {
  if (name === 'nats' || name === 'event_store') return { name, port, kind: 'nats' };
  if (name === 'postgres') return { name, port, kind: 'postgres', users: ['postgres', 'interlock'] };
  if (name.startsWith('device_')) {
    const guesses = [null, '', 'interlock', 'admin', name.replace('device_', '')];
    return { name, port, kind: 'ssh', guesses };
  }
  const isHttp =
    name === 'edge' || name === 'simulator' || name === 'demo_webhook' || name.startsWith('http_');
  return isHttp ? { name, port, kind: 'http', addresses } : undefined;
};

const faultsOf = (name: string, answer: unknown, names: readonly string[]): readonly string[] => {
  const text = JSON.stringify(answer);
  if (name === 'nats')
    return /-ERR 'Authorization Violation'/.test(text) && !/\+OK|PONG/.test(text)
      ? []
      : [`nats says ${text}`];
  // A TLS server closes a connection without TLS, without a meaningful answer.
  if (name === 'event_store') return /\+OK|HTTP|SETTINGS/.test(text) ? [`the log says ${text}`] : [];
  // 10 asks for SASL. 0 would let everyone in; 3 and 5 would accept a password that others can read
  // or guess quickly.
  if (name === 'postgres')
    return text === '{"postgres":"R10","interlock":"R10"}' ? [] : [`postgres says ${text}`];
  if (name.startsWith('device_'))
    return /^\["refused"(?:,"refused")*\]$/.test(text) ? [] : [`${name} says ${text}`];
  return httpFaults(name, answer as Http, names);
};

const ask = (question: object): Promise<Found> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--no-warnings', program],
      { cwd: '/', env: {}, uid: nobody, gid: nobody, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => {
        if (error === null) resolve(JSON.parse(stdout) as Found);
        else reject(error);
      },
    );
    child.stdin?.end(JSON.stringify(question));
  });

/**
 * What another user of the machine can access of a running stack: every file of its home, and every
 * listening port of its processes. `tenants` are names that must not be shown; `own` are the test's
 * files. Empty if nothing is open.
 */
export const openToStrangers = async (
  stack: Stack,
  tenants: readonly string[],
  own: RegExp,
): Promise<readonly string[]> => {
  const entries = entriesOf(stack.home).filter(({ name }) => !own.test(name));
  const known = new Map(
    Object.entries(
      JSON.parse(readFileSync(join(stack.home, 'ports.json'), 'utf8')) as Record<string, number>,
    ).map(([name, port]) => [port, name]),
  );
  known.set(Number(new URL(stack.runtime.http).port), 'edge');
  const listening = listeningOf(stack.pids);
  const ports: Asked[] = [];
  const faults: string[] = [...looseModes(entries)];
  for (const { address, port } of listening) {
    const asked = askedOf(known.get(port) ?? '', port);
    if (address !== '127.0.0.1') faults.push(`${address} port ${port} is listened at`);
    else if (asked === undefined) faults.push(`port ${port} belongs to no known part`);
    else if (!ports.some((one) => one.port === port)) ports.push(asked);
  }
  for (const name of [
    'edge',
    'event_store',
    'nats',
    'postgres',
    'simulator',
    'demo_webhook',
    'device_gnb-001',
    'http_safety-rails',
  ])
    if (!ports.some((one) => one.name === name))
      faults.push(`${name} is not listened at: the scan sees too little`);
  const { uid, open, answers } = await ask({ paths: entries.map(({ path }) => path), ports });
  if (uid !== nobody) faults.push('the scan ran as the wrong user');
  faults.push(
    ...open
      .map((one) => one.replace(`${stack.home}/`, ''))
      .filter((one) => !ofPrograms.test(one.replace(/^\w+ /, ''))),
    ...ports.flatMap(({ name }) => faultsOf(name, answers[name], tenants)),
  );
  const log = ports.find(({ name }) => name === 'event_store');
  const tries = log === undefined ? {} : await tryAsStranger(stack.home, log.port, 'action-demo:stranger');
  for (const [what, how] of Object.entries(tries))
    if (how === 'read' || how === 'appended') faults.push(`${what}: ${how}`);
  return faults;
};
