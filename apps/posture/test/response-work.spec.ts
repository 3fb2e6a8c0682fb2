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
import type { ReadyResponse } from '../src/responses/response-checks.js';
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
const changed: ResponseOutcome = {
  ...found,
  passed: null,
  change: { path: 'mirrors/anchor_chain.json', backup: null, before: null, after: 'sha256:b' },
};
const folders: string[] = [];
const lives: ResponseWork[] = [];
afterEach(() => {
  for (const { driver } of lives.splice(0)) driver.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A log with an action of `_system`, and posture's work for it, in as many lives as needed. */
const world = async (action: ResponseAction) => {
  let age = 0;
  const inner = new InMemoryEventStore(() => new Date(Date.now() - age).toISOString());
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
    setRetention: (...args) => inner.setRetention(...args),
    scavenge: () => inner.scavenge(),
    subscribe: (...call) => inner.subscribe(...call),
  };
  const ran: string[] = [];
  const act: { now: ReadyResponse; undo: () => Promise<void> } = {
    now: (check) => {
      check();
      ran.push(action);
      return Promise.resolve(action === 'integrity_anchor_mirror' ? changed : found);
    },
    undo: () => {
      ran.push('taken back');
      return Promise.resolve();
    },
  };
  const live = (): ResponseWork => {
    const work = new ResponseWork(
      store,
      new ResponseWorkHandler(store),
      {
        ready: () => Promise.resolve((check, aborted) => act.now(check, aborted)),
        hasBegun: () => Promise.resolve(true),
        takeBack: () => act.undo(),
      },
      new ResponseOutputs({ POSTURE_OUTPUT_DIR: folder }, silent),
      { lease: (take) => take() },
      silent,
    );
    lives.push(work);
    return work;
  };
  const work = live();
  const epoch = killSwitchEpoch(
    killSwitchStreams(systemTenant, action).map((stream) => ({ stream, revision: '-1', engaged: false })),
  );
  const append = (stream: string, type: string, data: object = {}) =>
    inner.append(
      stream,
      [{ id: newId(), type, data, metadata: { ...testMetadata(), tenant_id: systemTenant } }],
      'any',
    );
  const stream = streamName('action', systemTenant, id);
  const acts = (type: string, data: object = {}) => append(stream, type, data);
  const envelope = (request_id: string): HandlerEnvelope => ({
    request_id,
    deadline: new Date(Date.now() + 30_000).toISOString(),
    epoch,
    tenant_id: systemTenant,
    action_id: id,
  });
  const types = async () =>
    (await collect(inner.read(responseWorkStream(systemTenant, id)))).map(({ type }) => type);
  const reaches = (type: string) => until(async () => (await types()).at(-1) === type, `it is at ${type}`);
  await acts('IntentAccepted', {
    intent: { intent_id: 'r1:x', tenant_id: systemTenant, action_type: action, entity_id: 'interlock' },
  });
  await acts('TurnRequested', { turn: 1, request_id: 't1' });

  /** The turn is taken, so many milliseconds ago by the log's clock, and the execution started. */
  const started = async (turnAgeMs = 0): Promise<void> => {
    age = turnAgeMs;
    expect(await work.commands.takeTurn(envelope('t1'))).toMatchObject({ state: 'QUEUED', turn: 1 });
    await reaches('TurnTaken');
    age = 0;
    await acts('TurnTaken', { turn: 1 });
    const { plan_hash } = await work.plan({ tenant_id: systemTenant, action_type: action });
    const { revision } = await append(streamName('lease', systemTenant, 'all'), 'LeaseGranted', {
      action_id: id,
      keys: [`entity:${id}`],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await acts('ExecutionStarted', {
      plan_hash,
      epoch,
      switches: [],
      request_id: 'q1',
      handler: { service: 'posture', name: action },
      fencing: `${revision}`,
      soak_s: 0,
      confirm_timeout_s: 90,
      turn: 1,
    });
  };
  return { work, live, act, hold, ran, envelope, types, reaches, acts, append, started };
};
const begun = ['TurnAccepted', 'TurnTaken', 'ApplyAccepted', 'ResponseWorkRequested'];

describe('the work of a response', () => {
  it('is begun under its turn, once, however often it is asked for', async () => {
    const { work, ran, envelope, types, reaches, started } = await world('integrity_check');
    await started();
    const { commands } = work;
    await Promise.all([
      commands.apply(envelope('q1')),
      commands.apply(envelope('q1')),
      commands.observe(envelope('q1')),
    ]);
    await reaches('ResponseWorkDone');
    expect([ran, await types()]).toEqual([['integrity_check'], [...begun, 'ResponseWorkDone']]);
  });

  it('is not begun where the turn is too old, though somebody asks how it stands before that is known', async () => {
    const { work, hold, ran, envelope, types, reaches, started } = await world('integrity_check');
    await started(5000);
    let release = (): void => undefined;
    hold.until = new Promise((resolve) => {
      release = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      hold.reached = resolve;
    });
    await work.commands.apply(envelope('q1'));
    await reached;
    expect((await work.commands.observe(envelope('q1'))).state).toBe('PREPARING');
    // What does not wait for the permit begins now.
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await reaches('TurnLapsed');
    expect([ran, await types()]).toEqual([[], [...begun.slice(0, 3), 'TurnLapsed']]);
  });

  it('is not begun for another tenant, nor by a turn that its action does not ask for', async () => {
    const { work, envelope, types } = await world('integrity_check');
    await expect(work.commands.takeTurn(envelope('other'))).rejects.toMatchObject({ code: 'side-door' });
    await expect(work.commands.takeTurn({ ...envelope('t1'), tenant_id: 'demo' })).rejects.toMatchObject({
      code: 'side-door',
    });
    expect(await types()).toEqual([]);
  });

  it('that cannot be done fails, with the reason', async () => {
    const { work, act, envelope, types, reaches, started } = await world('integrity_anchor_mirror');
    act.now = (check) => {
      check();
      return Promise.reject(new Error('the directory is not writable'));
    };
    await started();
    await work.commands.apply(envelope('q1'));
    await reaches('ResponseWorkFailed');
    expect(await types()).toEqual([...begun, 'ResponseWorkFailed']);
    expect(await work.commands.status(envelope('q1'))).toMatchObject({
      state: 'FAILED',
      reasons: [{ code: 'response-failed', detail: 'the directory is not writable' }],
    });
  });

  it('is confirmed where its action asks for it, and by nobody else', async () => {
    const { work, envelope, reaches, acts, started } = await world('integrity_check');
    await started();
    await work.commands.apply(envelope('q1'));
    await reaches('ResponseWorkDone');
    await expect(work.commands.confirm(envelope('c1'))).rejects.toMatchObject({ code: 'side-door' });
    await acts('ConfirmRequested', { request_id: 'c1' });
    await work.commands.confirm(envelope('c1'));
    await reaches('ResponseWorkConfirmed');
    expect(await work.commands.confirm(envelope('c1'))).toMatchObject({ state: 'CONFIRMED' });
  });

  it('is taken back where its action asks for it; what cannot be put back is told', async () => {
    const { work, ran, envelope, reaches, acts, started } = await world('integrity_anchor_mirror');
    await started();
    await work.commands.apply(envelope('q1'));
    await reaches('ResponseWorkDone');
    await acts('UndoRequested', { request_id: 'u1' });
    await work.commands.undo(envelope('u1'));
    await reaches('ResponseWorkTakenBack');
    expect(ran).toEqual(['integrity_anchor_mirror', 'taken back']);

    const other = await world('integrity_anchor_mirror');
    await other.started();
    await other.work.commands.apply(envelope('q1'));
    await other.reaches('ResponseWorkDone');
    other.act.undo = () => Promise.reject(new Error('EISDIR'));
    await other.acts('UndoRequested', { request_id: 'u1' });
    await other.work.commands.undo(envelope('u1'));
    await other.reaches('UndoFailed');
    expect(await other.work.commands.status(envelope('u1'))).toMatchObject({
      state: 'ROLLBACK_FAILED',
      reasons: [{ code: 'undo-requested' }, { code: 'undo-failed' }],
    });
  });

  it('that was broken off is done again by the next life, but not once a kill switch is engaged', async () => {
    const brokenOff = async (action: ResponseAction) => {
      const one = await world(action);
      const { act, work, envelope, reaches, started } = one;
      const doIt = act.now;
      act.now = (check) => {
        check();
        work.driver.kill();
        return new Promise(() => undefined);
      };
      await started();
      await work.commands.apply(envelope('q1'));
      await reaches('ResponseWorkRequested');
      act.now = doIt;
      return one;
    };
    const check = await brokenOff('integrity_check');
    await check.live().commands.observe(check.envelope('q1'));
    await check.reaches('ResponseWorkDone');
    expect([check.ran, await check.types()]).toEqual([['integrity_check'], [...begun, 'ResponseWorkDone']]);

    const mirror = await brokenOff('integrity_anchor_mirror');
    await mirror.append(streamName('kill_switch', systemTenant, 'tenant'), 'KillSwitchEngaged');
    await mirror.live().commands.observe(mirror.envelope('q1'));
    await mirror.reaches('ResponseWorkTakenBack');
    expect([mirror.ran, await mirror.types()]).toEqual([
      ['taken back'],
      [...begun, 'UndoRequested', 'ResponseWorkTakenBack'],
    ]);
  });
});
