import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { testMetadata, type RecordedEvent } from '@interlock/kernel';
import {
  inboxKey,
  inboxScopes,
  waitingAfter,
  whyNotTheirs,
  type InboxEntry,
  type InboxItem,
  type Looker,
} from '../src/index.js';

const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const agent: Actor = { kind: 'service', service: 'optimizer' };

/** One stream, told event by event. */
const after = (
  stream: string,
  ...events: readonly (readonly [type: string, data: object, actor?: Actor])[]
): InboxEntry | undefined =>
  events.reduce<InboxEntry | undefined>(
    (before, [type, data, actor = agent], i) =>
      waitingAfter(before, {
        stream,
        type,
        data,
        metadata: { ...testMetadata(), actor, occurred_at: `2026-11-20T10:00:0${i}.000Z` },
      } as unknown as RecordedEvent),
    undefined,
  );

const action = 'action-demo:a-1';
const accepted = [
  'IntentAccepted',
  {
    requester: 'service:optimizer',
    claimed_by: 'person:ann',
    intent: { action_type: 'cell_failover', entity_id: 'cell-1', agent: 'optimizer', account_id: 'ran' },
  },
] as const;
const asks = [
  'ApprovalRequested',
  {
    approvals_required: 2,
    expires_at: '2026-11-20T11:00:00.000Z',
    holds: [
      { gate: 'policy', reasons: [{ detail: 'a' }, { detail: 'b' }] },
      { gate: 'confidence', reasons: [{ detail: 'a' }] },
      { gate: 'policy', reasons: [] },
    ],
  },
] as const;
const plan = 'plan-demo:p-1';
const submitted = [
  'PlanSubmitted',
  { requester: 'person:ann', description: 'Four sites' },
  person('ann'),
] as const;
const planAsks = [
  'PlanApprovalRequested',
  { nodes: [1, 2, 3], approvals_required: 1, expires_at: '2026-11-20T11:00:00.000Z' },
] as const;
const bundle = 'bundle-demo:b-1';
const created = ['BundleCreated', { version: '1.2.0' }, person('ann')] as const;

describe('what waits for a person', () => {
  it('is an action that asks for an approval, until it goes on or ends', () => {
    expect(after(action, accepted)?.item).toBeNull();
    expect(after(action, accepted, asks)?.item).toMatchObject({
      kind: 'approval',
      id: 'a-1',
      title: 'cell_failover',
      subject: 'cell-1',
      agent: 'optimizer',
      account_id: 'ran',
      gates: ['policy', 'confidence'],
      expires_at: '2026-11-20T11:00:00.000Z',
      why: 'a; b',
      then: 'it does not run',
      approvals: 0,
      approvals_required: 2,
    });
    const first = ['ActionApproved', { by: 'person:ben', approvals: 1 }, person('ben')] as const;
    expect(after(action, accepted, asks, first)).toMatchObject({
      refused: expect.arrayContaining(['service:optimizer', 'person:ann', 'person:ben']),
      item: { approvals: 1 },
    });
    expect(after(action, accepted, asks, first, ['ReservationRequested', {}])?.item).toBeNull();
    expect(after(action, accepted, asks, ['ActionExpired', {}])).toBeUndefined();
  });

  it('is a window, whose end moves when it begins or is extended', () => {
    const opened = ['ConfirmationWindowOpened', { on_elapse: 'expire', due_at: '1' }] as const;
    expect(after(action, accepted, opened)?.item).toMatchObject({
      kind: 'window',
      expires_at: '1',
      then: 'it does not run, unless a person confirms it',
    });
    expect(
      after(action, accepted, opened, ['ConfirmationWindowExtended', { due_at: '2' }])?.item,
    ).toMatchObject({ expires_at: '2', requested_at: '2026-11-20T10:00:01.000Z' });
  });

  it('is a window that nobody was told of, which says that it asks at its end, and then why it did', () => {
    const terms = { on_elapse: 'proceed', due_at: '1', notify_within_s: 60, window_s: 30 };
    const untold = ['ConfirmationWindowOpened', terms] as const;
    const unreached = ['ConfirmationWindowOpened', { ...terms, reaches_nobody: true }] as const;
    const started = ['ConfirmationWindowStarted', { due_at: '2' }] as const;
    const asksFor = ['ApprovalRequested', { cause: 'nobody-told', expires_at: '3' }] as const;
    const itemAfter = (...events: Parameters<typeof after>[1][]): InboxItem | null | undefined =>
      after(action, accepted, ...events)?.item;
    expect(itemAfter(untold)?.then).toMatch(/^it asks for an approval, unless a channel has told a person/);
    expect(itemAfter(unreached)?.then).toBe(
      'it asks for an approval, because no channel of the tenant reached people when it opened',
    );
    expect(itemAfter(untold, started)?.then).toMatch(/^it goes on/);
    expect(itemAfter(untold, asksFor)?.why).toBe('no channel told a person of its window in time');
    expect(itemAfter(unreached, asksFor)?.why).toMatch(/^nobody could be told of its window/);
  });

  it('is a plan, until it starts or ends', () => {
    expect(after(plan, submitted)?.item).toBeNull();
    expect(after(plan, submitted, planAsks)?.item).toMatchObject({
      kind: 'plan',
      title: 'Four sites',
      asks: 'approve or reject its 3 actions together',
    });
    expect(after(plan, submitted, planAsks, ['PlanStarted', {}])).toBeUndefined();
    expect(after(plan, submitted, planAsks, ['PlanRejected', {}])).toBeUndefined();
  });

  it('is a bundle whose flip list was made, until another person approves it or it changes', () => {
    const listed = ['FlipListMade', {}] as const;
    expect(after(bundle, created, listed)).toMatchObject({
      refused: ['person:ann'],
      item: { kind: 'bundle', subject: '1.2.0' },
    });
    const edited = ['BundleUpdated', { version: '1.3.0' }, person('ben')] as const;
    expect(after(bundle, created, listed, edited)).toMatchObject({
      refused: ['person:ann', 'person:ben'],
      item: null,
    });
    expect(after(bundle, created, listed, ['BundleApproved', {}, person('cy')])?.item).toBeNull();
  });

  it('is a step up or a threshold that is proposed, until it is decided or an outcome speaks against it', () => {
    const stream = 'autonomy-demo:earned=ran/cell_failover';
    const proposed = ['StepUpProposed', {}] as const;
    expect(after(stream, proposed)?.item).toMatchObject({ kind: 'step_up', id: 'ran/cell_failover' });
    for (const end of [
      ['StepUpSigned', {}],
      ['StepOverridden', {}],
      ['OutcomeCounted', { counted: 'bad', asked: null }],
      ['OutcomeCounted', { counted: 'neutral', asked: 'not_approved' }],
      ['OutcomeJudged', { counted: 'bad' }],
    ] as const)
      expect(after(stream, proposed, end)).toBeUndefined();
    expect(
      after(stream, proposed, ['OutcomeCounted', { counted: 'good', asked: 'approved' }])?.item,
    ).toBeDefined();
    expect(after('autonomy-demo:threshold=qos_tune', ['ThresholdProposed', {}])?.item).toMatchObject({
      kind: 'threshold',
      id: 'qos_tune',
    });
  });

  it('is a switch, brake or lock that is engaged, and a release that a second person completes', () => {
    const engaged = ['KillSwitchEngaged', { scope: 'action_type', action_type: 'qos_tune' }] as const;
    const release = [
      'KillSwitchReleaseRequested',
      { by: 'person:ann', expires_at: '2026-11-20T11:00:00.000Z' },
      person('ann'),
    ] as const;
    const stream = 'kill_switch-demo:action_type=qos_tune';
    expect(after(stream, engaged)).toMatchObject({
      refused: [],
      item: { kind: 'kill_switch', expires_at: null },
    });
    expect(after(stream, engaged, release)).toMatchObject({
      refused: ['person:ann', 'person:ann'],
      item: { expires_at: '2026-11-20T11:00:00.000Z', approvals: 1, approvals_required: 2 },
    });
    expect(after(stream, engaged, release, ['KillSwitchReleased', {}])).toBeUndefined();
    expect(after('brake-demo:brake', ['BrakeEngaged', {}])?.item).toMatchObject({ kind: 'brake' });
    expect(after('brake-demo:brake', ['BrakeEngaged', {}], ['BrakeReleased', {}])).toBeUndefined();
    // Only the input file releases it.
    expect(after('brake-demo:file', ['BrakeEngaged', {}])).toBeUndefined();
    expect(after('trust_lock-demo:guard', ['TrustLocked', {}])?.item).toMatchObject({ kind: 'trust_lock' });
  });
});

describe('who may decide', () => {
  const looker = (over: Partial<Looker> = {}): Looker => ({
    person: true,
    scopes: ['AUTONOMOUS_APPROVE'],
    keys: ['person:ben'],
    ...over,
  });

  it('is a person with the scope who neither asked for it nor said yes to it', () => {
    expect(whyNotTheirs('plan', { refused: ['person:ann'] }, looker())).toBeNull();
    expect(whyNotTheirs('plan', { refused: ['person:ben'] }, looker())).toBe(
      'another person than you must decide',
    );
    expect(whyNotTheirs('plan', { refused: [] }, looker({ person: false }))).toBe('only a person may decide');
    for (const [kind, scope] of Object.entries(inboxScopes))
      expect(whyNotTheirs(kind as InboxItem['kind'], { refused: [] }, looker({ scopes: [] }))).toBe(
        `the scope ${scope} is needed`,
      );
  });
});

describe('the order of an inbox', () => {
  it('is the soonest to expire first, and what never expires last', () => {
    const item = (id: string, expires_at: string | null, requested_at: string): InboxItem => ({
      kind: 'approval',
      id,
      title: '',
      subject: null,
      agent: null,
      account_id: null,
      gates: [],
      asks: '',
      why: null,
      then: null,
      requested_at,
      expires_at,
      approvals: 0,
      approvals_required: 1,
    });
    const ids = [item('never', null, '1'), item('late', '3', '1'), item('soon', '2', '5')]
      .toSorted((a, b) => (inboxKey(a).join() < inboxKey(b).join() ? -1 : 1))
      .map(({ id }) => id);
    expect(ids).toEqual(['soon', 'late', 'never']);
  });
});
