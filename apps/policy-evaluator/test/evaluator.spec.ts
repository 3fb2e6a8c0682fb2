import { describe, expect, it } from '@jest/globals';
import type { EvaluationV1 } from '@interlock/contracts';
import type { LogFollower } from '@interlock/eventstore';
import {
  collect,
  ProblemError,
  InMemoryEventStore,
  isProblem,
  testMetadata,
  type AppendResult,
  type EventToAppend,
  type ExpectedRevision,
} from '@interlock/kernel';
import { bundleStream, evaluationStream, rolloutStream, type EvaluationRecorded } from '@interlock/policy';
import { Evaluator, evaluatorActor, type EvaluationCall } from '../src/evaluator.js';
import { PolicyIndex } from '../src/policy-index.js';
import { Recorder } from '../src/recorder.js';
import { intent, prediction, rulesOf } from './rules.js';

/** Counts appends, and fails those that are told to. */
class CountingStore extends InMemoryEventStore {
  readonly batches: number[] = [];
  fails: Error | undefined;
  override async append(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    await Promise.resolve();
    this.batches.push(events.length);
    if (this.fails !== undefined) throw this.fails;
    return super.append(stream, events, expected);
  }
}
const event = (id: string): EventToAppend => ({
  id,
  type: 'EvaluationRecorded',
  data: { id },
  metadata: testMetadata(),
});
const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const follower = (over: Partial<LogFollower> = {}): LogFollower => ({
  ensureCurrent: () => Promise.resolve(),
  confirmAtLeast: () => Promise.resolve(),
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  position: () => ({ commit: 7n, prepare: 7n }),
  confirmCurrent: () => Promise.resolve({ commit: 7n, prepare: 7n }),
  confirmedWithin: () => true,
  ...over,
});
const asked = (over: Partial<EvaluationCall> = {}): EvaluationCall => ({
  tenant_id: 'demo',
  intent: intent('demo'),
  prediction,
  posture: 'GREEN',
  at: '2026-03-01T10:00:00.000Z',
  ...over,
});
/** The index over everything in a store. */
const indexOf = async (store: InMemoryEventStore): Promise<PolicyIndex> => {
  const index = new PolicyIndex();
  for await (const recorded of store.readAll()) index.fold(recorded);
  return index;
};

describe('the recorder', () => {
  it('puts what arrives together into one append, and what comes meanwhile into the next', async () => {
    const store = new CountingStore();
    const recorder = new Recorder(store);
    const first = Array.from({ length: 5 }, (_, i) => recorder.record('evaluation-a:d', event(`a${i}`)));
    await first[0];
    const second = Array.from({ length: 3 }, (_, i) => recorder.record('evaluation-a:d', event(`b${i}`)));
    await Promise.all([...first, ...second, recorder.record('evaluation-b:d', event('c'))]);
    expect(store.batches.reduce((a, b) => a + b)).toBe(9);
    expect(store.batches.length).toBeLessThanOrEqual(4);
    expect(store.batches[0]).toBe(5);
  });

  it('appends no more than 128 at once', async () => {
    const store = new CountingStore();
    const recorder = new Recorder(store);
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => recorder.record('evaluation-a:d', event(`${i}`))),
    );
    expect(store.batches).toEqual([128, 128, 44]);
  });

  it('tells everyone of a failed append, and goes on with the next', async () => {
    const store = new CountingStore();
    const recorder = new Recorder(store);
    store.fails = new Error('the log is away');
    const failed = await Promise.all([
      failure(recorder.record('s-a:d', event('1'))),
      failure(recorder.record('s-a:d', event('2'))),
    ]);
    expect(failed).toEqual([store.fails, store.fails]);
    store.fails = undefined;
    await recorder.record('s-a:d', event('3'));
    expect(store.batches).toEqual([2, 1]);
  });
});

describe('the evaluator', () => {
  it('that cannot be proved current answers so and records nothing', async () => {
    const store = new CountingStore();
    const stale = new Evaluator(
      new PolicyIndex(),
      follower({ ensureCurrent: () => Promise.reject(new ProblemError('not-current', 'not confirmed')) }),
      new Recorder(store),
    );
    expect(isProblem(await failure(stale.evaluate(asked(), evaluatorActor)), 'not-current')).toBe(true);
    expect(
      isProblem(
        await failure(
          stale.autoApprove({
            tenant_id: 'demo',
            account_id: 'a',
            action_type: 'x',
            confidence_score: 1,
            risk_level: 'LOW',
            autonomy_mode: 'AUTO_EXECUTE',
            external_contact: false,
          }),
        ),
        'not-current',
      ),
    ).toBe(true);
    expect(store.batches).toEqual([]);
  });

  it.each([true, false])(
    'asked with fresh %s makes sure first, and answers by what it then knows',
    async (fresh) => {
      const store = new InMemoryEventStore();
      const index = new PolicyIndex();
      await rulesOf(store, 'demo').policy('late', { decision: 'DENY' });
      const asks: boolean[] = [];
      const confirming = follower({
        ensureCurrent: async (asFresh) => {
          asks.push(asFresh);
          for await (const recorded of store.readAll()) index.fold(recorded);
        },
      });
      expect(
        (
          await new Evaluator(index, confirming, new Recorder(store)).evaluate(
            asked({ fresh }),
            evaluatorActor,
          )
        ).evaluation.decision,
      ).toBe('DENY');
      expect(asks).toEqual([fresh]);
    },
  );

  it('gives no answer that is not in the log', async () => {
    const store = new CountingStore();
    store.fails = new Error('the log is away');
    expect(
      await failure(
        new Evaluator(new PolicyIndex(), follower(), new Recorder(store)).evaluate(asked(), evaluatorActor),
      ),
    ).toBe(store.fails);
  });

  it('whose active bundle is not what was activated errs, and decides nothing', async () => {
    const store = new InMemoryEventStore();
    const rules = rulesOf(store, 'demo');
    await rules.policy('allow');
    await store.append(
      rolloutStream('demo'),
      [
        {
          id: 'x',
          type: 'BundleActivated',
          data: {
            bundle_id: 'ghost',
            bundle_version: '9.9.9',
            bundle_hash: 'h',
            canary_pct: 100,
            approval_id: 'a',
            previous_bundle_id: null,
          },
          metadata: testMetadata(),
        },
      ],
      'no_stream',
    );
    const evaluator = new Evaluator(await indexOf(store), follower(), new Recorder(store));
    expect(isProblem(await failure(evaluator.evaluate(asked(), evaluatorActor)), 'internal-error')).toBe(
      true,
    );
  });

  it('what throws on the way is an error, never a decision', async () => {
    const store = new InMemoryEventStore();
    const torn = new Evaluator(
      await indexOf(store),
      follower({
        position: () => {
          throw new TypeError('torn');
        },
      }),
      new Recorder(store),
    );
    expect(isProblem(await failure(torn.evaluate(asked(), evaluatorActor)), 'internal-error')).toBe(true);
  });

  it('names the position it was current at, and records under the present day', async () => {
    const store = new CountingStore();
    const { evaluation } = await new Evaluator(new PolicyIndex(), follower(), new Recorder(store)).evaluate(
      asked(),
      evaluatorActor,
    );
    expect(evaluation.position).toBe('7');
    const streams: string[] = [];
    for await (const { stream } of store.readAll()) streams.push(stream);
    expect(streams).toEqual([evaluationStream('demo', new Date().toISOString().slice(0, 10))]);
  });
});

describe('the index', () => {
  it('keeps what was compiled until something of that tenant changes', async () => {
    const store = new InMemoryEventStore();
    await rulesOf(store, 'demo').policy('p');
    const index = await indexOf(store);
    const { policies } = index.rules('demo');
    await rulesOf(store, 'other').policy('p');
    for await (const recorded of store.readAll({ after: { commit: 1n, prepare: 1n } })) index.fold(recorded);
    expect(index.rules('demo').policies).toBe(policies);
    await rulesOf(store, 'demo').change('p', { decision: 'DENY' });
    for await (const recorded of store.readAll({ after: { commit: 2n, prepare: 2n } })) index.fold(recorded);
    expect(index.rules('demo').policies).not.toBe(policies);
  });

  it('looks at what went before, and records the values it saw', async () => {
    const store = new InMemoryEventStore();
    await rulesOf(store, 'demo').activate(
      '1.0.0',
      {
        id: 'often',
        agent: '*',
        action: '*',
        effect: 'deny',
        priority: 9,
        conditions: [{ field: 'history.actions_1h', op: '>=', value: 2 }],
      },
      {
        id: 'else',
        agent: '*',
        action: '*',
        effect: 'allow',
        priority: 1,
        conditions: [{ field: 'history.same_entity_age_s', op: '>=', value: 60 }],
      },
    );
    const now = '2026-03-01T10:00:00.000Z';
    const decide = async (): Promise<EvaluationV1> =>
      (
        await new Evaluator(await indexOf(store), follower(), new Recorder(store)).evaluate(
          asked({ at: now }),
          evaluatorActor,
        )
      ).evaluation;
    const execute = async (id: string, entity: string, at: string): Promise<void> => {
      const metadata = { ...testMetadata(), occurred_at: at };
      await store.append(
        `action-demo:${id}`,
        [
          {
            id: `${id}-1`,
            type: 'IntentAccepted',
            data: { intent: { ...intent('demo'), entity_id: entity } },
            metadata,
          },
          { id: `${id}-2`, type: 'ExecutionStarted', data: {}, metadata },
        ],
        'no_stream',
      );
    };
    expect((await decide()).bundle.rule_id).toBe('else');
    await execute('a', intent('demo').entity_id, '2026-03-01T09:59:01.000Z');
    expect((await decide()).bundle.rule_id).toBe(null);
    await execute('b', 'another', '2026-03-01T09:59:02.000Z');
    expect((await decide()).bundle.rule_id).toBe('often');
    const recorded = await collect(
      store.read(evaluationStream('demo', new Date().toISOString().slice(0, 10))),
    );
    expect(
      recorded.map(
        ({ data }) => (data as EvaluationRecorded['data']).input.context['history.same_entity_age_s'],
      ),
    ).toEqual([31_536_000, 59, 59]);
  });

  it('refuses an event that it does not know in policies, bundles and rollouts, and only there', async () => {
    const index = new PolicyIndex();
    const at = (stream: string) => ({
      id: 'x',
      type: 'Unheard',
      data: {},
      metadata: testMetadata(),
      stream,
      revision: 0n,
      position: { commit: 1n, prepare: 1n },
      created: '',
    });
    for (const stream of ['policy-demo:p', bundleStream('demo', 'b'), rolloutStream('demo')])
      expect(() => index.fold(at(stream))).toThrow('not known');
    for (const stream of ['autonomy-demo:config', 'autonomy-demo:budget=a', 'action_type-demo:x', 'nonsense'])
      expect(() => index.fold(at(stream))).not.toThrow();
  });

  it("a tenant's own action type comes before the built-in one of that name", async () => {
    const store = new InMemoryEventStore();
    const entry = {
      action_type: 'x',
      title: 'x',
      parameters_schema: {},
      handler: null,
      impact_fields: [],
      reversible: true,
      read_only: false,
      external_contact: false,
    };
    await rulesOf(store, '_system').actionType(entry);
    await rulesOf(store, 'demo').actionType({ ...entry, external_contact: true });
    const index = await indexOf(store);
    expect([
      index.actionType('demo', 'x')?.external_contact,
      index.actionType('else', 'x')?.external_contact,
      index.actionType('demo', 'y'),
    ]).toEqual([true, false, undefined]);
  });
});
