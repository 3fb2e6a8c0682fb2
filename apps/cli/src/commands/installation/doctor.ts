import { join } from 'node:path';
import type { BusAddress } from '@interlock/jetstream';
import { installationEntry } from '../../installation.js';
import { type Shape } from '../../output/output.js';
import { toned, type Tone } from '../../output/screen.js';
import { visible } from '../../output/visible.js';
import { partNames, partsNamed } from '../../parts.js';
import { CliError, homeOf, operatorOf, readRuntime, type Globals } from '../../connection/session.js';
import { answer } from '../../program/declare.js';

export type Result = {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly found: string;
  readonly remedy: string | null;
};
type Report = { readonly items: readonly Result[] };
type Home = {
  readonly home: string;
  readonly postgres: string;
  readonly eventStore: string;
  readonly bus: BusAddress;
};
type Entry = {
  readonly examineEnvironment: (
    environment: NodeJS.ProcessEnv,
    service: string | undefined,
    timeoutMs: number,
  ) => Promise<readonly Result[]>;
  readonly examineHome: (source: Home, timeoutMs: number) => Promise<readonly Result[]>;
};

const tones = { ok: 'good', warning: 'waiting', failed: 'bad', skipped: 'quiet' } as const satisfies {
  readonly [status in Result['status']]: Tone;
};
const statuses = ['ok', 'warning', 'failed', 'skipped'] as const;

const countsOf = (items: readonly Result[]): string =>
  statuses.map((status) => `${items.filter((item) => item.status === status).length} ${status}`).join(', ');

/** Prints one line for each check, and under it what to do. */
export const doctorShape: Shape<Report> = {
  text: ({ items }, screen) => {
    const width = Math.max(...items.map(({ name }) => name.length));
    const before = ' '.repeat('skipped'.length + 2);
    return [
      ...items.flatMap(({ name, status, found, remedy }) => [
        `${toned(status.padEnd(before.length), tones[status], screen)}${name.padEnd(width)}  ${visible(found)}`,
        ...(remedy === null ? [] : [`${before}${''.padEnd(width)}  to do: ${visible(remedy)}`]),
      ]),
      countsOf(items),
    ].join('\n');
  },
  names: ({ items }) => items.map(({ name }) => name),
};

/** Returns 1 if a check failed; a warning is no failure. */
export const exitCodeOf = (items: readonly Result[]): 0 | 1 =>
  items.some(({ status }) => status === 'failed') ? 1 : 0;

const mostSeconds = 600;

/** Returns the time limit in milliseconds. Throws if the text is no number of seconds. */
const timeoutOf = (text: string): number => {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= mostSeconds))
    throw new CliError(`\`${text}\` is not a number of seconds up to ${mostSeconds}`, 2);
  return seconds * 1000;
};

const homeIn = (globals: Globals): Home => {
  const home = homeOf(globals);
  const runtime = readRuntime(home);
  const { postgres, event_store: eventStore } = runtime;
  if (postgres === undefined || eventStore === undefined)
    throw new CliError(`${join(home, 'runtime.json')} names no database or no log: start Interlock again`);
  return { home, postgres, eventStore, bus: operatorOf(home, runtime) };
};

/** The variables that name a part of an installation, any of which can be examined alone. */
const examinedNames = [...partNames, 'INTERLOCK_ISSUER', 'AUDIT_ARCHIVE'] as const;

export const addDoctor = answer({
  command: 'doctor',
  about:
    'check every external part that the environment of a service, or the running home, names: connection, TLS, version, rights, limits and clock. Prints what to do, and writes nothing',
  options: {
    '--service <name>':
      'the service whose environment this is, and whose user logs in; default: the operator',
    '--timeout <seconds>': { about: 'how long each check may take', preset: '10', read: timeoutOf },
  },
  run: async ({ globals, options: { service, timeout: timeoutMs }, tell }) => {
    // All parts belong to one installation: that of the environment, or of the home.
    const source = partsNamed(globals, examinedNames).length > 0 ? undefined : homeIn(globals);
    const { examineEnvironment, examineHome } = await installationEntry<Entry>('doctor');
    const items =
      source === undefined
        ? await examineEnvironment(process.env, service, timeoutMs)
        : await examineHome(source, timeoutMs);
    await tell({ items }, doctorShape);
    process.exitCode = exitCodeOf(items);
    // A part that never answered can leave a connection open, which would keep this process alive.
    process.stdout.write('', () => process.exit());
  },
});
