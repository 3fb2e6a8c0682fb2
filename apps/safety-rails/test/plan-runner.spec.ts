import { expect, it } from '@jest/globals';
import {
  collect,
  CommandHandler,
  InMemoryEventStore,
  ProblemError,
  type EventStore,
} from '@interlock/kernel';
import {
  planDecider,
  planIdOf,
  type FailureRule,
  type PlanCommand,
  type PlanNode,
  type PlanWork,
} from '@interlock/rails';
import { until } from '@interlock/testing';
import { PlanRunner } from '../src/plans/plan-runner.js';

const tenant = 'demo';
const id = planIdOf(tenant, 's-1');
const stream = `plan-${tenant}:${id}`;
const now = '2026-11-20T10:00:00.000Z';
const context = {
  commandId: 'c',
  tenantId: tenant,
  actor: { kind: 'service', service: 'test' } as const,
  now,
  correlationId: id,
  causationId: id,
};

const node = (node_id: string, depends_on: readonly string[], compensated: boolean): PlanNode => {
  const intent = {
    account_id: 'ran',
    agent: 'ran-optimizer',
    action_type: 'cell_failover',
    entity_id: `cell-${node_id}`,
    parameters: {},
    affected_entity_count: 3,
    confidence_score: 0.95,
  };
  return { node_id, depends_on, intent, compensation: compensated ? intent : null };
};

/** What was done for a plan outside of it, as far as it is kept whoever dies. */
class Outside {
  readonly done: string[] = [];

  /** Node `bad` ends ROLLED_BACK. What is asked again is answered as before and done once. */
  perform({ kind, node: { node } }: PlanWork): Promise<PlanCommand | null> {
    const { node_id } = node;
    const what = `${kind} ${node_id}`;
    if (!this.done.includes(what)) this.done.push(what);
    const end = { node_id, now, reasons: [] };
    if (kind === 'preview')
      return Promise.resolve({
        kind: 'record_preview',
        node_id,
        now,
        preview: {
          state: 'COMPLETED',
          reasons: [],
          holds: [],
          digest_parts: { action: node_id, risk_score: 20, diff: 'd', leaves: 'l', policies: 'p' },
          affected_entity_count: 3,
          approvals_required: 1,
        },
      });
    if (kind === 'take_back')
      return Promise.resolve({ kind: 'record_compensation', state: 'COMPLETED', ...end });
    return Promise.resolve({
      kind: 'record_end',
      state: node_id === 'bad' ? 'ROLLED_BACK' : 'COMPLETED',
      ...end,
    });
  }
}

const runnerOn = (store: EventStore, outside: Outside): PlanRunner =>
  new PlanRunner(
    new CommandHandler(store, planDecider, { backoff: () => Promise.resolve() }) as never,
    outside,
    { current: () => Promise.resolve(), list: () => [], isStopped: () => false },
    { SAFETY_RAILS_SWEEP_S: 3600 },
    { warn: () => undefined },
  );

const submit = async (store: EventStore, rule: FailureRule): Promise<void> => {
  const handler = new CommandHandler(store, planDecider, { backoff: () => Promise.resolve() });
  const data = {
    plan_id: id,
    tenant_id: tenant,
    submission_id: 's-1',
    content_hash: 'c',
    description: null,
    requester: 'service:test',
    failure_rule: rule,
    approval: 'if_held',
    max_affected_entities: 100,
    dry_run: false,
    nodes: [node('a', [], true), node('b', ['a'], true), node('bad', ['b'], true), node('c', ['bad'], true)],
  } as const;
  await handler.handle(stream, { kind: 'submit', data, now }, context);
};

/**
 * The log as a process sees it that dies with its append of that number: before it is written, or
 * after it and before anyone is told.
 */
const dyingAt = (
  store: InMemoryEventStore,
  last: number,
  written: boolean,
): { readonly store: EventStore; readonly died: () => boolean } => {
  let appends = 0;
  const dead = new ProblemError('log-unavailable', 'the process is dead');
  return {
    died: () => appends >= last,
    store: {
      read: (...args: Parameters<EventStore['read']>) => store.read(...args),
      append: async (...args: Parameters<EventStore['append']>) => {
        appends += 1;
        if (appends > last || (appends === last && !written)) throw dead;
        const result = await store.append(...args);
        if (appends === last) throw dead;
        return result;
      },
    } as EventStore,
  };
};

const story = async (store: EventStore): Promise<readonly string[]> =>
  (await collect(store.read(stream))).map(
    ({ type, data }) => `${type} ${String((data as { readonly node_id?: string }).node_id ?? '')}`,
  );
const isOver = async (store: EventStore): Promise<boolean> =>
  /^Plan(Stopped|RolledBack|CompletedInPart) /.test((await story(store)).at(-1) ?? '');

const whole = async (rule: FailureRule): Promise<{ story: readonly string[]; done: readonly string[] }> => {
  const store = new InMemoryEventStore();
  const outside = new Outside();
  await submit(store, rule);
  const runner = runnerOn(store, outside);
  runner.wake(tenant, id);
  await until(() => isOver(store), 'the plan is over');
  await runner.stop();
  return { story: await story(store), done: outside.done };
};

it.each(['stop', 'continue', 'rollback_all'] as const)(
  'a plan with `%s` whose process is killed at any of its appends comes to the same end, and nothing is done twice',
  async (rule) => {
    const right = await whole(rule);
    for (let last = 1; last < right.story.length; last += 1) {
      for (const written of [false, true]) {
        const store = new InMemoryEventStore();
        const outside = new Outside();
        await submit(store, rule);
        const dying = dyingAt(store, last, written);
        const first = runnerOn(dying.store, outside);
        first.wake(tenant, id);
        await until(() => dying.died(), 'the first process is dead');
        await first.stop();
        const second = runnerOn(store, outside);
        second.wake(tenant, id);
        await until(() => isOver(store), 'the plan is over');
        await second.stop();
        expect({
          last,
          written,
          story: (await story(store)).toSorted(),
          done: outside.done.toSorted(),
        }).toEqual({
          last,
          written,
          story: right.story.toSorted(),
          done: right.done.toSorted(),
        });
      }
    }
  },
);
