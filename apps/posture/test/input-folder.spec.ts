import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, InMemoryEventStore } from '@interlock/kernel';
import { PostureFilesConfig } from '../src/config.js';
import { BrakeHandler } from '../src/handlers.js';
import { InputFolder } from '../src/files/input-folder.js';
import type { PostureSettings } from '../src/settings.js';
import type { Report, Signals } from '../src/signals.js';

let dir: string;
let reported: string[];
/** Ends the report in progress. */
let release: () => void;
let folder: InputFolder;
let store: InMemoryEventStore;
let start: (config?: PostureFilesConfig) => InputFolder;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'input-folder-'));
  reported = [];
  const signals: Pick<Signals, 'report'> = {
    report: async ({ name, value }: Report) => {
      reported.push(`${name} ${String(value)}`);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return undefined as never;
    },
  };
  const config = Object.assign(new PostureFilesConfig(), { POSTURE_INPUT_DIR: dir });
  store = new InMemoryEventStore();
  start = (settings = config) =>
    new InputFolder(settings, signals as Signals, {} as PostureSettings, new BrakeHandler(store), {
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    });
  folder = start();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
const hasReported = async (count: number): Promise<void> => {
  while (reported.length < count) await new Promise((resolve) => setImmediate(resolve));
};

describe('a scan of the input files', () => {
  it('that is requested during another one reads changes made since that began', async () => {
    write('trust_lock_state.json', '{"locked":true}');
    const first = folder.scan();
    await hasReported(1);
    write('trust_lock_state.json', '{"locked":false, "by":"somebody"}');
    const second = folder.scan();
    expect(folder.scan()).toBe(second);
    release();
    await first;
    await hasReported(2);
    release();
    expect(await second).toEqual([]);
    expect(reported).toEqual(['trust_locked true', 'trust_locked false']);
  });
});

describe('the brake file', () => {
  const brake = (text: string): void => {
    mkdirSync(join(dir, 'forensics'), { recursive: true });
    write('forensics/safety_brake_state.json', text);
  };
  const isEngaged = async (): Promise<boolean> => (await folder.brakeSince('_system')) !== null;

  it('counts for its tenant alone, as it is now', async () => {
    expect(await isEngaged()).toBe(false);
    brake('{"is_engaged":true}');
    expect(await isEngaged()).toBe(true);
    expect(await folder.brakeSince('demo')).toBeNull();
    brake('{"is_engaged":false}');
    expect(await isEngaged()).toBe(false);
  });

  it('counts as its last usable content while it is malformed, or as engaged', async () => {
    brake('{');
    expect(await isEngaged()).toBe(true);
    brake('{"is_engaged":false}');
    expect(await isEngaged()).toBe(false);
    brake('{"is_engaged":1}');
    expect(await isEngaged()).toBe(false);
    brake('{"is_engaged":true}');
    expect(await isEngaged()).toBe(true);
    brake('');
    expect(await isEngaged()).toBe(true);
    rmSync(join(dir, 'forensics'), { recursive: true });
    expect(await isEngaged()).toBe(false);
  });

  it('is recorded once each time it changes, also over a restart and without a directory', async () => {
    const recorded = async (): Promise<readonly string[]> =>
      (await collect(store.read('brake-_system:file'))).map(({ type }) => type);
    await folder.scan();
    expect(await recorded()).toEqual([]);
    brake('{"is_engaged":true}');
    await folder.scan();
    await folder.scan();
    await start().scan();
    expect(await recorded()).toEqual(['BrakeEngaged']);
    brake('{"is_engaged":false}');
    await folder.scan();
    expect(await recorded()).toEqual(['BrakeEngaged', 'BrakeReleased']);
    brake('{"is_engaged":true}');
    await folder.scan();
    const unwatched = start(new PostureFilesConfig());
    unwatched.start();
    await unwatched.stop();
    expect(await recorded()).toEqual(['BrakeEngaged', 'BrakeReleased', 'BrakeEngaged', 'BrakeReleased']);
  });
});
