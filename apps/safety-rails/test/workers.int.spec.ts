import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subject, type ActionIntentV1 } from '@interlock/contracts';
import { createRelay, type Relay } from '@interlock/jetstream';
import { actionIdOf, collect } from '@interlock/kernel';
import {
  bareEnvironment,
  buildApps,
  serviceProgram,
  startParts,
  until,
  type Parts,
} from '@interlock/testing';
import { event, json, scopes } from './rails-world.js';
import { registerUser } from './registered.js';
import { intentsOf } from './started-rails.js';
import { StandIns } from './stand-ins.js';

// Several instances of safety-rails as processes of their own, on one log, bus and database.

const home = mkdtempSync(join(tmpdir(), 'interlock-workers-'));
const intent = intentsOf('w');
const workers = 2;
let parts: Parts;
let relay: Relay;
let stand: StandIns;

type Instance = { readonly child: ChildProcess; readonly http: { readonly port: number } };
const startInstance = async (): Promise<Instance> => {
  const child = spawn(process.execPath, [serviceProgram, 'safety-rails'], {
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
      SAFETY_RAILS_SWEEP_S: '0.5',
      SAFETY_RAILS_WORKERS: String(workers),
    },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const port = Number(
    await until(() => /listening 127\.0\.0\.1:(\d+)/.exec(said)?.[1], 'safety-rails listens'),
  );
  return { child, http: { port } };
};
const end = async ({ child }: Instance, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

type Load = {
  readonly workers: number;
  readonly busy: number;
  readonly depth: number;
  readonly running: number;
};
const get = async <T>({ http: { port } }: Instance, path: string): Promise<T> => {
  const headers = await parts.issuer.person(scopes, { sub: 'anna', kind: 'person', tenant: 'demo' });
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/autonomous${path}`, { headers });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
};
const publish = async (of: ActionIntentV1): Promise<void> => {
  await parts.connection
    .jetstream()
    .publish(subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' }), json.encode(event(of)));
};
const typesOf = async (of: ActionIntentV1): Promise<readonly string[]> =>
  (await collect(parts.log.store.read(`action-demo:${actionIdOf('demo', of.intent_id)}`))).map((e) => e.type);
const completed = (of: ActionIntentV1): Promise<unknown> =>
  until(async () => (await typesOf(of)).includes('ActionCompleted'), `${of.intent_id} is completed`);
const loadOf = async (instance: Instance): Promise<Load> =>
  (await get<{ readonly executor: Load }>(instance, '/status')).executor;

beforeAll(async () => {
  writeFileSync(join(home, 'people-key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  [parts] = await Promise.all([startParts(), buildApps('apps/interlock')]);
  relay = createRelay({ store: parts.log.store, connection: parts.connection });
  relay.start();
  stand = new StandIns(parts.connection);
  stand.budget = 1000;
});
afterAll(async () => {
  await relay.stop();
  await parts.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('two instances of safety-rails', () => {
  let first: Instance;
  let second: Instance;
  beforeAll(async () => {
    first = await startInstance();
    second = await startInstance();
    await registerUser(first, parts.issuer, 'demo.app');
  });
  afterAll(() => Promise.all([end(first, 'SIGTERM'), end(second, 'SIGTERM')]));

  it('share the work, and one brings to its end, once, what the other had begun when it was killed', async () => {
    const apply = stand.answers.get('netconf-gateway.apply')!;
    let goOn = (): void => undefined;
    const killed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    stand.answers.set('netconf-gateway.apply', async (request) => {
      await killed;
      return apply(request);
    });
    const all = Array.from({ length: 30 }, () => intent());
    await Promise.all(all.map(publish));
    await until(
      async () => (await loadOf(first)).busy > 0 && (await loadOf(second)).busy > 0,
      'both instances have changes under way',
    );
    await end(first, 'SIGKILL');
    goOn();
    await Promise.all(all.map(completed));
    const applied = stand.calls.filter((call) => call.name === 'netconf-gateway.apply');
    for (const of of all) {
      const types = await typesOf(of);
      const once = types.filter((type) =>
        ['IntentAccepted', 'ExecutionStarted', 'ActionCompleted'].includes(type),
      );
      expect([of.intent_id, once]).toEqual([
        of.intent_id,
        ['IntentAccepted', 'ExecutionStarted', 'ActionCompleted'],
      ]);
      const requests = applied
        .filter(({ request }) => request['action_id'] === actionIdOf('demo', of.intent_id))
        .map(({ request }) => request['request_id']);
      expect(new Set(requests).size).toBe(1);
    }
    stand.answers.set('netconf-gateway.apply', apply);
    first = await startInstance();
  });

  it('go on with all other actions while the handler of some does not answer, and their status says what is held', async () => {
    const apply = stand.answers.get('netconf-gateway.apply')!;
    const stuck = Array.from({ length: 6 * workers }, () => intent());
    const ids = new Set(stuck.map((of) => actionIdOf('demo', of.intent_id)));
    const never = new Promise<never>(() => undefined);
    let holding = true;
    stand.answers.set('netconf-gateway.apply', (request) =>
      holding && ids.has(String(request['action_id'])) ? never : apply(request),
    );
    await Promise.all(stuck.map(publish));
    await until(async () => {
      const load = await loadOf(first);
      return load.busy === workers && load.depth > 0;
    }, 'every worker is held, and more waits');
    const others = Array.from({ length: 10 }, () => intent());
    await Promise.all(others.map(publish));
    await Promise.all(others.map(completed));
    for (const of of stuck) expect(await typesOf(of)).not.toContain('ActionCompleted');
    holding = false;
    await Promise.all(stuck.map(completed));
    for (const of of stuck)
      expect((await typesOf(of)).filter((type) => type === 'ExecutionStarted')).toHaveLength(1);
    await until(async () => {
      const loads = await Promise.all([loadOf(first), loadOf(second)]);
      return loads.every((load) => load.busy === 0 && load.depth === 0 && load.running === 0);
    }, 'nothing is under way');
    stand.answers.set('netconf-gateway.apply', apply);
  });
});
