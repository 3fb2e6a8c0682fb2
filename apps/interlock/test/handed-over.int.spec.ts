import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migratePeople, newMasterKey, parseMasterKeys, People, postgresPeopleTable } from '@interlock/people';
import { createLogger } from '@interlock/platform';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import { makeBackup } from '../src/backup/make.js';
import { loadHandedOver, restoreBackup, checkBackup } from '../src/backup/restore.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-handed-over-'));
const [home, backup, handed] = [join(folder, 'home'), join(folder, 'backup'), join(folder, 'restored')];
const key = newMasterKey();
const logger = createLogger({ level: 'warn' });
let [source, target]: (TestPostgres | undefined)[] = [];

const peopleIn = ({ pool }: TestPostgres): People =>
  new People({ table: postgresPeopleTable(pool), keys: parseMasterKeys(key), logger });
const names = async (of: TestPostgres): Promise<readonly string[]> =>
  (await peopleIn(of).page('demo', null, 10)).map(({ subject }) => subject).sort();
/** Puts the backup's people where `prepare` takes them, into a home of its own. */
const handOver = async (to = join(folder, `home-${Math.random()}`)): Promise<void> =>
  restoreBackup(
    await checkBackup({ folder: backup }),
    { home: to, postgres: undefined, people: handed },
    logger,
  );

beforeAll(async () => {
  source = await startPostgres();
  await migratePeople(source.pool);
  for (const name of ['ann', 'bo']) await peopleIn(source).idOf('demo', name);
  mkdirSync(join(home, 'secrets'), { recursive: true });
  writeFileSync(join(home, 'secrets', 'people-key'), key);
  await makeBackup(
    { home, eventStore: null, postgres: source.connectionString },
    { folder: backup },
    '1.0.0',
  );
});
beforeEach(async () => {
  await target?.stop();
  target = await startPostgres();
  rmSync(handed, { recursive: true, force: true });
  mkdirSync(handed);
  await handOver();
});
afterAll(async () => {
  await source?.stop();
  await target?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('people that a restore has handed over', () => {
  it('are loaded once, and the folder is empty', async () => {
    expect(await loadHandedOver(handed, target!.connectionString)).toBe(2);
    expect(readdirSync(handed)).toEqual([]);
    expect(await loadHandedOver(handed, target!.connectionString)).toBeUndefined();
    await migratePeople(target!.pool);
    expect(await names(target!)).toEqual(['ann', 'bo']);
  });

  it('are found again after a crash between their load and the emptying of the folder', async () => {
    cpSync(handed, `${handed}-kept`, { recursive: true });
    await loadHandedOver(handed, target!.connectionString);
    // The load is in the database, and the folder is as it was.
    renameSync(`${handed}-kept`, `${handed}-again`);
    expect(await loadHandedOver(`${handed}-again`, target!.connectionString)).toBe(2);
    expect(readdirSync(`${handed}-again`)).toEqual([]);
    expect(await names(target!)).toEqual(['ann', 'bo']);
  });

  it('leave no file after a crash while the folder was being emptied', async () => {
    renameSync(join(handed, 'manifest.json'), join(handed, 'loaded.json'));
    rmSync(join(handed, 'people.copy.zst'));
    expect(await loadHandedOver(handed, target!.connectionString)).toBe(2);
    expect(readdirSync(handed)).toEqual([]);
  });

  it('are refused by a database that has other people, and nothing changes', async () => {
    await migratePeople(target!.pool);
    await peopleIn(target!).idOf('demo', 'cleo');
    await expect(loadHandedOver(handed, target!.connectionString)).rejects.toThrow('has other rows');
    expect(await names(target!)).toEqual(['cleo']);
    expect(existsSync(join(handed, 'manifest.json'))).toBe(true);
  });
});

/** No process has this number: the system's are smaller. */
const deadPid = 2 ** 30;

describe('a restore that was cut off', () => {
  it('is not repeated while its process runs', async () => {
    const busy = join(folder, 'busy');
    mkdirSync(busy);
    writeFileSync(join(busy, 'restoring'), JSON.stringify({ pid: process.ppid, people: null }));
    await expect(handOver(busy)).rejects.toThrow(`process ${process.ppid} restores the home`);
    expect(readdirSync(busy)).toEqual(['restoring']);
  });

  it('leaves a folder of people alone that it did not write', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(
      join(other, 'restoring'),
      JSON.stringify({ pid: deadPid, people: join(folder, 'elsewhere') }),
    );
    writeFileSync(join(handed, 'mine'), 'mine');
    await expect(handOver(other)).rejects.toThrow('is not empty');
    expect(readdirSync(handed)).toContain('mine');
    rmSync(join(handed, 'mine'));
  });

  it('is done anew in the same home and folder, and replaces what it had written', async () => {
    const cut = join(folder, 'cut');
    mkdirSync(cut);
    writeFileSync(join(cut, 'restoring'), JSON.stringify({ pid: deadPid, people: handed }));
    writeFileSync(join(cut, 'half-a-file'), 'half');
    rmSync(join(handed, 'manifest.json'));
    await handOver(cut);
    expect(readdirSync(cut)).not.toContain('half-a-file');
    expect(readdirSync(cut)).not.toContain('restoring');
    expect(await loadHandedOver(handed, target!.connectionString)).toBe(2);
  });

  it('is not taken for one in a home that is in use', async () => {
    const used = join(folder, 'used');
    mkdirSync(used);
    writeFileSync(join(used, 'format'), '1\n');
    await expect(handOver(used)).rejects.toThrow('is not empty');
    expect(readdirSync(used)).toEqual(['format']);
  });
});
