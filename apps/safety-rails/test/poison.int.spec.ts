import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subject, type ActionIntentV1, type IntentRejectedV1 } from '@interlock/contracts';
import { CommandHandler, InMemoryEventStore } from '@interlock/kernel';
import { BusPublisher, RpcClient } from '@interlock/jetstream';
import { startService, type RunningService } from '@interlock/platform';
import { actionDecider, builtInActionTypes } from '@interlock/rails';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { Admission } from '../src/intents/admission.js';
import { IntentIntake, type Accepted, type Submission } from '../src/intents/intent-intake.js';
import { IntentsController } from '../src/intents/intents.controller.js';
import { RejectedIntents } from '../src/intents/rejected-intents.js';
import { intent } from '@interlock/rails/looks';

const [poisonous, valid, few] = [300, 5000, 50];

/**
 * The intake on a log in memory, which keeps one tenant's intents waiting until `release`.
 */
class HeldIntake extends IntentIntake {
  readonly accepted = new Map<string, number>();
  release = (): void => undefined;
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor() {
    const actions = new CommandHandler(new InMemoryEventStore(), actionDecider, {
      backoff: () => Promise.resolve(),
    });
    super(
      { current: () => Promise.resolve(builtInActionTypes[0]) },
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
    );
  }

  override async submit(submission: Submission): Promise<Accepted> {
    if (submission.tenantId === 'flooding') await this.#released;
    const accepted = await super.submit(submission);
    this.accepted.set(submission.tenantId, this.of(submission.tenantId) + 1);
    return accepted;
  }

  of(tenant: string): number {
    return this.accepted.get(tenant) ?? 0;
  }
}

const cloudEvent = (data: ActionIntentV1, parameters = '{}'): Uint8Array => {
  const text = JSON.stringify({
    specversion: '1.0',
    type: 'interlock.action_intent.v1',
    source: 't',
    id: data.intent_id,
    time: '2026-11-20T10:00:00Z',
    datacontenttype: 'application/json',
    data,
  });
  return new TextEncoder().encode(text.replace('"parameters":{}', `"parameters":${parameters}`));
};

let parts: Parts;
let service: RunningService;
const intake = new HeldIntake();

const publishAll = async (
  tenant: string,
  count: number,
  name: string,
  parameters?: string,
): Promise<void> => {
  for (let n = 0; n < count; n += 250) {
    const some = Array.from({ length: Math.min(250, count - n) }, (_, i) =>
      intent({ intent_id: `${name}-${n + i}`, tenant_id: tenant }),
    );
    await Promise.all(
      some.map((of) =>
        parts.connection
          .jetstream()
          .publish(subject({ kind: 'intents', tenant, user: `${tenant}.app` }), cloudEvent(of, parameters)),
      ),
    );
  }
};
const rejected = async (): Promise<
  readonly {
    readonly data: IntentRejectedV1;
    readonly intent: { readonly data: { readonly parameters: object } } | null;
  }[]
> => {
  const manager = await parts.connection.jetstreamManager();
  const { state } = await manager.streams.info('REJECTED');
  return Promise.all(
    Array.from({ length: state.messages }, async (_, i) =>
      (await manager.streams.getMessage('REJECTED', { seq: state.first_seq + i })).json(),
    ),
  );
};

beforeAll(async () => {
  parts = await startParts();
});
afterAll(async () => {
  intake.release();
  await service?.stop();
  await parts?.stop();
});

describe('poison intents and a flood of one tenant', () => {
  it('hold up no intent of another tenant, and each that can not be read is refused at the first try, with its violation', async () => {
    await publishAll('flooding', poisonous, 'poison', '{"constructor":"x","list":[{"__proto__":{"a":1}}]}');
    await publishAll('flooding', valid, 'valid');
    await publishAll('other', few, 'few');
    const context = testContext(parts, 'safety-rails');
    service = await startService(
      context,
      {
        controllers: [IntentsController],
        providers: [
          { provide: IntentIntake, useValue: intake },
          {
            provide: Admission,
            useValue: new Admission({ SAFETY_RAILS_PLACES: 4 }, { rested: () => Promise.resolve() }),
          },
          {
            provide: RejectedIntents,
            useValue: new RejectedIntents(
              new BusPublisher(parts.connection),
              new RpcClient(parts.connection, { caller: 'safety-rails' }),
              context.logger,
            ),
          },
        ],
      },
      { title: 'Intents' },
    );
    await until(() => intake.of('other') === few, 'all of the other tenant are accepted');
    expect(intake.of('flooding')).toBe(0);
    await until(async () => (await rejected()).length === poisonous, 'every poison intent is answered');
    const [first] = await rejected();
    expect(first!.data).toMatchObject({ tenant_id: 'flooding', code: 'validation-failed' });
    expect(first!.data.violations.map(({ pointer }) => pointer)).toEqual([
      '/data/parameters/constructor',
      '/data/parameters/list/0/__proto__',
    ]);
    expect(JSON.stringify(first!.intent!.data.parameters)).toBe(
      '{"constructor":"x","list":[{"__proto__":{"a":1}}]}',
    );
    intake.release();
    await until(() => intake.of('flooding') === valid, 'the flood is accepted too');
    const manager = await parts.connection.jetstreamManager();
    await until(
      async () => (await manager.streams.info('INTENTS')).state.messages === 0,
      'the queue is empty',
    );
    expect((await manager.streams.info('DEAD')).state.messages).toBe(0);
    expect(await rejected()).toHaveLength(poisonous);
  });

  it.each<readonly [string, Uint8Array, string, readonly string[]]>([
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'malformed-json', []],
    [
      'what nests without end',
      new TextEncoder().encode('['.repeat(100_000) + ']'.repeat(100_000)),
      'validation-failed',
      [''],
    ],
    [
      'a name that is given twice',
      cloudEvent(intent({ intent_id: 'twice', tenant_id: 'odd' }), '{"a":1,"a":2}'),
      'validation-failed',
      ['/data/parameters/a'],
    ],
    [
      'a number that is too large',
      cloudEvent(intent({ intent_id: 'large', tenant_id: 'odd' }), '{"a":1e999}'),
      'validation-failed',
      ['/data/parameters/a'],
    ],
    [
      'an object with more members than any needs',
      new TextEncoder().encode(`{"data":{${Array.from({ length: 20_000 }, (_, n) => `"x${n}":1`).join()}}}`),
      'validation-failed',
      ['/data'],
    ],
    [
      'more faults than a message can tell',
      new TextEncoder().encode(
        `{"data":{${Array.from({ length: 5000 }, (_, n) => `"${n}${'x'.repeat(40)}":1`).join()}}}`,
      ),
      'validation-failed',
      [],
    ],
  ])('%s is refused at once and told', async (_, bytes, code, pointers) => {
    const before = (await rejected()).length;
    await parts.connection
      .jetstream()
      .publish(subject({ kind: 'intents', tenant: 'odd', user: 'odd.app' }), bytes);
    const rejection = await until(async () => (await rejected())[before], 'it is told');
    expect(rejection.data.code).toBe(code);
    expect(rejection.data.violations.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining([...pointers]),
    );
    expect(rejection.data.violations.length).toBeLessThanOrEqual(500);
  });
});
