import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionIntentV1, JsonObject } from '@interlock/contracts';
import { actionIdOf, collect, type RecordedEvent } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { intent, railsWorld } from './rails-world.js';
import type { RailsAnswer } from './started-rails.js';

// A thousand answers at once over HTTP, to the real service on the real log, bus and database. Who
// is told what depends on who comes first; so each answer is held against the log as it is
// afterwards.

const world = railsWorld();
const { call } = world;

const answers = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 5000 : 1000;
/**
 * So many are under way at any moment: the test and the service share a process, which has to take
 * all connections within 10 s.
 */
const atOnce = 200;
const people = Array.from({ length: 60 }, (_, i) => `person-${i}`);
type View = {
  readonly intent_id: string;
  readonly state: string;
  readonly ended_at: string | null;
  readonly approval: { readonly digest: string } | null;
};
/** Every action as its tenant sees it, by the id of its intent. */
const views = async (): Promise<ReadonlyMap<string, View>> => {
  const { body } = await call('GET', '/actions/records?limit=200', undefined, { sub: 'carla' });
  return new Map((body['items'] as readonly View[]).map((view) => [view.intent_id, view]));
};
const streamOf = (id: string): string => `action-demo:${id}`;
const eventsOf = (id: string): Promise<readonly RecordedEvent[]> =>
  collect(world.parts.log.store.read(streamOf(id)));

/**
 * What people find: one yes is enough, two are needed, two are needed and only one person says it,
 * nobody says a yes that counts, it was asked too long ago.
 */
const kinds = ['one', 'two', 'lone', 'nobody', 'late'] as const;
type Kind = (typeof kinds)[number];
type Asked = {
  readonly of: ActionIntentV1;
  readonly id: string;
  readonly kind: Kind;
  readonly digest: string;
};
const counts: { readonly [kind in Kind]: number } = { one: 12, two: 10, lone: 4, nobody: 4, late: 4 };

/** Who says what. */
type Said = {
  readonly to: Asked;
  readonly who: string;
  readonly what:
    'yes' | 'another' | 'blind' | 'no' | 'requester' | 'service' | 'unscoped' | 'stranger' | 'bad';
};
type Answered = Said & RailsAnswer;

const bad: readonly Said['what'][] = [
  'another',
  'blind',
  'requester',
  'service',
  'unscoped',
  'stranger',
  'bad',
];
const mixed: readonly Said['what'][] = [...bad, 'yes', 'yes', 'yes', 'yes', 'another', 'blind'];
const withNo: readonly Said['what'][] = [...mixed, 'no'];

/** Everything is said of every action, in an order that a seed mixes. */
const sayings = (asked: readonly Asked[]): readonly Said[] => {
  let seed = 20_261_121;
  const below = (n: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
  return Array.from({ length: answers }, (_, i) => i).flatMap((i): readonly Said[] => {
    const at = i % asked.length;
    const to = asked[at];
    if (to === undefined) return [];
    const choices = to.kind === 'nobody' ? bad : to.kind === 'one' && at % 3 === 0 ? withNo : mixed;
    // The first rounds are certain, so that nothing depends on what the seed chooses.
    const isFirst = i < 3 * asked.length && to.kind !== 'nobody';
    const what = isFirst ? 'yes' : (choices[below(choices.length)] ?? 'bad');
    const who = people[to.kind === 'lone' && what === 'yes' ? 0 : below(people.length)] ?? '';
    return [{ to, what, who }];
  });
};

/**
 * The answer to what is said. Where a part does not answer in time, on a busy machine, it is said
 * again, as whoever is told so would.
 */
const answerTo = async (said: Said): Promise<RailsAnswer> => {
  for (;;) {
    const answer = await say(said);
    if (answer.status !== 503) return answer;
  }
};
const say = async ({ to, who, what }: Said): Promise<RailsAnswer> => {
  const path = `/actions/${to.id}`;
  switch (what) {
    case 'yes':
      return call('POST', `${path}/approve`, { digest: to.digest }, { sub: who });
    case 'another':
      return call('POST', `${path}/approve`, { digest: 'f'.repeat(64) }, { sub: who });
    case 'blind':
      return call('POST', `${path}/approve`, {}, { sub: who });
    case 'no':
      return call('POST', `${path}/reject`, {}, { sub: who });
    case 'requester':
      return call('POST', `${path}/approve`, { digest: to.digest }, { sub: 'anna' });
    case 'service':
      return call('POST', `${path}/approve`, { digest: to.digest }, { sub: 'robot', kind: 'service' });
    case 'unscoped':
      return call(
        'POST',
        `${path}/approve`,
        { digest: to.digest },
        { sub: who, scopes: ['AUTONOMOUS_READ'] },
      );
    case 'stranger':
      return call('POST', `${path}/approve`, { digest: to.digest }, { sub: who, tenant: 'other' });
    case 'bad':
      return call('POST', `${path}/approve`, { digest: 'none', also: 1 }, { sub: who });
  }
};

const statuses: { readonly [code: string]: number } = {
  'approval-mismatch': 409,
  'digest-required': 428,
  'same-person': 403,
  'wrong-state': 409,
  'person-required': 403,
  'missing-scope': 403,
  'action-not-found': 404,
  'validation-failed': 422,
};
/** Every code that a saying may be refused with; which of them it is depends on who was first. */
const codes: { readonly [what in Said['what']]: readonly string[] } = {
  yes: ['wrong-state', 'same-person'],
  another: ['approval-mismatch', 'wrong-state', 'same-person'],
  blind: ['digest-required', 'wrong-state', 'same-person'],
  no: ['wrong-state'],
  requester: ['same-person', 'wrong-state'],
  service: ['person-required'],
  unscoped: ['missing-scope'],
  stranger: ['action-not-found'],
  bad: ['validation-failed'],
};

/**
 * Puts an action into the log that has waited since two hours ago: the one that is given, as it
 * would stand there.
 */
const asLate = async (of: ActionIntentV1): Promise<ActionIntentV1> => {
  const late = { ...of, intent_id: `${of.intent_id}-late`, entity_id: `${of.entity_id}-late` };
  const id = actionIdOf('demo', of.intent_id);
  const before = (text: string): string =>
    text
      .replaceAll(id, actionIdOf('demo', late.intent_id))
      .replaceAll(`"${of.intent_id}"`, `"${late.intent_id}"`)
      .replaceAll(`"${of.entity_id}"`, `"${late.entity_id}"`)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (at) =>
        new Date(Date.parse(at) - 7_200_000).toISOString(),
      );
  const events = (await eventsOf(id)).map(({ type, data, metadata }) => ({
    id: crypto.randomUUID(),
    type,
    data: JSON.parse(before(JSON.stringify(data))) as object,
    metadata: JSON.parse(before(JSON.stringify(metadata))) as typeof metadata,
  }));
  await world.parts.log.store.append(streamOf(actionIdOf('demo', late.intent_id)), events, 'any');
  return late;
};

describe('a thousand answers at once', () => {
  const answered: Answered[] = [];
  let asked: readonly Asked[] = [];
  const logs = new Map<string, readonly RecordedEvent[]>();
  const logOf = ({ id }: Asked): readonly RecordedEvent[] => logs.get(id) ?? [];
  const yesesOf = (of: Asked): readonly string[] =>
    logOf(of).flatMap(({ type, data }) =>
      type === 'ActionApproved' && 'by' in data && typeof data.by === 'string' ? [data.by] : [],
    );
  const has = (of: Asked, type: string): boolean => logOf(of).some((event) => event.type === type);

  beforeAll(async () => {
    world.stand.posture = 'YELLOW';
    const evaluate = world.stand.answers.get('policy-evaluator.evaluate');
    world.stand.answers.set('policy-evaluator.evaluate', (request: JsonObject) => ({
      ...(evaluate?.(request) as object),
      approvals_required: JSON.stringify(request).includes('"two-people"') ? 2 : 1,
    }));
    const made = kinds.flatMap((kind) =>
      Array.from({ length: counts[kind] }, () => ({
        kind,
        of: intent(kind === 'two' || kind === 'lone' ? { account_id: 'two-people' } : {}),
      })),
    );
    // Where there is no place for it now, or somebody does not answer, its agent asks again.
    for (const { of } of made)
      await until(
        async () => (await call('POST', '/actions', of, { sub: 'anna' })).status === 202,
        'it is taken',
      );
    const waiting = await until(async () => {
      const all = await views();
      return made.every(({ of }) => all.get(of.intent_id)?.state === 'AWAITING_APPROVAL') && all;
    }, 'every action waits for a yes');
    asked = await Promise.all(
      made.map(async ({ kind, of }): Promise<Asked> => {
        const meant = kind === 'late' ? await asLate(of) : of;
        if (kind === 'late')
          await call('POST', `/actions/${actionIdOf('demo', of.intent_id)}/reject`, {}, { sub: 'ben' });
        const digest = waiting.get(of.intent_id)?.approval?.digest ?? '';
        return { of: meant, id: actionIdOf('demo', meant.intent_id), kind, digest };
      }),
    );
    const left = sayings(asked).values();
    const sayAll = async (): Promise<void> => {
      for (const said of left) answered.push({ ...said, ...(await answerTo(said)) });
    };
    await Promise.all(Array.from({ length: atOnce }, sayAll));
    await until(async () => {
      const all = await views();
      return asked.every(({ of, kind }) => {
        const { state = '', ended_at: end = null } = all.get(of.intent_id) ?? {};
        return kind === 'lone' || kind === 'nobody' ? state === 'AWAITING_APPROVAL' : end !== null;
      });
    }, 'what was approved has come to its end');
    for (const { id } of asked) logs.set(id, await eventsOf(id));
  });

  it('are all answered: done, or refused with the code of what was wrong, its status and its page', () => {
    expect(answered).toHaveLength(answers);
    for (const { what, to, status, body } of answered) {
      if (status === 200) continue;
      const code = String(body['code']);
      expect([what, to.kind, codes[what]]).toEqual([what, to.kind, expect.arrayContaining([code])]);
      expect(body).toMatchObject({ type: `urn:interlock:problem:${code}`, status });
      expect([code, status]).toEqual([code, statuses[code]]);
    }
    const seen = new Set(answered.filter(({ status }) => status !== 200).map(({ body }) => body['code']));
    expect([...seen].sort()).toEqual(Object.keys(statuses).sort());
  });

  it('count once for each person, and only where they were entitled and said what they had read', async () => {
    const idOf = new Map<string, string>();
    for (const who of people) idOf.set(who, `person:${await world.parts.people.idOf('demo', who)}`);
    for (const of of asked) {
      const yeses = yesesOf(of);
      const done = answered.filter(({ to, status }) => to === of && status === 200);
      const said = done.filter(({ what }) => what !== 'no').map(({ who }) => idOf.get(who));
      expect([of.kind, [...new Set(said)].sort()]).toEqual([of.kind, [...yeses].sort()]);
      expect(new Set(yeses).size).toBe(yeses.length);
      // Whoever has said yes already may say it again; nobody else may without the digest.
      for (const { what, who } of done)
        expect([
          what,
          what === 'no' ? has(of, 'ActionRejected') : yeses.includes(idOf.get(who) ?? ''),
        ]).toEqual([what, true]);
    }
  });

  it('let exactly the approved ones go on, and none twice', () => {
    const applied = new Map<unknown, Set<unknown>>();
    for (const { name, request } of world.stand.calls)
      if (name === 'netconf-gateway.apply')
        applied.set(
          request['action_id'],
          (applied.get(request['action_id']) ?? new Set()).add(request['request_id']),
        );
    const ends = asked.map((of) => {
      const isApproved = yesesOf(of).length === (of.kind === 'two' || of.kind === 'lone' ? 2 : 1);
      const count = (type: string): number => logOf(of).filter((event) => event.type === type).length;
      expect([
        of.kind,
        count('ExecutionStarted'),
        applied.get(of.id)?.size ?? 0,
        count('ActionCompleted'),
      ]).toEqual([of.kind, ...(isApproved ? [1, 1, 1] : [0, 0, 0])]);
      expect(count('ActionRejected') + (isApproved ? 1 : 0)).toBeLessThanOrEqual(1);
      return [
        of.kind,
        yesesOf(of).length,
        isApproved || has(of, 'ActionRejected') || has(of, 'ActionExpired'),
      ] as const;
    });
    const of = (kind: Kind): readonly unknown[] =>
      ends.filter(([one]) => one === kind).map(([, ...rest]) => rest);
    expect(of('two')).toEqual(Array(counts.two).fill([2, true]));
    expect(of('lone')).toEqual(Array(counts.lone).fill([1, false]));
    expect(of('nobody')).toEqual(Array(counts.nobody).fill([0, false]));
    expect(of('late')).toEqual(Array(counts.late).fill([0, true]));
    for (const [yeses, ended] of of('one') as readonly [number, boolean][])
      expect([yeses <= 1, ended]).toEqual([true, true]);
  });
});
