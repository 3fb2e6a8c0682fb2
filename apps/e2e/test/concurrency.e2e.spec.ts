import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { actionIdOf, collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { failedOver, site } from './network.js';
import { account, tenant } from './names.js';
import { World, type View } from './world.js';

const budget = 10;
const other = 'ran-south';
const names = Array.from({ length: 101 }, (_, i) => `n${String(i).padStart(3, '0')}`);
const world = new World({ devices: names.map((name) => site(name)) });
const { network } = world;

beforeAll(async () => {
  await world.start();
  await world.provision({ budget });
  await world.must(
    'PUT',
    '/api/v1/autonomy/config',
    { account_id: other, action_type: 'cell_failover', mode: 'AUTO_EXECUTE', reason: 'a test', force: true },
    { sub: 'author' },
  );
  await world.must(
    'PUT',
    '/api/v1/autonomy/budget',
    { account_id: other, max_autonomous_per_day: 50 },
    { sub: 'author' },
  );
  await Promise.all(names.map((name) => network.degrade(`cell-${name}-1`)));
  await world.teach(...names.map((name) => `cell-${name}-1`));
});
afterAll(() => world.end());

const first = names[0]!;
type State = { readonly count: number };
const resting = [
  'COMPLETED',
  'AWAITING_APPROVAL',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
  'CANCELLED',
  'DENIED',
  'EXPIRED',
  'BLOCKED',
];
const inState = async (state: string): Promise<readonly View[]> =>
  (
    await world.must<{ items: readonly View[] }>(
      'GET',
      `/api/v1/autonomous/actions/records?state=${state}&limit=200`,
    )
  ).items;
const spent = async (by: string): Promise<number> =>
  (await world.must<State>('GET', `/api/v1/autonomy/budget/state?account_id=${by}`)).count;

it('makes one action of the same intent that arrives 50 times at once, by both ways', async () => {
  const intent = world.intent(`cell-${first}-1`, { account_id: other });
  const id = actionIdOf(tenant, intent.intent_id);
  const ways = Array.from({ length: 50 }, (_, i) => i);
  const answers = await Promise.all(
    ways.map(async (i) => {
      // Each has its own message id, so that the bus itself removes no duplicate.
      if (i % 2 === 0) return world.publish(intent, `${intent.intent_id}:${i}`);
      const { status, body } = await world.call<{ action_id: string }>(
        'POST',
        '/api/v1/autonomous/actions',
        intent,
      );
      expect([i, status]).toEqual([i, 202]);
      return body.action_id;
    }),
  );
  expect(new Set(answers)).toEqual(new Set([id]));
  expect((await world.ends(id)).state).toBe('COMPLETED');
  // All 25 messages of the bus have been consumed.
  await until(
    async () => (await (await world.nats.jetstreamManager()).streams.info('INTENTS')).state.messages === 0,
    'the bus holds no intent',
  );
  const types = await world.types(id);
  expect(types.filter((type) => type === 'IntentAccepted')).toHaveLength(1);
  expect(types.filter((type) => type === 'ExecutionStarted')).toHaveLength(1);
  expect(await spent(other)).toBe(1);
  expect(
    (
      await world.must<{ items: readonly View[] }>(
        'GET',
        `/api/v1/autonomous/actions?intent_id=${intent.intent_id}`,
      )
    ).items,
  ).toHaveLength(1);
  expect(await world.outcomes(id)).toHaveLength(1);
  expect(await world.messages('REJECTED', `interlock.intents.rejected.${tenant}`)).toEqual([]);
});

it('executes exactly 10 of 100 parallel intents on 100 cells if the budget has room for 10, and asks people about the other 90', async () => {
  const cells = names.slice(1).map((name) => `cell-${name}-1`);
  const ids: string[] = [];
  const restedOn = async (of: readonly string[]): Promise<readonly View[]> => {
    const published = await Promise.all(of.map((cell) => world.publish(world.intent(cell))));
    ids.push(...published);
    return until(async () => {
      const found = (await Promise.all(resting.map(inState)))
        .flat()
        .filter(({ action_id: id }) => published.includes(id));
      return found.length === published.length && found;
    }, `all ${published.length} actions have ended or wait for a person`);
  };
  // A slow machine may need more than the five seconds between a turn and its first change. The
  // action then ends with nothing sent and its budget released.
  const isTooSlow = ({ state, reasons }: View): boolean =>
    state === 'CANCELLED' && reasons[0]?.code === 'device-too-slow';
  const views = [...(await restedOn(cells))];
  const inViews = (wanted: string): readonly View[] => views.filter(({ state }) => state === wanted);
  // The actions that such a machine did not execute are requested again once their budget is
  // released.
  let late = views.filter(isTooSlow);
  while (late.length > 0) {
    await until(
      async () => (await spent(account)) === inViews('COMPLETED').length,
      'what nobody used is given back',
    );
    const again = await restedOn(late.map(({ entity_id: cell }) => cell));
    views.push(...again);
    late = again.filter(isTooSlow);
  }
  const done = inViews('COMPLETED').map(({ entity_id: cell }) => cell);
  const waiting = inViews('AWAITING_APPROVAL');
  expect(
    views
      .filter((view) => view.state !== 'COMPLETED' && view.state !== 'AWAITING_APPROVAL' && !isTooSlow(view))
      .map(({ state, reasons }) => ({ state, reasons })),
  ).toEqual([]);
  expect([new Set(done).size, waiting.length]).toEqual([budget, 90]);

  for (const view of waiting) {
    expect(view.gates.find(({ gate }) => gate === 'budget')).toMatchObject({
      verdict: 'inconclusive',
      hold: 'approval',
      saw: { answer: { consumed: false, reason: 'BUDGET_EXHAUSTED' } },
    });
  }
  expect(await spent(account)).toBe(budget);

  // According to the log, each was started and paid for once.
  const events = (await collect(world.log.readAll())).filter(({ metadata }) => metadata.tenant_id === tenant);
  const streamsOf = (wanted: string): readonly string[] =>
    events
      .filter(({ type, metadata }) => type === wanted && ids.includes(metadata.$correlationId))
      .map(({ stream }) => stream);
  const started = streamsOf('ExecutionStarted');
  // An action is started again only if the executor said that it sent nothing.
  expect(started.length - streamsOf('ApplyRefused').length).toBe(budget);
  const paid = events
    .filter(
      ({ type, stream }) => type === 'BudgetConsumed' && stream.startsWith(`budget-${tenant}:${account}:`),
    )
    .map(({ data }) => (data as { readonly action_id: string }).action_id);
  const returned = events.filter(
    ({ type, stream }) => type === 'BudgetGivenBack' && stream.startsWith(`budget-${tenant}:${account}:`),
  );
  expect(new Set(paid).size).toBe(paid.length);
  expect(paid.length - returned.length).toBe(budget);

  // Only the devices of the ten were changed.
  const untouched = names
    .slice(1)
    .filter((name) => !done.includes(`cell-${name}-1`))
    .slice(0, 5);
  for (const name of untouched)
    expect((await network.running(`gnb-${name}`))[`cell-${name}-1`]).toMatchObject({ state: 'UNLOCKED' });
  const template = await network.running(`gnb-${untouched[0]!}`);
  for (const cell of done) {
    const name = cell.split('-')[1]!;
    const before = JSON.parse(JSON.stringify(template).replaceAll(untouched[0]!, name)) as typeof template;
    expect(await network.running(`gnb-${name}`)).toEqual(failedOver(before, cell));
  }
});
