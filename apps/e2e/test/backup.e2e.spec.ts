import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectEventStore } from '@interlock/eventstore';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import pg from 'pg';
import { Stack } from './stack.js';

type Manifest = {
  readonly format: number;
  readonly log: { readonly events: number; readonly head: { readonly position: number } };
  readonly people: { readonly tables: { readonly people: { readonly rows: number } } };
  readonly files: readonly { readonly name: string }[];
};
type Person = { readonly tenant_id: string; readonly person_id: string };

const folder = mkdtempSync(join(tmpdir(), 'interlock-backups-'));
const backup = join(folder, 'night');
const [keys, secrets] = [join(folder, 'people-key'), join(folder, 'secrets.tar.zst')];
const original = new Stack();
const restored = new Stack();
const unnamed = new Stack();
const stacks = [original, restored, unnamed];
const byAddresses = join(folder, 'by-addresses');
const withKeys = ['--keys', keys, '--secrets', secrets];

const manifestOf = (of: string): Manifest =>
  JSON.parse(readFileSync(join(of, 'manifest.json'), 'utf8')) as Manifest;
const eventsOf = async (stack: Stack): Promise<readonly RecordedEvent[]> => {
  const store = await connectEventStore(stack.runtime.event_store);
  return collect(store.readAll()).finally(() => store.close());
};
const peopleOf = async (connectionString: string): Promise<readonly Person[]> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(`select set_config('app.tenant_id', '_all', false)`);
    const { rows } = await client.query<Person>(
      'select tenant_id, person_id::text, subject_mac, subject, key_id, wrapped_key from people.people order by 1, 2',
    );
    return rows;
  } finally {
    await client.end();
  }
};
const removeOne = async (connectionString: string): Promise<void> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`select set_config('app.tenant_id', '_all', false)`);
  await client.query('delete from people.people where ctid = (select min(ctid) from people.people)');
  await client.end();
};
const cliOf = async (stack: Stack, ...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await stack.cli('--tenant', 'demo', ...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
};
/** Runs work with variables set, as the operator of an installation by addresses sets them. */
const withVariables = async <T>(
  variables: { readonly [name: string]: string },
  work: () => Promise<T>,
): Promise<T> => {
  Object.assign(process.env, variables);
  return work().finally(() => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  });
};
/** A new person writes a reason, which is sealed: they engage the kill switch. */
const engage = (n: number): Promise<string> =>
  cliOf(
    original,
    ...['--as', `ann-${n}@example.net`, 'kill-switch', 'engage', '--account', `account-${n}`, '--force'],
    ...['--reason', `reason ${n} of Ann`],
  );
const textsOf = async (stack: Stack, n: number): Promise<string> =>
  cliOf(stack, '--as', 'dpo@example.net', 'privacy', 'export', `ann-${n}@example.net`);

let before: readonly RecordedEvent[] = [];
let people: readonly Person[] = [];
let written = 0;

beforeAll(async () => {
  await original.start();
  await engage((written += 1));
  // New people act while the backup is made, so that a wrong order of its parts would show.
  let ended = false;
  const load = (async (): Promise<void> => {
    while (!ended) await engage((written += 1));
  })();
  const made = await original.cli('backup', backup, ...withKeys).finally(() => {
    ended = true;
  });
  await load;
  expect(made.stderr + made.stdout).toContain('the people');
  expect(made.code).toBe(0);
  const { event_store, postgres } = original.runtime;
  const addressed = await withVariables(
    {
      EVENT_STORE_URL: event_store,
      DATABASE_URL: postgres,
      PEOPLE_KEY_FILE: join(original.home, 'secrets', 'people-key'),
    },
    () => original.cli('backup', byAddresses),
  );
  expect([addressed.code, addressed.stderr]).toEqual([0, expect.stringContaining('the people')]);
  before = await eventsOf(original);
  people = await peopleOf(postgres);
  await original.terminate();
});
afterAll(async () => {
  for (const stack of stacks) await stack.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('a backup of a home that is in use', () => {
  it('holds the log up to one position, and nothing that opens the texts but the keys', () => {
    const { log, files } = manifestOf(backup);
    expect(log.events).toBe(log.head.position);
    expect(log.events).toBeLessThan(Number(before.at(-1)?.position.commit ?? 0n) + 1);
    expect(readdirSync(backup).sort()).toEqual(
      ['manifest.json', ...files.map(({ name }) => name)]
        .filter((name) => !['people-key', 'secrets.tar.zst'].includes(name))
        .sort(),
    );
    for (const path of [keys, secrets, ...readdirSync(backup).map((name) => join(backup, name))])
      expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
  });

  it('is restored to a new home, which starts and verifies', async () => {
    const { code, stderr } = await restored.cli('restore', backup, ...withKeys);
    expect([code, stderr]).toEqual([0, expect.stringContaining('the people')]);
    await restored.start();
    const head = manifestOf(backup).log.head.position;
    const copied = (await eventsOf(restored)).filter(({ position }) => position.commit <= BigInt(head));
    expect(copied).toEqual(before.filter(({ position }) => position.commit <= BigInt(head)));
    const verified = await restored.cli(
      '--tenant',
      '_system',
      'audit',
      'verify',
      '--whole',
      '--mirror',
      join(restored.home, 'audit', 'mirror'),
    );
    expect([verified.code, verified.stderr]).toEqual([0, expect.any(String)]);
  });

  it('has a row for every person in its log, with the same keys', async () => {
    const head = BigInt(manifestOf(backup).log.head.position);
    const acted = before
      .filter(({ position }) => position.commit <= head)
      .flatMap(({ metadata }) => {
        const { actor, tenant_id } = metadata as unknown as {
          readonly tenant_id?: string;
          readonly actor?: { readonly person_id?: string };
        };
        return actor?.person_id === undefined ? [] : [`${tenant_id} ${actor.person_id}`];
      });
    const now = await peopleOf(restored.runtime.postgres);
    const known = new Set(now.map(({ tenant_id, person_id }) => `${tenant_id} ${person_id}`));
    expect(acted.length).toBeGreaterThan(0);
    expect(acted.filter((person) => !known.has(person))).toEqual([]);
    const shared = now.filter(({ person_id }) => people.some((one) => one.person_id === person_id));
    expect(shared.length).toBe(manifestOf(backup).people.tables.people.rows);
    expect(people).toEqual(expect.arrayContaining([...shared]));
  });

  it('opens the texts of the people', async () => {
    expect(await textsOf(restored, 1)).toContain('reason 1 of Ann');
  });

  it('has read models that follow from its log', async () => {
    const { code, stdout } = await restored.cli('projections', 'verify', '--all');
    expect([code, stdout]).toEqual([0, expect.stringContaining('same')]);
    await restored.terminate();
  });
});

describe('a backup by addresses', () => {
  let database: TestPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(() => database.stop());

  it('is restored into a database of its own, again after a cut, but not over other people', async () => {
    const restore = (): ReturnType<Stack['cli']> =>
      withVariables({ DATABASE_URL: database.connectionString }, () =>
        original.cli('--home', mkdtempSync(join(folder, 'home-')), 'restore', byAddresses),
      );
    const { code, stderr } = await restore();
    expect([code, stderr]).toEqual([0, expect.stringContaining('the people')]);
    expect(await peopleOf(database.connectionString)).toEqual(people);
    expect((await restore()).code).toBe(0);
    expect(await peopleOf(database.connectionString)).toEqual(people);
    await removeOne(database.connectionString);
    const again = await restore();
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('has other rows')]);
  });
});

describe('a restore without the keys', () => {
  it('says what will be unreadable, and does nothing unasked', async () => {
    const { code, stderr } = await unnamed.cli('restore', backup, '--secrets', secrets);
    expect(code).toBe(2);
    expect(stderr).toContain("people's master key");
    expect(stderr).toContain('--without-people');
    expect(existsSync(join(unnamed.home, 'log'))).toBe(false);
  });

  it('starts with the whole log where that was accepted, and nobody is known', async () => {
    const { code } = await unnamed.cli('restore', backup, '--secrets', secrets, '--without-people');
    expect(code).toBe(0);
    await unnamed.start();
    const head = BigInt(manifestOf(backup).log.head.position);
    expect((await eventsOf(unnamed)).filter(({ position }) => position.commit <= head)).toEqual(
      before.filter(({ position }) => position.commit <= head),
    );
    await expect(textsOf(unnamed, 1)).rejects.toThrow();
    const verified = await unnamed.cli('--tenant', '_system', 'audit', 'verify', '--whole');
    expect(verified.code).toBe(0);
    await unnamed.terminate();
  });
});

describe('a backup that cannot be restored', () => {
  /** The answer to a restore of a copy that was changed; nothing may be left in the home. */
  const refusalOf = async (change: (copy: string) => void): Promise<string> => {
    const [copy, home] = [mkdtempSync(join(folder, 'copy-')), mkdtempSync(join(folder, 'home-'))];
    cpSync(backup, copy, { recursive: true });
    change(copy);
    const { code, stderr } = await original.cli('--home', home, 'restore', copy, ...withKeys);
    expect([code, readdirSync(home)]).toEqual([1, []]);
    return stderr;
  };
  const rewrite = (copy: string, change: (manifest: object) => object): void =>
    writeFileSync(join(copy, 'manifest.json'), JSON.stringify(change(manifestOf(copy))));

  it('is refused with every file that is cut off, changed or missing', async () => {
    const said = await refusalOf((copy) => {
      truncateSync(join(copy, 'log.ndjson.zst'), 100);
      appendFileSync(join(copy, 'people.copy.zst'), 'x');
      rmSync(join(copy, 'home.tar.zst'));
    });
    expect(said).toMatch(/log\.ndjson\.zst` is cut off/);
    expect(said).toMatch(/people\.copy\.zst` is damaged or of another backup/);
    expect(said).toMatch(/home\.tar\.zst` is missing/);
  });

  it('is refused if it is unfinished, foreign or newer', async () => {
    expect(await refusalOf((copy) => rmSync(join(copy, 'manifest.json')))).toContain('not a complete backup');
    expect(await refusalOf((copy) => truncateSync(join(copy, 'manifest.json'), 50))).toContain('is damaged');
    expect(await refusalOf((copy) => rewrite(copy, () => ({ kind: 'other' })))).toContain(
      'not a backup of Interlock',
    );
    expect(await refusalOf((copy) => rewrite(copy, (m) => ({ ...m, format: 2 })))).toContain('format 2');
    expect(await refusalOf((copy) => rewrite(copy, (m) => ({ ...m, home_format: '99' })))).toContain(
      'home format 99',
    );
  });

  it('is never restored over something', async () => {
    const { code, stderr } = await restored.cli('restore', backup, ...withKeys);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not empty')]);
  });
});
