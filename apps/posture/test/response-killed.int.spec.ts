import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemTenant } from '@interlock/contracts';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { checksStream, responseFiles, responseWorkStream, undoFile } from '@interlock/posture';
import {
  bareEnvironment,
  buildApps,
  serviceProgram,
  startParts,
  until,
  type Parts,
} from '@interlock/testing';
import { actionOf } from '../src/responses/response-intent.js';
import { OtherServices } from './other-services.ts';

const home = mkdtempSync(join(tmpdir(), 'interlock-response-killed-'));
const out = join(home, 'out');
const before = 'another mirror\n';
let parts: Parts;
let others: OtherServices;

const file = (name: string): string => join(out, name);
const textOf = (name: string): string => readFileSync(file(name), 'utf8');
const eventsOf = (stream: string): Promise<readonly RecordedEvent[]> => collect(parts.log.store.read(stream));

/** Pipes that block a process; they are removed with it. */
const pipes: string[] = [];

type Life = {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly port: () => Promise<number>;
};
/** Posture as a separate process, which begins runs by itself and applies them. */
const live = (): Life => {
  const child = spawn(process.execPath, [serviceProgram, 'posture'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...bareEnvironment,
      LOG_LEVEL: 'fatal',
      EVENT_STORE_URL: parts.log.url,
      NATS_URL: parts.nats.url,
      DATABASE_URL: parts.postgres.connectionString,
      INTERLOCK_AUTH: JSON.stringify(parts.issuer.auth),
      PEOPLE_KEY_FILE: join(home, 'people-key'),
      INTERLOCK_MIGRATE: 'true',
      POLICY_AUTO_APPLY: 'true',
      POSTURE_OUTPUT_DIR: out,
    },
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return {
    child,
    ended: once(child, 'exit'),
    port: async () =>
      Number(await until(() => /listening 127\.0\.0\.1:(\d+)/.exec(said)?.[1], 'posture listens')),
  };
};
/** Stops a process before it replaces a file: the temporary file is a pipe without a reader. */
const stopsBefore = ({ child }: Life, name: string): void => {
  mkdirSync(join(file(name), '..'), { recursive: true });
  const pipe = `${file(name)}.${hostname()}.${child.pid}.tmp`;
  execFileSync('mkfifo', [pipe]);
  pipes.push(pipe);
};
/** Resolves with the first event of a type, as soon as the log delivers it. */
const statusOf = async (
  type: string,
  is: (event: RecordedEvent) => boolean = () => true,
): Promise<RecordedEvent> =>
  new Promise((resolve) => {
    const subscription = parts.log.store.subscribe(
      { after: null, prefixes: ['response-', 'posture-'], name: 'test' },
      {
        onEvent: (event) => {
          if (event.type !== type || !is(event)) return;
          resolve(event);
          void subscription.stop();
        },
      },
    );
  });
const call = async (life: Life, method: string, path: string, body?: object): Promise<Response> => {
  const bearer = await parts.issuer.person(['POSTURE_READ', 'POSTURE_WRITE'], {
    tenant: systemTenant,
    sub: 'olga',
  });
  return fetch(`http://127.0.0.1:${await life.port()}${path}`, {
    method,
    headers: { ...bearer, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
};

beforeAll(async () => {
  writeFileSync(join(home, 'people-key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  mkdirSync(join(out, 'mirrors'), { recursive: true });
  writeFileSync(file(responseFiles.mirror), before);
  [parts] = await Promise.all([startParts(), buildApps('apps/interlock')]);
  others = new OtherServices(parts);
});
afterAll(async () => {
  await parts.stop();
  rmSync(home, { recursive: true, force: true });
});

/**
 * A point at which posture is killed. Each has its own life, and the next life continues the run.
 */
type KillPoint = {
  readonly what: string;
  /** Resolves when the point is reached. */
  readonly reached: (life: Life) => Promise<unknown>;
  /** Checks the state after the kill. */
  readonly then?: () => Promise<void> | void;
};
/** The killed run, once it is planned. */
let id = '';
const killPoints: readonly KillPoint[] = [
  {
    what: 'an action is noted, and was not taken in',
    reached: async (life) => {
      others.onSubmit = 'hold';
      await call(life, 'PUT', '/api/v1/posture/signals/forecast_risk', { value: 'high' });
      await until(() => others.submitted.length > 0, 'an action is submitted');
    },
    then: async () => {
      others.onSubmit = 'answer';
      id = ((await statusOf('ResponsePlanned')).data as { readonly response_id: string }).response_id;
    },
  },
  {
    what: 'what a check found is recorded, and not that it is done',
    reached: () =>
      statusOf(
        'IntegrityChecked',
        ({ data }) => (data as { readonly kind: string }).kind === 'full_integrity_check',
      ),
  },
  {
    what: 'the undo record is not written, so that nothing was begun',
    reached: async (life) => {
      stopsBefore(life, undoFile(id));
      const work = responseWorkStream(systemTenant, actionOf(id, 'integrity_anchor_mirror'));
      await statusOf('ResponseWorkRequested', ({ stream }) => stream === work);
    },
    then: () =>
      expect([textOf(responseFiles.mirror), existsSync(file(undoFile(id)))]).toEqual([before, false]),
  },
  {
    what: 'the undo record is written, and neither the backup nor the mirror',
    reached: (life) => {
      stopsBefore(life, responseFiles.backup);
      return until(() => existsSync(file(undoFile(id))), 'the undo record is there');
    },
    then: () =>
      expect([textOf(responseFiles.mirror), existsSync(file(responseFiles.backup))]).toEqual([before, false]),
  },
  {
    what: 'the mirror is changed',
    reached: () => until(() => textOf(responseFiles.mirror) !== before, 'the mirror is another'),
    then: () => {
      mkdirSync(join(out, 'state'), { recursive: true });
      execFileSync('mkfifo', [file(responseFiles.log)]);
    },
  },
  {
    what: 'the run has ended, and its line is not written',
    reached: () => statusOf('ResponseCompleted'),
    then: () => rmSync(file(responseFiles.log)),
  },
];

describe('posture that is killed with kill -9', () => {
  it('at every step of a response does nothing twice, and the run reaches its one correct end', async () => {
    for (const { what, reached, then } of killPoints) {
      const life = live();
      await reached(life);
      life.child.kill('SIGKILL');
      await life.ended;
      expect([what, life.child.signalCode]).toEqual([what, 'SIGKILL']);
      for (const pipe of pipes.splice(0)) rmSync(pipe, { force: true });
      await then?.();
    }
    const run = `response-${systemTenant}:${id}`;

    const last = live();
    await until(() => existsSync(file(responseFiles.log)), 'the line of the run is written');
    await others.settled();
    const types = (await eventsOf(run)).map(({ type }) => type);
    const action = ['ResponseActionSubmitted', 'ResponseActionEnded'];
    expect(types).toEqual(['ResponsePlanned', ...action, ...action, ...action, 'ResponseCompleted']);
    const results = (await eventsOf(run)).at(-1)?.data as { readonly results: readonly object[] };
    expect(results.results).toMatchObject([
      { action: 'full_integrity_check', state: 'COMPLETED', passed: true },
      { action: 'cold_storage_verification', state: 'COMPLETED', passed: true },
      { action: 'integrity_anchor_mirror', state: 'COMPLETED', passed: null },
    ]);
    // Each action was begun once, however often it was submitted and interrupted.
    const all = await collect(parts.log.store.readAll());
    const count = (type: string, of: (stream: string) => boolean): number =>
      all.filter((event) => event.type === type && of(event.stream)).length;
    expect(new Set(others.submitted.map(({ intent_id }) => intent_id)).size).toBe(3);
    const ofWork = (stream: string): boolean => stream.startsWith(`response-${systemTenant}:work=`);
    for (const type of ['ResponseWorkDone', 'ResponseWorkConfirmed'])
      expect([type, count(type, ofWork)]).toEqual([type, 3]);
    // The one of which nothing was begun lapsed, and was started again under another turn.
    expect([count('ResponseWorkRequested', ofWork), count('TurnLapsed', ofWork)]).toEqual([4, 1]);
    expect(count('ResponsePlanned', () => true)).toBe(1);
    const checked = (await eventsOf(checksStream(systemTenant)))
      .map(({ data }) => (data as { readonly kind: string }).kind)
      .filter((kind) => kind !== 'light');
    expect(checked).toEqual(['full_integrity_check', 'cold_storage_verification']);
    // The backup holds the content before the first try, and nothing is left half written.
    expect(textOf(responseFiles.backup)).toBe(before);
    expect(JSON.parse(textOf(undoFile(id)))).toMatchObject({ before, response_id: id });
    expect(textOf(responseFiles.log).match(new RegExp(id, 'g'))).not.toBeNull();
    expect(textOf(responseFiles.log).trim().split('\n')).toHaveLength(1);
    const left = (readdirSync(out, { recursive: true }) as string[]).filter((name) => name.endsWith('.tmp'));
    expect(left).toEqual([]);
    // A mirror that is a folder cannot be restored. That is reported, and causes an alert.
    renameSync(file(responseFiles.mirror), `${file(responseFiles.mirror)}.aside`);
    mkdirSync(file(responseFiles.mirror));
    const undo = { reason: 'the old one is wanted' };
    const refused = await call(last, 'POST', `/api/v1/responses/${id}/undo`, undo);
    const detail = 'the mirror could not be put back (EISDIR)';
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'wrong-state', detail }]);
    expect((await eventsOf(run)).at(-1)).toMatchObject({ type: 'ResponseUndoFailed', data: { detail } });
    rmdirSync(file(responseFiles.mirror));
    renameSync(`${file(responseFiles.mirror)}.aside`, file(responseFiles.mirror));
    const undone = await call(last, 'POST', `/api/v1/responses/${id}/undo`, undo);
    // resp.undo.anchor
    expect([undone.status, textOf(responseFiles.mirror)]).toEqual([200, textOf(responseFiles.backup)]);
    last.child.kill('SIGTERM');
    await last.ended;
  });
});
