import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIdOf, type RecordedEvent } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { longPoints, shortPoints, windowPoint } from './kill-points.js';
import { failedOver, site, type RunningConfig } from './network.js';
import { account, tenant } from './names.js';
import { World } from './world.js';

const points = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? [...shortPoints, ...longPoints] : shortPoints;
/**
 * At these points either nothing was on the device yet, or the end was written. The action starts
 * again or stays as it was.
 */
const beforeAnything: ReadonlySet<string> = new Set([
  'action IntentAccepted',
  'action GatesJudged',
  'action PlanPrepared',
  'action ReservationRequested',
  'action ReservationGranted',
  'action TurnRequested',
  'action TurnTaken',
  'action ExecutionStarted',
  'action ActionCompleted',
  'device_tx TurnAccepted',
  'device_tx ChangePrepared',
  'device_tx TurnTaken',
  'device_tx ApplyAccepted',
  'device_tx ChangeConfirmed',
]);
const bystander = 'b01';
const world = new World({
  devices: [
    ...points.map((point) => site(point.site, point.worse === true ? { neighbourUsers: 262 } : {})),
    site(bystander),
    site('b02'),
    site('b03'),
  ],
});
const { network } = world;
const before = new Map<string, RunningConfig>();
const cellOf = (name: string): string => `cell-${name}-1`;

beforeAll(async () => {
  await world.start();
  await world.provision();
  for (const name of [...points.map((point) => point.site), bystander, 'b02', 'b03']) {
    await network.degrade(cellOf(name));
    before.set(name, await network.running(`gnb-${name}`));
  }
});
afterAll(() => world.end());

/**
 * Kills everything as soon as the log contains the nth such event; resolves when all processes are
 * dead.
 */
const killAfter = async (
  stream: string,
  type: string,
  start: () => Promise<unknown>,
  nth = 1,
): Promise<string> => {
  let killed: Promise<void> | undefined;
  let seen = 0;
  await world.forgiveFailures();
  const subscription = world.log.subscribe(
    { after: null, prefixes: [stream], name: 'e2e' },
    {
      onEvent: (event) => {
        if (event.stream === stream && event.type === type && ++seen === nth) killed = world.stack.killAll();
      },
    },
  );
  await start();
  await until(() => killed !== undefined, `${type} is in ${stream}`);
  await killed;
  const dead = new Date().toISOString();
  await subscription.stop();
  await world.detach();
  return dead;
};

const budgetOf = async (actionId: string, started: RecordedEvent): Promise<readonly string[]> => {
  const { day } = (started.data as { readonly consume: { readonly day: string } }).consume;
  return (await world.stream(`budget-${tenant}:${account}:${day}`))
    .filter(({ data }) => (data as { readonly action_id: string }).action_id === actionId)
    .map(({ type }) => type);
};

const count = (types: readonly string[], type: string): number => types.filter((one) => one === type).length;

/**
 * The invariants of an ended action: one end, at most one start, the right budget, the device as
 * the log says.
 */
const check = async (name: string, actionId: string): Promise<string> => {
  const device = `gnb-${name}`;
  const view = await world.ends(actionId);
  const events = await world.events(actionId);
  const types = events.map(({ type }) => type);
  expect([name, view.state]).toEqual([name, expect.stringMatching(/^(COMPLETED|ROLLED_BACK)$/)]);
  // An action is started again only if the executor said that it sent nothing.
  expect([
    name,
    count(types, 'IntentAccepted'),
    count(types, 'ExecutionStarted') - count(types, 'ApplyRefused'),
    count(types, 'ActionCompleted') + count(types, 'ActionRolledBack'),
  ]).toEqual([name, 1, 1, 1]);
  const requested = events.filter(({ type, data }) => type === 'GatesJudged' && 'consume' in data);
  expect(requested).toHaveLength(1);
  expect([name, await budgetOf(actionId, requested[0]!)]).toEqual([name, ['BudgetConsumed']]);

  await network.settled(device);
  const journal = (await world.stream(`device_tx-${tenant}:${actionId}`)).map(({ type }) => type);
  expect([name, journal.at(-1)]).toEqual([
    name,
    view.state === 'COMPLETED'
      ? 'ChangeConfirmed'
      : expect.stringMatching(/^(ChangeRolledBack|ApplyFailed)$/),
  ]);
  const was = before.get(name)!;
  expect([name, await network.running(device)]).toEqual([
    name,
    view.state === 'COMPLETED' ? failedOver(was, cellOf(name)) : was,
  ]);

  const outcomes = await world.outcomes(actionId);
  expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set([view.state]));
  return view.state;
};

/**
 * True if the device may have received the commit by then. The kill comes a moment after its event,
 * so this is unknown.
 */
const isUnknownAt = async (actionId: string, dead: string): Promise<boolean> => {
  const written = (await world.stream(`device_tx-${tenant}:${actionId}`))
    .filter(({ metadata }) => metadata.occurred_at <= dead)
    .map(({ type }) => type);
  return written.includes('TentativeCommitRequested') && !written.includes('ChangeConfirmed');
};

describe('kill -9 of the whole stack', () => {
  it.each(points)('after $stream $after: the action reaches its one correct end', async (point) => {
    const intent = world.intent(cellOf(point.site));
    const id = actionIdOf(tenant, intent.intent_id);
    await world.teach(intent.entity_id);
    const stream = `${point.stream}-${tenant}:${id}`;
    const dead = await killAfter(stream, point.after, () => world.publish(intent), point.nth);
    await world.start();
    const end = await check(point.site, id);
    if (point.worse === true) expect(end).toBe('ROLLED_BACK');
    if (beforeAnything.has(`${point.stream} ${point.after}`) && !(await isUnknownAt(id, dead)))
      expect(end).toBe('COMPLETED');
  });

  it('during open windows keeps actions waiting for people, executes nothing unapproved, and judges elapsed windows by fresh gates', async () => {
    await world.forgiveFailures();
    const id = await world.publish(
      world.intent(cellOf(bystander), { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
    );
    const denied = await world.publish(
      world.intent(cellOf('b02'), { parameters: { power_raise_db: 6, cell_individual_offset: 3 } }),
    );
    await world.reaches(id, ['AWAITING_APPROVAL']);
    await world.ends(denied);
    const window = world.intent(cellOf('b03'), {
      parameters: { power_raise_db: 3, cell_individual_offset: 8 },
    });
    const elapsing = actionIdOf(tenant, window.intent_id);
    await world.teach(cellOf('b03'), cellOf(bystander));
    await killAfter(`action-${tenant}:${elapsing}`, windowPoint.after, () => world.publish(window));
    await world.start();
    // A window that elapsed while everything was down continues only after its gates were judged
    // again.
    expect((await world.ends(elapsing)).state).toBe('COMPLETED');
    const events = await world.events(elapsing);
    const types = events.map(({ type }) => type);
    expect([
      events.filter(({ data }) => 'occasion' in data && data.occasion === 'again').length,
      count(types, 'ConfirmationWindowElapsed'),
      count(types, 'ExecutionStarted'),
    ]).toEqual([1, 1, 1]);
    // The read models may be a moment behind the earlier answers until they catch up from the log.
    await world.reaches(id, ['AWAITING_APPROVAL']);
    expect((await world.ends(denied)).state).toBe('DENIED');
    expect(await network.running('gnb-b02')).toEqual(before.get('b02'));
    // Failures from the kills have meanwhile been counted and may have revoked autonomy, which
    // would rightly require another approval.
    await world.forgiveFailures();
    await world.approve(id, { sub: 'bert' });
    expect((await world.ends(id)).state).toBe('COMPLETED');
  });

  it('and an orderly stop and start continue in the same home without loss', async () => {
    const head = await world.log.head();
    await world.detach();
    expect(await world.stack.terminate()).toBe(0);
    await world.start();
    expect(Number((await world.log.head())!.commit)).toBeGreaterThanOrEqual(Number(head!.commit));
    const listed = await world.must<{ items: readonly unknown[] }>(
      'GET',
      '/api/v1/autonomous/actions?limit=200',
    );
    expect(listed.items).toHaveLength(points.length + 3);
  });
});
