import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { streamName, systemTenant, type HandlerEnvelope } from '@interlock/contracts';
import { collect, InMemoryEventStore, testMetadata, type EventStore } from '@interlock/kernel';
import { newId } from '@interlock/platform';
import { responseWorkStream, type ResponseAction, type ResponseOutcome } from '@interlock/posture';
import { killSwitchEpoch, killSwitchStreams } from '@interlock/rails';
import { until } from '@interlock/testing';
import { ResponseWorkHandler } from '../src/handlers.js';
import { ResponseOutputs } from '../src/responses/outputs.js';
import { ResponseWork } from '../src/responses/response-work.js';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const id = 'a1';
const found: ResponseOutcome = {
  passed: true,
  checked: 1,
  failed: 0,
  range: null,
  detail: 'all is well',
  findings: [],
  change: null,
};
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The log with an action of `_system` whose execution has started; its turn is `turnAgeMs` old. */
const world = async (action: ResponseAction, turnAgeMs: number) => {
  let now = Date.now() - turnAgeMs;
  const inner = new InMemoryEventStore(() => new Date(now).toISOString());
  const folder = mkdtempSync(join(tmpdir(), 'interlock-response-work-'));
  folders.push(folder);
  const hold: { reached?: () => void; until?: Promise<void> } = {};
  const store: EventStore = {
    append: (...call) => inner.append(...call),
    // Only the position of the work's newest event is read.
    async *read(stream, options) {
      if (stream === responseWorkStream(systemTenant, id) && options?.backwards === true) {
        hold.reached?.();
        await hold.until;
      }
      yield* inner.read(stream, options);
    },
    readAll: (...call) => inner.readAll(...call),
    head: () => inner.head(),
    setRetention: () => inner.setRetention(),
    subscribe: (...call) => inner.subscribe(...call),
  };
  const ran: string[] = [];
  const work = new ResponseWork(
    store,
    new ResponseWorkHandler(store),
    {
      run: (name) => {
        ran.push(name);
        return Promise.resolve(found);
      },
      hasBegun: () => Promise.resolve(true),
    },
    new ResponseOutputs({ POSTURE_OUTPUT_DIR: folder }, silent),
    { lease: (take) => take() },
    silent,
  );
  const epoch = killSwitchEpoch(
    killSwitchStreams(systemTenant, action).map((stream) => ({ stream, revision: '-1', engaged: false })),
  );
  const append = (stream: string, type: string, data: object) =>
    inner.append(
      stream,
      [{ id: newId(), type, data, metadata: { ...testMetadata(), tenant_id: systemTenant } }],
      'any',
    );
  const stream = streamName('action', systemTenant, id);
  await append(stream, 'IntentAccepted', {
    intent: { intent_id: 'response.r1.x', tenant_id: systemTenant, action_type: action },
  });
  await append(stream, 'TurnRequested', { turn: 1, request_id: 'q1' });
  await append(stream, 'TurnTaken', { turn: 1 });
  const { plan_hash } = await work.plan(systemTenant, action);
  const { revision } = await append(streamName('lease', systemTenant, 'all'), 'LeaseGranted', {
    action_id: id,
    keys: [`entity:${id}`],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await append(stream, 'ExecutionStarted', {
    plan_hash,
    epoch,
    switches: [],
    request_id: 'q1',
    handler: { service: 'posture', name: action },
    fencing: `${revision}`,
    turn: 1,
  });
  now = Date.now();
  const envelope = (): HandlerEnvelope => ({
    request_id: 'q1',
    deadline: new Date(Date.now() + 30_000).toISOString(),
    epoch,
    tenant_id: systemTenant,
    action_id: id,
  });
  const types = async () =>
    (await collect(inner.read(responseWorkStream(systemTenant, id)))).map(({ type }) => type);
  return { work, hold, ran, envelope, types };
};

describe('the work of a response', () => {
  it('begins under its turn, once, however often it is requested', async () => {
    const { work, ran, envelope, types } = await world('integrity_check', 0);
    await Promise.all([work.apply(envelope()), work.apply(envelope()), work.status(envelope())]);
    await until(async () => (await types()).at(-1) === 'ResponseWorkDone', 'it is done');
    expect([ran, await types()]).toEqual([['integrity_check'], ['ResponseWorkStarted', 'ResponseWorkDone']]);
  });

  it('does not begin if the turn is too old, even if its status is requested before that is known', async () => {
    const { work, hold, ran, envelope, types } = await world('integrity_check', 5000);
    let release = (): void => undefined;
    hold.until = new Promise((resolve) => {
      release = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      hold.reached = resolve;
    });
    const applied = work.apply(envelope());
    await reached;
    expect((await work.status(envelope())).state).toBe('PREPARING');
    // Work that does not wait for the permit begins now.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    release();
    await applied;
    await until(async () => (await types()).length === 2, 'it has an end');
    expect([ran, await types()]).toEqual([[], ['ResponseWorkStarted', 'ResponseWorkLapsed']]);
    await work.stop();
  });
});
