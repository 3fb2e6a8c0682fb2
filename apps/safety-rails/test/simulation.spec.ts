import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { type ActionCommand, type HoldRecord, type RecordedGate, lookedAtGates } from '@interlock/rails';
import { wrongAnswers } from './row-answers.js';
import { seedsOf } from './seeds.js';
import { fair } from './sim-services.js';
import { randomOf, World } from './sim-world.js';

/** A failing seed is printed; `INTERLOCK_SEED=n` plays it alone. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const { first, count: seeds, isAlone } = isLong ? seedsOf('long', 3000) : seedsOf('short', 300);
const immediate = setImmediate;
const flush = (): Promise<void> =>
  new Promise((resolve) => {
    immediate(resolve);
  });

beforeAll(() => {
  jest.useFakeTimers({
    now: new Date('2026-11-20T10:00:00.000Z'),
    doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'],
  });
});
afterAll(() => {
  jest.useRealTimers();
});

const storm = async (world: World): Promise<void> => {
  const { random, services } = world;
  const now = (): string => new Date().toISOString();
  const by = (): string => world.pick(['person:p1', 'person:p2', 'person:claimed']);
  /** What a person would send who has read what is asked. */
  const shown = (id: string, type: 'ApprovalRequested' | 'ConfirmationWindowOpened'): string | null =>
    (dataOf(world.of(id).findLast((event) => event.type === type))['digest'] ?? null) as string | null;
  const said = (id: string): ActionCommand =>
    world.pick<() => ActionCommand>([
      () => ({ kind: 'approve', by: by(), digest: shown(id, 'ApprovalRequested'), now: now() }),
      () => ({ kind: 'approve', by: by(), digest: shown(id, 'ApprovalRequested'), now: now() }),
      () => ({ kind: 'approve', by: by(), digest: shown(id, 'ApprovalRequested'), now: now() }),
      () => ({ kind: 'confirm', by: by(), digest: shown(id, 'ConfirmationWindowOpened'), now: now() }),
      () => ({ kind: 'extend', by: by(), seconds: 20, now: now() }),
      () => ({ kind: 'approve', by: by(), digest: shown(id, 'ApprovalRequested'), now: now() }),
      () => ({ kind: random() < 0.3 ? 'cancel' : 'reject', by: by(), comment: null, now: now() }),
      () => ({ kind: 'reject', by: by(), comment: null, now: now() }),
      () => ({ kind: 'approve', by: by(), digest: shown(id, 'ApprovalRequested'), now: now() }),
      () => ({ kind: 'confirm', by: by(), digest: shown(id, 'ConfirmationWindowOpened'), now: now() }),
      () => ({ kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: random() < 0.5, now: now() }),
    ])();
  for (let i = 0; i < 700; i += 1) {
    const fate = random();
    if (fate < 0.01) await world.crash();
    else if (fate < 0.03) {
      const id = world.pick(world.actions);
      world.say(id, said(id));
    } else if (fate < 0.0305 || (fate < 0.04 && world.switches().some((head) => head.engaged)))
      await world.turnSwitch();
    else if (fate > 0.998) services.lose();
    else if (fate < 0.05) {
      Object.assign(
        services.weather,
        random() < 0.7 ? fair : {},
        world.pick<Partial<typeof fair>>([
          { posture: i % 2 === 0 ? 'YELLOW' : 'ORANGE' },
          { mode: 'APPROVAL_REQUIRED' },
          { decision: 'CONFIRM' },
          { decision: 'CONFIRM' },
          { decision: 'NEEDS_APPROVAL' },
          { decision: 'NEEDS_APPROVAL', approvals: 2 },
          { decision: 'CONFIRM' },
          {},
          {},
          { decision: world.pick(['DENY', 'ALLOW', 'ALLOW']) },
          { mode: world.pick(['DISABLED', 'AUTO_EXECUTE']) },
          { posture: world.pick(['RED', 'GREEN', 'GREEN']) },
          { diff: `d${i}` },
          { good: false },
        ]),
      );
    } else if (fate < 0.09) world.wakeAll();
    else if (!(await world.advance())) {
      jest.advanceTimersByTime(Math.floor(random() * 2000));
      await flush();
    }
  }
};

/** Everything works again: whatever stands comes to its end by itself. */
const calm = async (world: World): Promise<void> => {
  await world.calm();
  Object.assign(world.services.weather, fair);
  for (let i = 0; i < 4000 && !world.actions.every((id) => world.isDone(id)); i += 1) {
    if (await world.advance()) continue;
    jest.advanceTimersByTime(30_000);
    await flush();
    if (i % 50 === 0) world.wakeAll();
  }
};

const dataOf = (event: RecordedEvent | undefined): Record<string, unknown> =>
  (event?.data ?? {}) as Record<string, unknown>;

/**
 * The rules of docs/safety-case.md, checked on the log and compared with the device and the ledger.
 */
const broken = (world: World): readonly string[] => {
  const faults = [...world.services.faults];
  for (const id of world.actions) {
    const events = world.of(id);
    const types = events.map((event) => event.type);
    const rule = (holds: boolean, what: string): void => {
      if (!holds) faults.push(`${id}: ${what}`);
    };
    const count = (type: string): number => types.filter((one) => one === type).length;
    const tx = world.services.transactions.get(id);
    const end = types.findLast(
      (type) => type.startsWith('Action') && !['ActionApproved', 'ActionConfirmed'].includes(type),
    );
    rule(world.isDone(id), `rule 4: it has no end, or something of it is left: ${types.slice(-4).join(' ')}`);
    rule(count('ExecutionStarted') <= Math.min(3, 1 + count('TurnLapsed')), 'rule 1: it was started twice');
    rule(count('ConfirmRequested') + count('UndoRequested') <= 1, 'both confirm and undo were asked for');
    const started = types.lastIndexOf('ExecutionStarted');
    const executed = started >= 0 && !types.slice(started).includes('ApplyRefused');
    rule(
      executed || tx === undefined || ['READY', 'STALE', 'REFUSED'].includes(tx.state),
      'rule 1: the device heard of it without its start',
    );
    if (started >= 0) {
      const before = events.slice(0, started);
      const look = before.findLast(
        (event) => event.type === 'GatesJudged' && dataOf(event)['occasion'] === 'last',
      );
      const gates = (dataOf(look)['gates'] ?? []) as readonly RecordedGate[];
      rule(
        gates.length === lookedAtGates.length &&
          gates.every((gate) => gate.verdict === 'pass' || gate.verdict === 'inconclusive'),
        'rule 1: the last look did not pass',
      );
      const evaluated = Number(
        (
          gates.find((gate) => gate.gate === 'policy')?.saw as
            { evaluation: { evaluation_id: string } } | undefined
        )?.evaluation.evaluation_id,
      );
      const turn = before.findLast((event) => event.type === 'TurnTaken');
      rule(
        evaluated >= Number(turn?.created),
        `rule 6: gates of step ${evaluated}, turn taken at step ${turn?.created}`,
      );
      rule(
        dataOf(turn)['turn'] === dataOf(events[started])['turn'],
        'it was started under another turn than it took',
      );
      const holds = gates.filter((gate) => gate.hold !== undefined);
      const asked = before.findLastIndex((event) => event.type === 'ApprovalRequested');
      const yes = new Set(
        before
          .slice(asked + 1)
          .filter((event) => event.type === 'ActionApproved')
          .map((event) => String(dataOf(event)['by'])),
      );
      const required = Number(dataOf(before[asked])['approvals_required'] ?? 0);
      if (asked >= 0) {
        rule(
          yes.size >= required && !yes.has('person:claimed'),
          `rule 1: ${yes.size} of ${required} approvals`,
        );
        const shownHolds = dataOf(before[asked])['holds'] as readonly HoldRecord[];
        const covered = shownHolds.map((hold) => hold.gate);
        rule(
          holds.every((hold) => covered.includes(hold.gate)),
          'rule 1: a hold that nobody said yes to',
        );
        const level = (
          gates.find((gate) => gate.gate === 'posture')?.saw as { answer: { effective: string } }
        ).answer.effective;
        rule(
          level !== 'ORANGE' || shownHolds.some((hold) => hold.content?.['level'] === 'ORANGE'),
          'rule 1: ORANGE on a yes for less',
        );
      } else
        rule(
          holds.every((hold) => hold.hold === 'window') &&
            (holds.length === 0 ||
              types.includes('ConfirmationWindowElapsed') ||
              types.includes('ActionConfirmed')),
          'rule 1: a hold without a yes',
        );
    }
    const taken = world.services.budget.get(id);
    rule(executed || taken !== 'consumed', 'rule 3: it never executed and has not given back');
    rule(
      tx === undefined ||
        ['CONFIRMED', 'ROLLED_BACK', 'REFUSED'].includes(tx.state) ||
        (!executed && ['READY', 'STALE'].includes(tx.state)),
      `rule 5: the device is left ${tx?.state}`,
    );
    rule(
      (end === 'ActionCompleted') === (tx?.state === 'CONFIRMED'),
      `the log says ${end}, the device ${tx?.state}`,
    );
    const tooSlow = JSON.stringify(events.map(({ data }) => data)).includes('device-too-slow');
    rule(
      (end === 'ActionCancelledByRefusal') === (tx?.state === 'REFUSED' || tooSlow),
      `the log says ${end}, the device ${tx?.state}`,
    );
  }
  return faults;
};

/** The read model's row shows after each event what the decider's state shows. */
const shownWrong = (world: World): readonly string[] =>
  world.actions.flatMap((id) =>
    wrongAnswers(world.of(id)).map((event) => `${id}: shown wrong after ${event}`),
  );

describe('two instances on one log, crashed, restarted, told and refused at any moment', () => {
  const ends = new Set<string>();

  it(`keep the rules over ${seeds} seeds`, async () => {
    for (let seed = first; seed < first + seeds; seed += 1) {
      const jitter = jest.spyOn(Math, 'random').mockImplementation(randomOf(seed));
      const world = new World(seed, flush);
      await world.accept();
      await storm(world);
      await calm(world);
      const faults = [...broken(world), ...(seed % 10 === 0 ? shownWrong(world) : [])];
      for (const { type } of world.events) ends.add(type);
      await world.stop();
      jest.clearAllTimers();
      jitter.mockRestore();
      expect({ seed, faults }).toEqual({ seed, faults: [] });
    }
  });

  it('were about something: every way was gone', () => {
    const ways = isAlone
      ? ['IntentAccepted']
      : [
          'ExecutionStarted',
          'ActionCompleted',
          'ActionRolledBack',
          'ActionCancelledByRefusal',
          'ConfirmationWindowElapsed',
          'ActionApproved',
          'ActionExpired',
          'ReservationAwaited',
          'LeaseQueued',
          'BudgetGivenBack',
          'ServiceAwaited',
          'TurnLapsed',
        ];
    expect([...ends]).toEqual(expect.arrayContaining(ways));
  });
});
