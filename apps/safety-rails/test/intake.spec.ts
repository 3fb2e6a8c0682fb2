import { describe, expect, it } from '@jest/globals';
import { subject } from '@interlock/contracts';
import { actionIdOf, collect, CommandHandler, InMemoryEventStore, isProblem, ProblemError } from '@interlock/kernel';
import { JetStreamContext } from '@interlock/jetstream';
import { actionDecider, builtInActionTypes, type IntentAcceptedData } from '@interlock/rails';
import { Door } from '../src/door.js';
import { readIntent, readIntentEvent } from '../src/intent.dto.js';
import { IntentsController } from '../src/intents.controller.js';
import { intent } from './answers.js';

const pointersOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    if (isProblem(error, 'validation-failed')) return error.violations.map((violation) => violation.pointer);
    throw error;
  }
  return [];
};
const event = (over: object): object => ({ specversion: '1.0', type: 'interlock.action_intent.v1', source: 't', id: 'i-1', time: '2026-11-20T10:00:00Z', datacontenttype: 'application/json', data: intent(), ...over });
const leap = '2026-12-31T23:59:60Z';
const scene = (): { store: InMemoryEventStore; door: Door } => {
  const store = new InMemoryEventStore();
  return { store, door: new Door(new CommandHandler(store, actionDecider, { backoff: () => Promise.resolve() }), { find: () => builtInActionTypes[0] } as never, { check: () => Promise.resolve() }, { idOf: () => Promise.reject(new Error('nobody is named')) }, () => undefined) };
};
const acceptedBy = async (time: string): Promise<IntentAcceptedData> => {
  const { store, door } = scene();
  const { action_id: id } = await door.submit({ intent: intent(), requestedBy: null, traceparent: null, tenantId: 'demo', requester: 'service:s', actor: { kind: 'service', service: 's' }, source: 't', time });
  for await (const first of store.read(`action-demo:${id}`)) return first.data as IntentAcceptedData;
  throw new Error('nothing was written');
};

describe('times from outside', () => {
  it('that no clock here can hold are named, not a fault of ours', () => {
    expect(pointersOf(() => readIntent({ ...intent(), not_after: leap }))).toEqual(['/not_after']);
    expect(pointersOf(() => readIntentEvent(event({ time: leap })))).toEqual(['/time']);
    expect(pointersOf(() => readIntentEvent(event({ time: leap, data: { ...intent(), not_after: leap } })))).toEqual(['/time', '/data/not_after']);
  });

  it('are kept in UTC with milliseconds', () => {
    expect(readIntent({ ...intent(), not_after: '2026-11-20t12:00:00+02:00' }).intent.not_after).toBe('2026-11-20T10:00:00.000Z');
    expect(readIntentEvent(event({})).time).toBe('2026-11-20T10:00:00.000Z');
  });

  it('of the future win no time: the first gate is to be reached within five minutes of the receipt', async () => {
    const before = Date.now();
    const { first_gate_by: by } = await acceptedBy('2099-01-01T00:00:00.000Z');
    expect(Date.parse(by)).toBeGreaterThanOrEqual(before + 300_000);
    expect(Date.parse(by)).toBeLessThanOrEqual(Date.now() + 300_000);
    expect((await acceptedBy('2026-01-01T00:00:00.000Z')).first_gate_by).toBe('2026-01-01T00:05:00.000Z');
  });
});

describe('the door for services', () => {
  const submit = (over: object, caller = 'netconf-gateway'): Promise<unknown> =>
    new IntentsController(scene().door, {} as never, {} as never).submit({ intent: intent(), requester: 'service:console', time: '2026-11-20T10:00:00.000Z', ...over } as never, new JetStreamContext([subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller }), {}]));

  it.each<readonly [string, object, string]>([
    ['no requester', { requester: undefined }, '/requester'], ['a requester of no kind', { requester: 'anna' }, '/requester'], ['a requester without a name', { requester: 'person:' }, '/requester'], ['no time', { time: 'now' }, '/time'],
  ])('%s is named', async (_, over, pointer) => {
    const problem: unknown = await submit(over).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ProblemError);
    expect((problem as ProblemError).violations).toMatchObject([{ pointer }]);
  });

  it('takes what is whole', async () => {
    expect(await submit({})).toMatchObject({ intent_id: 'i-1', state: 'PENDING' });
  });

  it('takes a tenant\'s user for itself, whatever its message says of who asks', async () => {
    const { store, door } = scene();
    const context = new JetStreamContext([subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: 'demo.app' }), {}]);
    await new IntentsController(door, {} as never, {} as never).submit({ intent: intent(), requester: 'person:anna', time: '2026-11-20T10:00:00.000Z' } as never, context);
    const [accepted] = await collect(store.read(`action-demo:${actionIdOf('demo', 'i-1')}`));
    expect(accepted).toMatchObject({ data: { requester: 'service:nats.demo.app' }, metadata: { actor: { kind: 'service', service: 'nats.demo.app' } } });
    await expect(submit({}, 'acme.app')).rejects.toMatchObject({ code: 'wrong-tenant' });
    await expect(submit({}, 'stranger')).rejects.toMatchObject({ code: 'wrong-caller' });
  });
});
