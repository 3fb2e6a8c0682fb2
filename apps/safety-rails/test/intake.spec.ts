import { describe, expect, it } from '@jest/globals';
import { subject, type ActionTypeV1, type ProblemCode } from '@interlock/contracts';
import { JetStreamContext } from '@interlock/jetstream';
import {
  actionIdOf,
  collect,
  CommandHandler,
  InMemoryEventStore,
  isProblem,
  ProblemError,
} from '@interlock/kernel';
import { readInput } from '@interlock/platform';
import { actionDecider, builtInActionTypes, type IntentAcceptedData } from '@interlock/rails';
import { Admission } from '../src/intents/admission.js';
import { IntentIntake } from '../src/intents/intent-intake.js';
import { readIntent, readIntentEvent, type ReadCloudEvent } from '../src/intents/intent.dto.js';
import { IntentsController } from '../src/intents/intents.controller.js';
import { intent } from '@interlock/rails/looks';

const pointersOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    if (isProblem(error, 'validation-failed')) return error.violations.map((violation) => violation.pointer);
    throw error;
  }
  return [];
};
const event = (over: object): object => ({
  specversion: '1.0',
  type: 'interlock.action_intent.v1',
  source: 't',
  id: 'i-1',
  time: '2026-11-20T10:00:00Z',
  datacontenttype: 'application/json',
  data: intent(),
  ...over,
});
const readEvent = (raw: object): ReadCloudEvent =>
  readIntentEvent(readInput(Buffer.from(JSON.stringify(raw))));
const leap = '2026-12-31T23:59:60Z';
const scene = (
  current: () => ActionTypeV1 | undefined = () => builtInActionTypes[0],
): { store: InMemoryEventStore; intake: IntentIntake } => {
  const store = new InMemoryEventStore();
  const actions = new CommandHandler(store, actionDecider, { backoff: () => Promise.resolve() });
  return {
    store,
    intake: new IntentIntake(
      { current: () => Promise.resolve(current()) },
      { check: () => Promise.resolve() },
      {
        people: {
          actorOf: () => Promise.reject(new Error('nobody is named')),
          withNamesake: (_tenant, actor) => Promise.resolve(actor),
        },
      },
      {
        accept: (tenant, id, command, context) => actions.handle(`action-${tenant}:${id}`, command, context),
        stateOf: async (tenant, id) => (await actions.load(`action-${tenant}:${id}`)).state,
      },
    ),
  };
};
const submitted = (
  over: object = {},
  time = '2026-11-20T10:00:00.000Z',
): Parameters<IntentIntake['submit']>[0] => ({
  intent: { ...intent(), ...over },
  requestedBy: null,
  traceparent: null,
  tenantId: 'demo',
  requester: 'service:s',
  actor: { kind: 'service', service: 's' },
  source: 't',
  time,
});
const acceptedBy = async (time: string): Promise<IntentAcceptedData> => {
  const { store, intake } = scene();
  const { action_id: id } = await intake.submit(submitted({}, time));
  for await (const first of store.read(`action-demo:${id}`)) return first.data as IntentAcceptedData;
  throw new Error('nothing was written');
};

describe('times from outside', () => {
  it('that no clock here can hold are named, not a fault of ours', () => {
    expect(pointersOf(() => readIntent({ ...intent(), not_after: leap }))).toEqual(['/not_after']);
    expect(pointersOf(() => readEvent(event({ time: leap })))).toEqual(['/time']);
    expect(
      pointersOf(() => readEvent(event({ time: leap, data: { ...intent(), not_after: leap } }))),
    ).toEqual(['/time', '/data/not_after']);
  });

  it.each(['2026-02-30T10:00:00Z', '9999-12-31T23:59:59-10:00'])(
    'that no calendar or order holds are named: %s',
    (time) => {
      expect(pointersOf(() => readIntent({ ...intent(), not_after: time }))).toEqual(['/not_after']);
      expect(pointersOf(() => readEvent(event({ time })))).toEqual(['/time']);
    },
  );

  it('may be absent from a CloudEvent, as may the type of its data, which is JSON', () => {
    const { time: _time, datacontenttype: _type, ...least } = { time: '', datacontenttype: '', ...event({}) };
    expect(readEvent(least)).toMatchObject({ time: null, source: 't', intent: intent() });
    for (const type of ['application/json; charset=utf-8', 'Application/JSON'])
      expect(readEvent(event({ datacontenttype: type })).intent).toEqual(intent());
  });

  it('are kept in UTC with milliseconds', () => {
    expect(readIntent({ ...intent(), not_after: '2026-11-20t12:00:00+02:00' }).intent.not_after).toBe(
      '2026-11-20T10:00:00.000Z',
    );
    expect(readEvent(event({})).time).toBe('2026-11-20T10:00:00.000Z');
  });

  it('of the future win no time: the first gate is to be reached within five minutes of the receipt', async () => {
    const before = Date.now();
    const { first_gate_by: by } = await acceptedBy('2099-01-01T00:00:00.000Z');
    expect(Date.parse(by)).toBeGreaterThanOrEqual(before + 300_000);
    expect(Date.parse(by)).toBeLessThanOrEqual(Date.now() + 300_000);
    expect((await acceptedBy('2026-01-01T00:00:00.000Z')).first_gate_by).toBe('2026-01-01T00:05:00.000Z');
  });
});

describe('an intent that can not be read', () => {
  it.each(['text/plain', 'application/jsonx', '', 7, null])('has data of another type: %j', (type) => {
    expect(pointersOf(() => readEvent(event({ datacontenttype: type })))).toEqual(['/datacontenttype']);
  });

  it('has every violation named: names that are refused, and what else is wrong', () => {
    const data = {
      ...intent(),
      agent: undefined,
      constructor: 1,
      parameters: { deep: [{ ['__proto__']: { a: 1 } }], __defineGetter__: 2 },
    };
    expect(pointersOf(() => readEvent(event({ data, time: 'now' })))).toEqual([
      '/data/parameters/deep/0/__proto__',
      '/data/parameters/__defineGetter__',
      '/data/constructor',
      '/time',
      '/data/agent',
    ]);
    expect(pointersOf(() => readIntent(data))).toEqual([
      '/parameters/deep/0/__proto__',
      '/parameters/__defineGetter__',
      '/constructor',
      '/agent',
    ]);
  });

  it('is one where a count is negative zero, a number too large or a name given twice', () => {
    const text = JSON.stringify(event({ data: { ...intent(), affected_entity_count: 7 } })).replace(
      '"affected_entity_count":7',
      '"affected_entity_count":-0,"agent":"a","estimated_cost":1e999',
    );
    expect(pointersOf(() => readIntentEvent(readInput(Buffer.from(text))))).toEqual([
      '/data/affected_entity_count',
      '/data/agent',
      '/data/estimated_cost',
    ]);
  });

  it('nests without end', () => {
    const text = `{"data":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    expect(pointersOf(() => readIntentEvent(readInput(Buffer.from(text))))).toEqual(['']);
  });

  it('says of each missing member that it is required, once', () => {
    try {
      readIntent({});
    } catch (error) {
      expect((error as ProblemError).violations).toEqual(
        [
          'intent_id',
          'tenant_id',
          'account_id',
          'agent',
          'action_type',
          'entity_id',
          'parameters',
          'affected_entity_count',
          'confidence_score',
        ].map((name) => ({ pointer: `/${name}`, detail: 'is required' })),
      );
    }
    expect.assertions(1);
  });
});

describe('an intent that comes again', () => {
  const registered = builtInActionTypes[0];
  const narrower = (): ActionTypeV1 => ({
    ...(registered as ActionTypeV1),
    version: 2,
    parameters_schema: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] },
  });
  it.each<readonly [string, () => ActionTypeV1 | undefined, string]>([
    ['was retired', () => undefined, 'unknown-action-type'],
    ['takes other parameters now', narrower, 'validation-failed'],
  ])('has the same answer once its type %s; another intent is refused', async (_, later, refusal) => {
    let type: ActionTypeV1 | undefined = registered;
    const { intake } = scene(() => type);
    const first = await intake.submit(submitted());
    type = later();
    expect(await intake.submit(submitted())).toMatchObject({ action_id: first.action_id, state: 'PENDING' });
    await expect(intake.submit(submitted({ affected_entity_count: 9 }))).rejects.toMatchObject({
      code: 'intent-conflict',
    });
    await expect(intake.submit(submitted({ intent_id: 'i-2' }))).rejects.toMatchObject({ code: refusal });
  });
});

describe('the intake for services', () => {
  const open = (): Admission =>
    new Admission({ SAFETY_RAILS_PLACES: 100 }, { rested: () => Promise.resolve() });
  const submit = (over: object, caller = 'netconf-gateway'): Promise<unknown> =>
    new IntentsController(scene().intake, open(), {} as never, {} as never).submit(
      { intent: intent(), requester: 'service:console', time: '2026-11-20T10:00:00.000Z', ...over } as never,
      new JetStreamContext([
        subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller }),
        {},
      ]),
    );

  it.each<readonly [string, object, string]>([
    ['no requester', { requester: undefined }, '/requester'],
    ['a requester of no kind', { requester: 'anna' }, '/requester'],
    ['a requester without a name', { requester: 'person:' }, '/requester'],
    ['no time', { time: 'now' }, '/time'],
  ])('%s is named', async (_, over, pointer) => {
    const problem: unknown = await submit(over).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ProblemError);
    expect((problem as ProblemError).violations).toMatchObject([{ pointer }]);
  });

  it('takes what is whole', async () => {
    expect(await submit({})).toMatchObject({ intent_id: 'i-1', state: 'PENDING' });
  });

  it("takes a tenant's user for itself, whatever its message says of who asks", async () => {
    const { store, intake } = scene();
    const context = new JetStreamContext([
      subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: 'demo.app' }),
      {},
    ]);
    await new IntentsController(intake, open(), {} as never, {} as never).submit(
      { intent: intent(), requester: 'person:anna', time: '2026-11-20T10:00:00.000Z' } as never,
      context,
    );
    const [accepted] = await collect(store.read(`action-demo:${actionIdOf('demo', 'i-1')}`));
    expect(accepted).toMatchObject({
      data: { requester: 'service:nats.demo.app' },
      metadata: { actor: { kind: 'service', service: 'nats.demo.app' } },
    });
    await expect(submit({}, 'acme.app')).rejects.toMatchObject({ code: 'wrong-tenant' });
    await expect(submit({}, 'stranger')).rejects.toMatchObject({ code: 'wrong-caller' });
  });
});

describe('the intake from the bus', () => {
  const handled = async (code: ProblemCode): Promise<{ answer: unknown; refused: readonly string[] }> => {
    const refused: string[] = [];
    const event = {
      specversion: '1.0',
      type: 'interlock.action_intent.v1',
      source: 't',
      id: 'i-1',
      time: '2026-11-20T10:00:00Z',
      datacontenttype: 'application/json',
      data: intent(),
    };
    const message = {
      subject: subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' }),
      raw: new TextEncoder().encode(JSON.stringify(event)),
      data: event,
      headers: {},
      sequence: 1,
    };
    const answer = await new IntentsController(
      {} as never,
      { fromBus: () => Promise.reject(new ProblemError(code, 'no')) } as never,
      { publish: (_: string, __: unknown, problem: ProblemError) => refused.push(problem.code) } as never,
      {} as never,
    )
      .onIntent(message as never)
      .catch((error: unknown) => error);
    return { answer, refused };
  };

  it.each([
    [{ time: '2026-11-20T10:00:00Z' }, '2026-11-20T10:00:00.000Z'],
    [{}, '2026-11-20T11:00:00.000Z'],
  ])('takes the time of %j, or that of its storage', async (over, time) => {
    const submissions: unknown[] = [];
    const least = {
      specversion: '1.0',
      type: 'interlock.action_intent.v1',
      source: 't',
      id: 'i-1',
      data: intent(),
    };
    const answer = await new IntentsController(
      { submit: (submission: unknown) => Promise.resolve(submissions.push(submission)) } as never,
      { fromBus: (_: string, submit: () => Promise<unknown>) => submit() } as never,
      {} as never,
      {} as never,
    ).onIntent({
      subject: subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' }),
      raw: new TextEncoder().encode(JSON.stringify({ ...least, ...over })),
      data: least,
      headers: {},
      sequence: 1,
      deliveries: 1,
      publishedAt: '2026-11-20T11:00:00.000Z',
    });
    expect(answer).toEqual({ kind: 'done' });
    expect(submissions).toMatchObject([{ time, intent: intent() }]);
  });

  it('refuses what is the fault of the sender', async () => {
    expect(await handled('unknown-action-type')).toEqual({
      answer: { kind: 'skip', reason: 'unknown-action-type' },
      refused: ['unknown-action-type'],
    });
  });

  it.each<readonly [ProblemCode, object]>([
    ['log-unavailable', { kind: 'retry' }],
    ['internal-error', { code: 'internal-error' }],
    ['log-damaged', { code: 'log-damaged' }],
  ])('refuses nothing for a fault of ours, such as %s: the message comes again', async (code, answer) => {
    expect(await handled(code)).toMatchObject({ answer, refused: [] });
  });
});
