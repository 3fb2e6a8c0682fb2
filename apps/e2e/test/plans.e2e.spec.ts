import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { nodeActionId, planIdOf } from '@interlock/rails';
import { until } from '@interlock/testing';
import { tenant } from './names.js';
import { failedOver, type RunningConfig } from './network.js';
import { repository } from './stack.js';
import { World } from './world.js';

// The worked example of docs/plans.md, run unchanged with the command line on the simulated network
// of `npm start`, and killed three times on the way.

const file = join(repository, 'examples/federated-failover/plan.json');
const plan = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly submission_id: string;
  readonly nodes: readonly { readonly node_id: string; readonly intent: { readonly entity_id: string } }[];
};
const planId = planIdOf(tenant, plan.submission_id);
const stream = `plan-${tenant}:${planId}`;
const cells = plan.nodes.map(({ intent }) => intent.entity_id);
const siteOf = (cell: string): string => cell.slice('cell-'.length, -'-1'.length);
const deviceOf = (cell: string): string => `gnb-${siteOf(cell)}`;

const world = new World({});
const before = new Map<string, RunningConfig>();

beforeAll(async () => {
  await world.start();
  await world.provision();
  await world.teach(...cells);
  for (const cell of cells) {
    await world.network.degrade(cell);
    before.set(cell, await world.network.running(deviceOf(cell)));
  }
});
afterAll(() => world.end());

const interlock = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await world.stack.cli('--tenant', tenant, ...args);
  if (code !== 0) throw new Error(`interlock ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

/** Kills everything as soon as the plan's stream holds such an event, and restarts it. */
const killedAfter = async (type: string, begin: () => Promise<unknown>): Promise<void> => {
  let killed: Promise<void> | undefined;
  const subscription = world.log.subscribe(
    { after: null, prefixes: [stream], name: 'e2e' },
    {
      onEvent: (event) => {
        if (event.stream === stream && event.type === type) killed ??= world.stack.killAll();
      },
    },
  );
  // The kill may cut off the answer.
  const asked = begin().catch(() => undefined);
  await until(() => killed !== undefined, `${type} is in ${stream}`);
  await killed;
  await asked;
  await subscription.stop();
  await world.detach();
  await world.start();
};
type Shown = {
  readonly state: string;
  readonly approval: { readonly digest: string } | null;
  readonly nodes: readonly { readonly node_id: string; readonly state: string }[];
};
const shows = async (state: string): Promise<Shown> => {
  let last = '';
  try {
    return await until(async () => {
      last = await interlock('plans', 'show', planId, '--json');
      const shown = JSON.parse(last) as Shown;
      return shown.state === state && shown;
    }, `the plan is ${state}`);
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; it is ${last}`, { cause });
  }
};

it('a plan whose last node fails rolls back the completed ones, under the approval that included this', async () => {
  // A failover at gnb-004 makes things worse, so its own validation rolls it back.
  const sites = ['cell-001-1', 'cell-002-1', 'cell-004-1'];
  await world.teach('cell-004-1');
  await world.network.degrade('cell-004-1');
  const devicesBefore: RunningConfig[] = [];
  for (const cell of sites) devicesBefore.push(await world.network.running(deviceOf(cell)));
  const [template] = plan.nodes;
  const rolling = {
    ...plan,
    submission_id: 'taken-back-1',
    failure_rule: 'rollback_all',
    approval: 'if_held',
    nodes: sites.map((entity_id, i) => ({
      node_id: `n${i}`,
      depends_on: i === 0 ? [] : [`n${i - 1}`],
      intent: { ...template?.intent, entity_id },
    })),
  };
  const path = join(world.stack.home, 'taken-back.json');
  writeFileSync(path, JSON.stringify(rolling));
  const id = planIdOf(tenant, rolling.submission_id);
  const view = async (): Promise<{
    readonly state: string;
    readonly approval: { readonly digest: string; readonly rolls_back?: true } | null;
    readonly nodes: readonly { readonly state: string; readonly taken_back: boolean | null }[];
  }> => JSON.parse(await interlock('plans', 'show', id, '--json')) as never;
  const reached = (state: string) =>
    until(async () => {
      const shown = await view();
      return shown.state === state && shown;
    }, `the plan is ${state}`);

  await interlock('plans', 'submit', path);
  const { approval } = await reached('AWAITING_APPROVAL');
  expect(approval?.rolls_back).toBe(true);
  expect(await interlock('plans', 'show', id)).toContain('its approval includes the rollback');
  // Nobody is asked again after this.
  await interlock('--as', 'ben', 'plans', 'approve', id, '--digest', approval?.digest ?? '');
  const { nodes } = await reached('ROLLED_BACK');
  expect(nodes.map(({ state, taken_back }) => [state, taken_back])).toEqual([
    ['COMPLETED', true],
    ['COMPLETED', true],
    ['ROLLED_BACK', null],
  ]);
  for (const [i, cell] of sites.entries()) {
    await world.network.settled(deviceOf(cell));
    expect(await world.network.running(deviceOf(cell))).toEqual(devicesBefore[i]);
  }
  for (const node of ['n0', 'n1']) {
    const action = nodeActionId({ plan_id: id, tenant_id: tenant }, node, 'node');
    const events = await world.events(action);
    expect(events.find(({ type }) => type === 'RollbackApproved')?.data).toMatchObject({
      by: 'service:safety-rails',
      plan: { plan_id: id, digest: approval?.digest, approved_by: [expect.stringMatching(/^person:/)] },
    });
    expect((await world.types(action)).filter((type) => type === 'RollbackStarted')).toHaveLength(1);
  }
});

it('a federated failover over four sites reaches its end with one approval, whenever everything is killed', async () => {
  await killedAfter('PlanNodePreviewed', () => interlock('plans', 'submit', file));
  const { approval } = await shows('AWAITING_APPROVAL');
  expect(await interlock('plans', 'list', '--state', 'AWAITING_APPROVAL')).toContain(plan.submission_id);
  for (const cell of cells) expect(await world.network.running(deviceOf(cell))).toEqual(before.get(cell));

  const digest = approval?.digest ?? '';
  await killedAfter('PlanNodeRequested', () =>
    interlock('--as', 'ben', 'plans', 'approve', planId, '--digest', digest),
  );
  await killedAfter('PlanNodeEnded', () => Promise.resolve());
  const { nodes } = await shows('COMPLETED');
  expect(nodes.map(({ state }) => state)).toEqual(plan.nodes.map(() => 'COMPLETED'));

  const starts: string[] = [];
  for (const { node_id, intent } of plan.nodes) {
    const id = nodeActionId({ plan_id: planId, tenant_id: tenant }, node_id, 'node');
    const types = await world.types(id);
    expect([node_id, types.filter((type) => type === 'IntentAccepted').length]).toEqual([node_id, 1]);
    expect([
      node_id,
      types.filter((type) => type === 'ExecutionStarted').length -
        types.filter((type) => type === 'ApplyRefused').length,
    ]).toEqual([node_id, 1]);
    expect([node_id, types.includes('PlanApprovalRecorded'), types.includes('ApprovalRequested')]).toEqual([
      node_id,
      true,
      false,
    ]);
    starts.push(...(await world.events(id)).slice(0, 1).map(({ metadata }) => metadata.occurred_at));
    const cell = intent.entity_id;
    await world.network.settled(deviceOf(cell));
    expect(await world.network.running(deviceOf(cell))).toEqual(failedOver(before.get(cell) ?? {}, cell));
  }
  const [pilot = '', east = '', west = '', rest = ''] = starts;
  expect(pilot < east && pilot < west && east < rest && west < rest).toBe(true);
});

it('a cyclic plan is refused, whoever sends it', async () => {
  const [first, ...others] = plan.nodes;
  const cyclic = join(world.stack.home, 'cyclic.json');
  writeFileSync(
    cyclic,
    JSON.stringify({
      ...plan,
      submission_id: 'cyclic',
      nodes: [{ ...first, depends_on: ['rest'] }, ...others],
    }),
  );
  const { code, stderr } = await world.stack.cli('--tenant', tenant, 'plans', 'submit', cyclic);
  expect(code).toBe(1);
  expect(stderr).toContain('must not lead back to its node');
});
