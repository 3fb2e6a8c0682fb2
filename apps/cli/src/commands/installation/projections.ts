import { logReader } from '@interlock/contracts';
import { createLogger } from '@interlock/platform/logging';
import { installationEntry } from '../../installation.js';
import { areOfEnvironment } from '../../parts.js';
import { CliError, homeOf, print, readRuntime, type Globals, printJson } from '../../connection/session.js';
import { act, group } from '../../program/declare.js';

type Where = { readonly eventStore: string; readonly postgres: string; readonly home?: string };
type Failure = {
  readonly event_id: string;
  readonly event_type: string;
  readonly position: string;
  readonly error: string;
  readonly at: string;
};
type Listed = {
  readonly service: string;
  readonly projection: string;
  readonly version: number;
  readonly live_version: number | null;
  readonly state: string;
  readonly position: string | null;
  readonly behind_events: number;
  readonly behind_more: boolean;
  readonly lag_seconds: number;
  readonly handled: number;
  readonly skipped: number;
  readonly rows: { readonly [table: string]: number };
  readonly failure: Failure | null;
};
type Rebuilt = {
  readonly service: string;
  readonly projection: string;
  readonly position: string | null;
  readonly handled: number;
  readonly seconds: number;
  readonly held_ms: number;
};
type Difference = {
  readonly key: object;
  readonly column: string | null;
  readonly live: unknown;
  readonly replayed: unknown;
};
type Verified = Omit<Rebuilt, 'held_ms'> & {
  readonly same: boolean;
  readonly tables: readonly {
    readonly table: string;
    readonly rows: number;
    readonly differing: number;
    readonly first: readonly Difference[];
  }[];
};
type Logger = ReturnType<typeof createLogger>;
type Entry = {
  readonly listProjections: (where: Where, logger: Logger) => Promise<readonly Listed[]>;
  readonly rebuildProjections: (
    where: Where,
    name: string | undefined,
    logger: Logger,
    onEach: (rebuilt: Rebuilt) => void,
    restoredLog: boolean,
  ) => Promise<void>;
  readonly verifyProjections: (
    where: Where,
    name: string | undefined,
    logger: Logger,
    onEach: (verified: Verified) => void,
  ) => Promise<void>;
};

const whereOf = async (globals: Globals): Promise<Where> => {
  if (areOfEnvironment(globals, 'DATABASE_URL', 'EVENT_STORE_URL'))
    return {
      postgres: process.env['DATABASE_URL']!,
      eventStore: (await import('@interlock/eventstore')).readLogUrl(process.env, logReader),
    };
  const { postgres, event_store: eventStore } = readRuntime(homeOf(globals));
  if (postgres === undefined || eventStore === undefined)
    throw new CliError('set DATABASE_URL and EVENT_STORE_URL', 2);
  return { postgres, eventStore, home: homeOf(globals) };
};

const nameOf = (name: string | undefined, isAll: boolean): string | undefined => {
  if ((name === undefined) !== isAll)
    throw new CliError('name one projection as SERVICE/NAME, or all with --all', 2);
  return name;
};

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const tellList = (listed: readonly Listed[]): void => {
  print(
    table([
      ['projection', 'version', 'live', 'state', 'position', 'behind', 'lag', 'handled', 'skipped', 'rows'],
      ...listed.map((one) => [
        `${one.service}/${one.projection}`,
        `${one.version}`,
        `${one.live_version ?? '-'}`,
        one.state,
        one.position ?? '-',
        `${one.behind_events}${one.behind_more ? '+' : ''}`,
        `${one.lag_seconds} s`,
        `${one.handled}`,
        `${one.skipped}`,
        Object.entries(one.rows)
          .map(([name, n]) => `${name} ${n}`)
          .join(', '),
      ]),
    ]),
  );
  for (const { service, projection, failure } of listed) {
    if (failure !== null)
      print(
        `${service}/${projection} stands still since ${failure.at} at position ${failure.position}, event ${failure.event_id} (${failure.event_type}): ${failure.error}`,
      );
  }
};

const tellVerified = ({ service, projection, position, handled, same, tables, seconds }: Verified): void => {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  print(
    `${service}/${projection}  ${same ? 'same' : 'DIFFERS'} at ${position ?? 'the beginning'}: ${handled} events, ${rows} rows, ${seconds.toFixed(1)} s`,
  );
  for (const { table: name, differing, first } of tables) {
    if (differing > 0) print(`  ${name}: ${differing} ${differing === 1 ? 'row differs' : 'rows differ'}`);
    for (const { key, column, live, replayed } of first) {
      print(
        `    ${JSON.stringify(key)}${column === null ? (live === null ? ' is missing' : replayed === null ? ' is not in the log' : '') : ` ${column}`}\n      live     ${shown(live)}\n      replayed ${shown(replayed)}`,
      );
    }
  }
};

const entry = (): Promise<Entry> => installationEntry<Entry>('projections');
const logger = (): Logger => createLogger({ level: 'warn', destination: process.stderr });
const asJson = { '--json': { about: 'for programs, as JSON', preset: false } } as const;
const each = { '--all': { about: 'rebuild each, one after the other', preset: false }, ...asJson } as const;

/**
 * `interlock projections`: the state of read models, a rebuild, a comparison with the log. They
 * work while services run.
 */
export const addProjections = group(
  'projections',
  'read models in Postgres: show their state, rebuild them, compare them with the log',
  [
    act({
      command: 'list',
      about: 'list versions, position, lag, counts, and the event at which a stopped one stands',
      options: asJson,
      run: async ({ globals, options }) => {
        const { listProjections } = await entry();
        const listed = await listProjections(await whereOf(globals), logger());
        if (options.json) printJson(listed);
        else tellList(listed);
      },
    }),
    act({
      command: 'rebuild [projection]',
      about: 'rebuild one (SERVICE/NAME) from the log beside the live one, and swap it in',
      options: {
        ...each,
        '--restored-log': {
          about: 'allow it although the log was restored to an earlier state and lacks projected events',
          preset: false,
        },
      },
      run: async ({ globals, options: { all: isAll, json, restoredLog } }, name) => {
        const { rebuildProjections } = await entry();
        const done: Rebuilt[] = [];
        const tell = (rebuilt: Rebuilt): void => {
          done.push(rebuilt);
          const { service, projection, position, handled, seconds, held_ms: held } = rebuilt;
          if (!json)
            print(
              `${service}/${projection}  rebuilt at ${position ?? 'the beginning'}: ${handled} events, ${seconds.toFixed(1)} s, the live one held for ${held} ms`,
            );
        };
        const where = await whereOf(globals);
        await rebuildProjections(where, nameOf(name, isAll), logger(), tell, restoredLog);
        if (json) printJson(done);
      },
    }),
    act({
      command: 'verify [projection]',
      about: 'compare with a fresh replay, row by row; exit code 1 if a row differs',
      options: each,
      run: async ({ globals, options: { all: isAll, json } }, name) => {
        const { verifyProjections } = await entry();
        const done: Verified[] = [];
        await verifyProjections(await whereOf(globals), nameOf(name, isAll), logger(), (verified) => {
          done.push(verified);
          if (!json) tellVerified(verified);
        });
        if (json) printJson(done);
        if (done.some(({ same }) => !same)) process.exitCode = 1;
      },
    }),
  ],
);
