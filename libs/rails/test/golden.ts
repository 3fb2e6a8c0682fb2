import {
  changeDecider,
  changeDigest,
  fold,
  requiredPeopleDecider,
  retentionDecider,
  type ChangeCommand,
  type ChangeContent,
  type ChangeEvent,
  type DomainEvent,
} from '@interlock/kernel';
import {
  executorDecider,
  feedbackDecider,
  killSwitchDecider,
  judge,
  leaseDecider,
  looksToRecord,
  stops,
  tenantDecider,
  type ActionCommand,
  type ActionEvent,
  type FailureRule,
  type LeaseCommand,
  type ReceiptData,
  type TenantCommand,
  type TenantEvent,
} from '../src/index.js';
import { Life } from './life.js';
import { approvalHold, node, PlanLife, planYes } from './plan-life.js';
import { evaluation, later, looks, now, observation, plan, tx, type Scene } from './looks.js';

const why = [{ code: 'why', detail: 'because' }];
const windowScene: Scene = {
  evaluation: { decision: 'CONFIRM', reasons: why, limits: { ...evaluation().limits, window_policy: 'p' } },
};
const approvalScene: Scene = { posture: 'YELLOW' };

const tell = (life: Life, ...commands: readonly ActionCommand[]): Life => {
  for (const command of commands) life.tell(command);
  return life;
};
const transaction = (...states: readonly Parameters<typeof tx>[]): readonly ActionCommand[] =>
  states.map(([state, over]) => ({ kind: 'record_transaction', status: tx(state, over), now }));
const good = { observation: observation(-5) };
const bad = { observation: observation(3) };
const kill: ActionCommand = {
  kind: 'stop_by_kill_switch',
  reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch is engaged' }],
  rollback_in_flight: false,
  now,
};
const by = 'person:ann';
/** What a person wrote, as it comes to the decider: sealed. */
const comment =
  'enc:1:5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ';

/** Lives that together write every event of an action. */
const lives = (): readonly Life[] => [
  tell(Life.executing(), ...transaction(['TENTATIVE', {}], ['OBSERVED', good], ['CONFIRMED', good]), {
    kind: 'record_release',
    now,
  }),
  tell(Life.executing(), ...transaction(['TENTATIVE', {}], ['OBSERVED', bad], ['ROLLED_BACK', {}])),
  tell(Life.executing(), ...transaction(['TENTATIVE', {}], ['OBSERVED', bad], ['ROLLBACK_FAILED', {}])),
  tell(
    Life.planned(windowScene),
    { kind: 'extend', by, seconds: 30, now },
    { kind: 'record_reevaluation', gates: looks(windowScene), now: later(60) },
  ),
  Life.planned(windowScene).confirm(by),
  tell(
    new Life().accept(windowScene).walk(windowScene).consume(),
    { kind: 'record_plan', plan: plan(), notify_within_s: 60, now },
    { kind: 'record_notified', channel_id: 'ops', now: later(5) },
  ),
  tell(Life.planned(approvalScene).approve(by), {
    kind: 'record_reservation',
    granted: null,
    held_by: ['a-0'],
    now,
  }),
  tell(Life.planned(approvalScene), { kind: 'reject', by, comment, now }),
  tell(Life.planned(approvalScene), { kind: 'cancel', by, comment, now }),
  tell(Life.planned(approvalScene), { kind: 'tick', now: later(900) }),
  tell(Life.planned(approvalScene), { kind: 'tick', now: later(3600) }),
  tell(Life.planned(), kill, { kind: 'record_give_back', given_back: true, now }),
  tell(Life.executing(), { kind: 'record_refusal', reasons: why, now }),
  Life.executing().lapse(),
  tell(new Life().accept(), {
    kind: 'await_service',
    service: 'posture',
    gate: 'posture',
    detail: 'no answer',
    now,
  }),
  new Life().accept().walk({ posture: 'RED' }),
  refused({ evaluation: { decision: 'DENY', reasons: why } }),
  new Life().accept().walk({ intent: { affected_entity_count: 11 } }),
  new Life().accept().walk({ throws: 'policy' }),
  new Life().accept().walk({ mode: 'PROPOSE_ONLY' }),
  new Life().accept().walk({ mode: 'DISABLED' }),
  new Life().accept().walk({ auto: 'BLOCK' }),
  Life.planned().plan(),
  new Life()
    .accept()
    .walk()
    .consume()
    .plan(plan({ violations: why })),
  new Life()
    .accept({ intent: { dry_run: true } })
    .walk({ intent: { dry_run: true } })
    .plan(),
  approvedWithPlan(),
  Life.completed().askedBack().lookBack('first', { engaged: true }),
  tell(Life.takingBack(), {
    kind: 'record_rollback',
    status: tx('CONFIRMED', {
      undo_refused: Life.takingBack().state.rollback?.request_id ?? '',
      reasons: why,
    }),
    now,
  }),
  tell(Life.temporary().over().lookBack('first').reserve().lookBack('last'), {
    kind: 'record_rollback',
    status: tx('ROLLED_BACK'),
    now,
  }),
];

const receipt: ReceiptData = {
  acknowledged_by: 'executors',
  executors: [{ service: 'netconf-gateway', instance: 'n-1', answered: true }],
  cancelled: [{ tenant_id: 'demo', action_id: 'a-1', state: 'CANCELLED' }],
  cancelled_count: 1,
  in_flight: [{ tenant_id: 'demo', action_id: 'a-2', state: 'VALIDATING' }],
  in_flight_count: 1,
  not_notified: [],
  complete: true,
  rollback_in_flight: true,
  drill: false,
  time_to_stop_ms: 84,
};

/** An action that a gate refuses, with the summaries that safety-rails records of such a walk. */
function refused(scene: Scene): Life {
  const all = looks(scene);
  const walked = all.slice(0, all.findIndex((look) => stops(judge(look))) + 1);
  return tell(new Life().accept(scene), { kind: 'record_looks', gates: looksToRecord(walked), now });
}

/** An action that takes over the approval of its plan. */
function approvedWithPlan(): Life {
  const shown = Life.planned(approvalScene).state.approval;
  if (shown === null) throw new Error('the scene asks for no approval');
  const { holds: _asked, ...digest_parts } = shown.digest_parts;
  return new Life()
    .accept({}, planYes({ digest_parts, holds: shown.holds }))
    .walk(approvalScene)
    .plan();
}

const killSwitchEvents = (): readonly DomainEvent[] => {
  const of = {
    scope: 'action_type',
    tenant_id: 'demo',
    action_type: 'cell_failover',
    reason: 'drill',
    rollback_in_flight: true,
  } as const;
  const engaged = killSwitchDecider.decide({ kind: 'engage', ...of }, killSwitchDecider.initial);
  const after = fold(killSwitchDecider, engaged);
  return [
    ...engaged,
    ...killSwitchDecider.decide({ kind: 'release', ...of }, after),
    ...killSwitchDecider.decide(
      { kind: 'list', stream: 'kill_switch-demo:site=berlin-1' },
      killSwitchDecider.initial,
    ),
    ...killSwitchDecider.decide({ kind: 'acknowledge', receipt }, after),
    ...killSwitchDecider.decide({ kind: 'release', ...of, people: 2, by, now }, after),
  ];
};

const executorEvents = (): readonly DomainEvent[] => {
  const me = { service: 'netconf-gateway', instance: 'n-1' };
  const registered = executorDecider.decide({ kind: 'register', ...me, now }, executorDecider.initial);
  const after = fold(executorDecider, registered);
  return [
    ...registered,
    ...executorDecider.decide(
      { kind: 'answer', ...me, stream: 'kill_switch-demo:tenant', revision: '4' },
      after,
    ),
    ...executorDecider.decide({ kind: 'leave', ...me }, after),
  ];
};

const leaseEvents = (): readonly DomainEvent[] => {
  const reserve = (action_id: string): LeaseCommand => ({
    kind: 'reserve',
    action_id,
    keys: ['entity:cell-001-1'],
    lease_expires_at: later(600),
    wait_expires_at: later(300),
    now,
  });
  const granted = leaseDecider.decide(reserve('a-1'), leaseDecider.initial);
  const held = fold(leaseDecider, granted);
  return [
    ...granted,
    ...leaseDecider.decide(reserve('a-2'), held),
    ...leaseDecider.decide({ kind: 'release', action_id: 'a-1', now }, held),
  ];
};

const tenantEvents = (): readonly DomainEvent[] => {
  const commands: readonly TenantCommand[] = [
    { kind: 'create', tenant_id: 'acme' },
    {
      kind: 'register',
      credential: 'service:nats.acme.upstream',
      agents: ['ran-optimizer'],
      accounts: ['*'],
      public_key: `U${'A'.repeat(55)}`,
    },
    {
      kind: 'create_agent',
      tenant_id: 'acme',
      name: 'mail-sorter',
      agents: ['mail-sorter'],
      accounts: ['mail'],
      signals: [],
      key: { jkt: 'A'.repeat(43), jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } },
      bus: null,
    },
    { kind: 'suspend', tenant_id: 'acme' },
    { kind: 'resume', tenant_id: 'acme' },
    { kind: 'revoke', credential: 'service:nats.acme.upstream' },
    { kind: 'remove', tenant_id: 'acme' },
  ];
  return commands.reduce<readonly TenantEvent[]>(
    (events, command) => [...events, ...tenantDecider.decide(command, fold(tenantDecider, events))],
    [],
  );
};

/** Change requests that together write every event of one. */
const changeEvents = (): readonly DomainEvent[] => {
  const content: ChangeContent = {
    setting: 'autonomy-acme:budget=ran',
    revision: '3',
    command: { kind: 'RemoveBudget' },
    loosened: [{ pointer: '', detail: 'is removed, which ends the limit' }],
    scope: 'AUTONOMY_ADMIN',
  };
  const digest = changeDigest(content);
  const request: ChangeCommand = {
    kind: 'RequestChange',
    ...content,
    digest,
    requester: by,
    why: comment,
    required_people: 3,
    expires_at: later(86_400),
  };
  const approve = (person: string): ChangeCommand => ({
    kind: 'ApproveChange',
    digest,
    by: person,
    refused_as: [],
    related: [],
    now,
  });
  const ends: readonly (readonly ChangeCommand[])[] = [
    [approve('person:bob'), approve('person:cyd'), { kind: 'NoteApplied', revision: '4' }],
    [{ kind: 'VoidChange', code: 'stale-change', detail: 'the setting has changed' }],
    [{ kind: 'RejectChange', by: 'person:bob', reason: comment, now }],
    [{ kind: 'ExpireChange', now: later(86_400) }],
    [
      { ...request, can_break_glass: true },
      { kind: 'BreakGlass', digest, by: 'person:bob', reason: comment, seconds: 60, now },
      { kind: 'NoteApplied', revision: '4' },
      { kind: 'NoteEnded', revision: '5', restored: true, now: later(60) },
    ],
  ];
  return [
    ...ends.flatMap((commands) =>
      (commands[0]?.kind === 'RequestChange' ? commands : [request, ...commands]).reduce<
        readonly ChangeEvent[]
      >((events, command) => [...events, ...changeDecider.decide(command, fold(changeDecider, events))], []),
    ),
    ...requiredPeopleDecider.decide(
      { kind: 'SetRequiredPeople', required_people: 3, reason: comment },
      requiredPeopleDecider.initial,
    ),
    ...retentionDecider.decide(
      { kind: 'SetRetention', days: { kpis: 90, actions: 365 }, reason: comment },
      retentionDecider.initial,
    ),
  ];
};

const feedbackEvents = (): readonly DomainEvent[] =>
  feedbackDecider.decide(
    {
      kind: 'give',
      action_id: 'a-1',
      account_id: 'ran',
      action_type: 'cell_failover',
      affected_entity_count: 3,
      outcome: 'COMPLETED',
      ended_at: now,
      by,
      by_requester: false,
      verdict: 'bad',
      comment,
    },
    feedbackDecider.initial,
  );

/**
 * What tells examples of one type apart: the occasion on which gates are judged, that policies
 * deny, and that a credential is an agent's.
 */
const caseOf = ({ type, data }: DomainEvent | ActionEvent): string => {
  if (type === 'CredentialIssued') return 'keys' in data ? ' agent' : '';
  if (type !== 'GatesJudged') return '';
  const { occasion, gates } = data as Extract<ActionEvent, { readonly type: 'GatesJudged' }>['data'];
  if (occasion !== 'first') return ` ${occasion}`;
  const last = gates.at(-1);
  return last?.gate === 'policy' && last.verdict === 'fail' ? ' denied' : '';
};

/** The first event of each type, and of each case of it. */
const firstOf = (events: readonly DomainEvent[]): { readonly [type: string]: object } => {
  const examples: { [type: string]: object } = {};
  for (const event of events) examples[`${event.type}${caseOf(event)}`] ??= event.data;
  return examples;
};

/** Plans that together write every event of a plan. */
const planEvents = (): readonly DomainEvent[] => {
  const two = [node('a'), node('b', ['a'])];
  const running = (rule: FailureRule): PlanLife =>
    new PlanLife().submit(two, { failure_rule: rule }).preview();
  const held = (): PlanLife => new PlanLife().submit(two).preview({ a: { holds: [approvalHold] } });
  const expired = held();
  expired.at = later(3600);
  const rejected = held();
  rejected.tell({ kind: 'reject', by, comment, now });
  return [
    held().approve(),
    rejected,
    expired.settle(),
    new PlanLife().submit(two).preview({ b: { state: 'DENIED', digest_parts: null } }),
    new PlanLife().submit(two, { max_affected_entities: 5 }).preview(),
    new PlanLife().submit(two, { dry_run: true }).preview(),
    new PlanLife().submit(two).cancel(),
    new PlanLife().submit(two).kill(),
    running('stop').ends('a').ends('b'),
    running('stop').ends('a', 'DENIED'),
    running('continue').ends('a', 'DENIED'),
    running('rollback_all').ends('a').ends('b', 'DENIED').takenBack('a'),
    running('rollback_all').ends('a').ends('b', 'DENIED').takenBack('a', 'DENIED'),
  ].flatMap((life) => life.events);
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const actions: readonly ActionEvent[] = lives().flatMap((life) => life.events);
  return firstOf([
    ...actions,
    ...killSwitchEvents(),
    ...executorEvents(),
    ...leaseEvents(),
    ...planEvents(),
    ...tenantEvents(),
    ...changeEvents(),
    ...feedbackEvents(),
  ]);
};
