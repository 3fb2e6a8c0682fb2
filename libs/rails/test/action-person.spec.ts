import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { nextEffect, type ActionCommand, type ActionEvent } from '../src/index.js';
import { Life } from './life.js';
import { later, looks, now, plan, type Scene } from './looks.js';

const confirm: Scene = {
  evaluation: {
    decision: 'CONFIRM',
    limits: {
      max_affected_entities: null,
      min_confidence: null,
      confirmation_window_s: 30,
      confirm_above_entities: null,
      on_elapse: 'proceed',
      window_policy: 'p',
    },
  },
};
const yellow: Scene = { posture: 'YELLOW' };
const thrown = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
};
type Approve = Extract<ActionCommand, { kind: 'approve' }>;
const approve = (life: Life, by: string, over: Partial<Approve> = {}): readonly ActionEvent[] =>
  life.tell({ kind: 'approve', by, digest: life.state.approval?.digest ?? null, now, ...over });
const awaiting = (scene: Scene = yellow): Life => new Life().accept(scene).walk(scene).plan();

describe('the confirmation window', () => {
  const elapse = (life: Life, scene: Scene, at = later(30)): Life => {
    life.tell({ kind: 'record_reevaluation', gates: looks(scene), now: at });
    return life;
  };

  it('elapses into execution where afresh nothing else holds', () => {
    const life = elapse(Life.planned(confirm), confirm);
    expect(life.types.slice(-3)).toEqual([
      'GatesJudged again',
      'ConfirmationWindowElapsed',
      'ReservationRequested',
    ]);
    expect(life.state.yes).toMatchObject({
      basis: 'elapsed',
      covered: [{ gate: 'policy', content: { rule_id: 'r' } }],
    });
  });

  it('is looked at when its time is up and not before', () => {
    const life = Life.planned(confirm);
    expect(nextEffect(life.state, later(29))).toEqual({ kind: 'wait', until: later(30) });
    expect(nextEffect(life.state, later(30))).toEqual({ kind: 'reevaluate' });
    expect(elapse(Life.planned(confirm), confirm, later(29)).state.status).toBe('AWAITING_CONFIRMATION');
  });

  it.each<readonly [string, Scene]>([
    ['YELLOW', yellow],
    ['a mode that asks', { mode: 'APPROVAL_REQUIRED' }],
    ['low confidence', { prediction: { confidence: 0.1 } }],
  ])('%s meanwhile asks for an explicit yes', (_, scene) => {
    const life = elapse(Life.planned(confirm), { ...confirm, ...scene });
    expect(life.state).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { cause: 'window-not-automatic' },
    });
  });

  it.each<readonly [string, Scene, string]>([
    ['a kill switch', { engaged: true }, 'CANCELLED'],
    ['a DENY', { evaluation: { decision: 'DENY' } }, 'DENIED'],
    ['DISABLED', { mode: 'DISABLED' }, 'BLOCKED'],
  ])('%s meanwhile ends it and gives the budget back', (_, scene, status) => {
    const life = elapse(Life.planned(confirm), { ...confirm, ...scene });
    expect(life.state.status).toBe(status);
    expect(life.types.at(-1)).toBe('BudgetGiveBackRequested');
  });

  it('looks that do not cover every gate never let it elapse', () => {
    const life = Life.planned(confirm);
    life.tell({ kind: 'record_reevaluation', gates: looks(confirm).slice(0, -1), now: later(30) });
    expect(life.state.status).toBe('AWAITING_APPROVAL');
  });

  it('with on_elapse expire it expires', () => {
    const expire: Scene = {
      evaluation: { ...confirm.evaluation, limits: { ...confirm.evaluation!.limits!, on_elapse: 'expire' } },
    };
    const life = Life.planned(expire);
    life.tell({ kind: 'tick', now: later(30) });
    expect(life.state.status).toBe('EXPIRED');
  });

  it('a person confirms early, extends, or rejects', () => {
    const early = Life.planned(confirm);
    early.tell({ kind: 'confirm', by: 'person:p1', digest: early.state.window!.digest, now: later(5) });
    expect(early.state).toMatchObject({ status: 'PENDING', yes: { basis: 'confirmed' } });
    const longer = Life.planned(confirm);
    longer.tell({ kind: 'extend', by: 'person:p1', seconds: 60, now: later(5) });
    expect(longer.state.window?.due_at).toBe(later(90));
    const never = Life.planned(confirm);
    never.tell({ kind: 'reject', by: 'person:p1', comment: null, now: later(5) });
    expect(never.state.status).toBe('REJECTED');
    expect(never.types.at(-1)).toBe('BudgetGiveBackRequested');
  });

  it('a confirm or an extension at the instant it closes comes too late, and one before it in time', () => {
    const isLate = (life: Life, command: ActionCommand): boolean =>
      isProblem(
        thrown(() => life.tell(command)),
        'wrong-state',
      );
    const life = Life.planned(confirm);
    const { digest } = life.state.window!;
    expect(isLate(life, { kind: 'confirm', by: 'person:p1', digest, now: later(30) })).toBe(true);
    expect(isLate(life, { kind: 'extend', by: 'person:p1', seconds: 60, now: later(30) })).toBe(true);
    expect(isLate(life, { kind: 'extend', by: 'person:p1', seconds: 60, now: later(29) })).toBe(false);
  });

  it('is not extended where none is open', () => {
    const error = thrown(() => awaiting().tell({ kind: 'extend', by: 'person:p1', seconds: 60, now }));
    expect(error).toMatchObject({ code: 'wrong-state', members: { state: 'AWAITING_APPROVAL' } });
  });
});

describe('approvals', () => {
  it('one yes lets it go on to the reservation', () => {
    const life = awaiting();
    approve(life, 'person:p1');
    expect(life.types.slice(-2)).toEqual(['ActionApproved', 'ReservationRequested']);
    expect(life.state.yes).toMatchObject({
      basis: 'approved',
      covered: [{ gate: 'posture', content: { level: 'YELLOW' } }],
    });
  });

  it('two are needed where the rule says so, of distinct people', () => {
    const life = awaiting({ evaluation: { decision: 'NEEDS_APPROVAL', approvals_required: 2 } });
    approve(life, 'person:p1');
    expect(life.state.status).toBe('AWAITING_APPROVAL');
    expect(
      isProblem(
        thrown(() => approve(life, 'person:p1')),
        'same-person',
      ),
    ).toBe(true);
    approve(life, 'person:p2');
    expect(life.state.status).toBe('PENDING');
  });

  it.each(['service:nats.demo', 'person:claimed'])('%s asked for it and may not approve', (by) => {
    expect(
      isProblem(
        thrown(() => approve(awaiting(), by)),
        'same-person',
      ),
    ).toBe(true);
  });

  it('another digest than the one that stands is refused', () => {
    expect(
      isProblem(
        thrown(() => approve(awaiting(), 'person:p1', { digest: 'a'.repeat(64) })),
        'approval-mismatch',
      ),
    ).toBe(true);
  });

  it.each<readonly [string, (life: Life) => unknown]>([
    ['an approval', () => approve(awaiting(), 'person:p1', { digest: null })],
    [
      'a confirmation',
      () => Life.planned(confirm).tell({ kind: 'confirm', by: 'person:p1', digest: null, now }),
    ],
  ])(
    '%s without a digest is refused, with the place where it can be read and never the digest',
    (_, blind) => {
      expect(thrown(() => blind(awaiting()))).toMatchObject({
        code: 'digest-required',
        members: { request: '/api/v1/autonomous/actions/a-1' },
      });
    },
  );

  it('what another digest was sent for is never told', () => {
    const refused = thrown(() => approve(awaiting(), 'person:p1', { digest: 'a'.repeat(64) }));
    expect(refused).toMatchObject({
      code: 'approval-mismatch',
      members: { request: '/api/v1/autonomous/actions/a-1' },
    });
    expect(JSON.stringify(refused)).not.toContain(awaiting().state.approval!.digest);
  });

  it('a rejection and a cancel need no digest', () => {
    for (const kind of ['reject', 'cancel'] as const) {
      const life = awaiting();
      life.tell({ kind, by: 'person:p1', comment: null, now });
      expect(life.state.status).toBe(kind === 'reject' ? 'REJECTED' : 'CANCELLED');
    }
  });

  it('it expires after its hour, and a yes then is refused', () => {
    const life = awaiting();
    expect(
      isProblem(
        thrown(() => approve(life, 'person:p1', { now: later(3600) })),
        'wrong-state',
      ),
    ).toBe(true);
    life.tell({ kind: 'tick', now: later(3600) });
    expect(life.state.status).toBe('EXPIRED');
  });

  it('one rejection ends it', () => {
    const life = awaiting();
    life.tell({ kind: 'reject', by: 'person:p1', comment: 'not today', now });
    expect(life.state.status).toBe('REJECTED');
    expect(
      isProblem(
        thrown(() => approve(life, 'person:p2')),
        'wrong-state',
      ),
    ).toBe(true);
  });

  it('keeps what people wrote in a field of its own: reasons go upstream and into incidents', () => {
    const life = awaiting({ evaluation: { decision: 'NEEDS_APPROVAL', approvals_required: 2 } });
    approve(life, 'person:p1', { comment: 'fine by me' });
    life.tell({ kind: 'reject', by: 'person:p2', comment: 'not by me', now });
    expect(life.state.comments.map(({ on, comment }) => [on, comment])).toEqual([
      ['ActionApproved', 'fine by me'],
      ['ActionRejected', 'not by me'],
    ]);
    expect(JSON.stringify([life.state.reasons, life.state.approval])).not.toContain('by me');
  });

  it('a repeat changes nothing, and one whose comment stands nowhere is refused: it would be lost', () => {
    const shown = (life: Life): string => life.state.approval?.digest ?? life.state.window!.digest;
    const windowed = Life.planned(confirm);
    const asked = awaiting();
    const [windowDigest, askedDigest] = [shown(windowed), shown(asked)];
    const repeats: readonly (readonly [Life, (comment: string | null) => ActionCommand])[] = [
      [windowed, (comment) => ({ kind: 'confirm', by: 'person:p1', digest: windowDigest, comment, now })],
      [asked, (comment) => ({ kind: 'approve', by: 'person:p1', digest: askedDigest, comment, now })],
      [awaiting(), (comment) => ({ kind: 'reject', by: 'person:p1', comment, now })],
      [awaiting(), (comment) => ({ kind: 'cancel', by: 'person:p1', comment, now })],
    ];
    for (const [life, command] of repeats) {
      life.tell(command('the first'));
      const before = life.types.length;
      life.tell(command('the first'));
      life.tell(command(null));
      expect(life.types).toHaveLength(before);
      expect(
        isProblem(
          thrown(() => life.tell(command('a second'))),
          'wrong-state',
        ),
      ).toBe(true);
    }
  });

  it('only the same request of the same person is a repeat, also after the action has ended', () => {
    const windowed = Life.planned(confirm);
    const asked = awaiting();
    const lives: readonly (readonly [Life, 'confirm' | 'approve', string])[] = [
      [windowed, 'confirm', windowed.state.window!.digest],
      [asked, 'approve', asked.state.approval!.digest],
    ];
    for (const [life, kind, digest] of lives) {
      const say = (by: string, named: string | null): unknown =>
        thrown(() => life.tell({ kind, by, digest: named, now }));
      expect(say('person:p1', digest)).toBeUndefined();
      for (const end of [() => undefined, () => life.tell({ kind: 'cancel', by: 'person:p2', now })]) {
        end();
        const before = life.types.length;
        expect(say('person:p1', digest)).toBeUndefined();
        const other = say('person:p1', 'a'.repeat(64));
        expect(isProblem(other, 'approval-mismatch')).toBe(true);
        expect(JSON.stringify(other)).not.toContain(digest);
        expect(isProblem(say('person:p1', null), 'digest-required')).toBe(true);
        expect(isProblem(say('person:p3', digest), 'wrong-state')).toBe(true);
        expect(life.types).toHaveLength(before);
      }
    }
  });

  it('without a comment there is no such member', () => {
    const life = awaiting();
    life.tell({ kind: 'reject', by: 'person:p1', comment: null, now });
    expect(life.events.filter(({ data }) => 'comment' in data)).toEqual([]);
  });

  it('says the smallest change that would have made it automatic', () => {
    const life = awaiting({ intent: { confidence_score: 0.5 } });
    expect(life.state.approval?.smallest_change).toMatchObject([
      { code: 'LOW_CONFIDENCE', threshold: 0.7, confidence: 0.5 },
    ]);
  });
});

describe('the last look', () => {
  const approved = (scene: Scene = yellow): Life => {
    const life = awaiting(scene);
    approve(life, 'person:p1');
    return life.reserve().turn();
  };

  it('starts the execution where the yes covers what holds', () => {
    expect(approved().lastLook(yellow).events.at(-1)).toMatchObject({
      type: 'ExecutionStarted',
      data: { plan_hash: 'ph', epoch: '3', basis: 'approved' },
    });
  });

  it.each<readonly [string, Scene, string]>([
    ['a kill switch', { engaged: true }, 'CANCELLED'],
    ['RED', { posture: 'RED' }, 'DENIED'],
    ['a policy changed to DENY', { evaluation: { decision: 'DENY' } }, 'DENIED'],
    ['a mode set to DISABLED', { mode: 'DISABLED' }, 'BLOCKED'],
    ['a gate that throws', { throws: 'policy' }, 'DENIED'],
  ])('%s between approval and execution stops it', (_, scene, status) => {
    const life = approved().lastLook({ ...yellow, ...scene });
    expect(life.state.status).toBe(status);
    expect(life.types).not.toContain('ExecutionStarted');
    expect(nextEffect(life.state, now)).toEqual({ kind: 'release' });
  });

  it('a new hold that the yes does not cover asks again', () => {
    const life = approved().lastLook({ ...yellow, mode: 'APPROVAL_REQUIRED' });
    expect(life.state).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { cause: 'changed' },
      yes: null,
    });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'release' });
  });

  it.each([
    ['the device diff', { diff_hash: 'other' }],
    ['the leaves to be edited', { leaves_fingerprint: 'other' }],
  ])('%s changed since: asked again with the difference', (_, over) => {
    const life = approved().lastLook(yellow, plan(over));
    expect(life.state.approval?.difference).toHaveLength(1);
    expect(life.types).not.toContain('ExecutionStarted');
  });

  it('a higher risk asks again, a lower one does not', () => {
    expect(
      approved().lastLook({ ...yellow, prediction: { risk_score: 21 } }).state.approval?.difference,
    ).toMatchObject([{ code: 'changed-prediction' }]);
    expect(approved().lastLook({ ...yellow, prediction: { risk_score: 19 } }).state.status).toBe('EXECUTING');
  });

  it('an elapsed window covers a CONFIRM and no approval', () => {
    const elapsed = (): Life => {
      const life = Life.planned(confirm);
      life.tell({ kind: 'record_reevaluation', gates: looks(confirm), now: later(30) });
      return life.reserve().turn();
    };
    expect(elapsed().lastLook(confirm).state.status).toBe('EXECUTING');
    expect(
      elapsed().lastLook({ ...confirm, evaluation: { ...confirm.evaluation, decision: 'NEEDS_APPROVAL' } })
        .state.status,
    ).toBe('AWAITING_APPROVAL');
    expect(elapsed().lastLook({ ...confirm, posture: 'YELLOW' }).state.status).toBe('AWAITING_APPROVAL');
  });

  it('looks that leave a gate out deny', () => {
    const life = approved();
    life.tell({
      kind: 'record_last_look',
      gates: looks(yellow).slice(0, -1),
      plan: plan(),
      soak_s: 5,
      confirm_timeout_s: 95,
      now,
    });
    expect(life.types).toContain('ActionDenied by an error');
  });

  it('past not_after it expires', () => {
    const life = new Life()
      .accept({ intent: { not_after: later(60) } })
      .walk()
      .consume()
      .plan()
      .reserve()
      .turn();
    life.at = later(61);
    expect(life.lastLook().state.status).toBe('EXPIRED');
  });
});
