/**
 * The services' usual answers, and the variations of a scene, as input for the action's decider.
 */

import { fold } from '@interlock/kernel';
import { actionDecider, modeReasons, seenMode, lookedAtGates } from '@interlock/rails';

export const now = '2026-01-01T10:00:00.000Z';
export const later = (seconds) => new Date(Date.parse(now) + seconds * 1000).toISOString();
export const why = [{ code: 'why', detail: 'because' }];

const actionType = {
  action_type: 'cell_failover',
  handler: { service: 'netconf-gateway', name: 'cell_failover' },
  reversible: true,
};

const intent = (over = {}) => ({
  intent_id: 'i-1',
  tenant_id: 'demo',
  account_id: 'ran',
  agent: 'optimizer',
  action_type: 'cell_failover',
  entity_id: 'cell-1',
  parameters: {},
  affected_entity_count: 3,
  confidence_score: 0.95,
  ...over,
});

const accepted = (over = {}, hash = 'content') => ({
  action_id: 'a-1',
  intent: intent(over),
  content_hash: hash,
  requester: 'service:optimizer',
  source: 'test',
  time: now,
  first_gate_by: later(300),
  action_type: actionType,
});

export const plan = (over = {}) => ({
  plan_hash: 'plan',
  device_id: 'gnb-1',
  site_id: 'site',
  profile: '3gpp',
  payloads: [],
  diff: [],
  diff_hash: 'diff',
  leaves_fingerprint: 'leaves',
  reversible: true,
  violations: [],
  ...over,
});

const prediction = {
  risk_score: 20,
  risk_level: 'LOW',
  impact_delta: 0,
  impact_by_kpi: {},
  confidence_interval: [0, 1],
  interval_by_kpi: { drop_rate_pct: [-10, 0] },
  confidence: 0.9,
  basis: 'memory',
};

const evaluation = (over = {}) => ({
  evaluation_id: 'e-1',
  decision: 'ALLOW',
  policies: { matched: [] },
  versions: {},
  bundle: { rule_id: null, bundle_version: null, bundle_hash: null },
  unknown_fields: [],
  approvals_required: 0,
  limits: {
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed',
    window_policy: 'p',
  },
  ...over,
});

/**
 * Looks at every gate but the budget; `throws` names a gate whose look fails, `until` the first one
 * that is not looked at.
 */
export const looks = (scene = {}) => {
  const { reasons: ofPolicies = [], ...policy } = scene.evaluation ?? {};
  const mode = scene.mode ?? 'AUTO_EXECUTE';
  const ownMode = {
    mode,
    reason: mode === 'AUTO_EXECUTE' ? null : mode,
    explanation: '',
    policy_clause: '',
  };
  const reasons = { autonomy_mode: modeReasons(ownMode), policy: ofPolicies };
  const saw = {
    kill_switch: {
      switches: [{ stream: 'kill_switch-demo:tenant', revision: '0', engaged: scene.engaged === true }],
    },
    posture: {
      answer: { effective: scene.posture ?? 'GREEN', effective_reasons: [] },
    },
    autonomy_mode: { answer: seenMode(ownMode) },
    prediction: { answer: prediction },
    policy: { evaluation: evaluation(policy) },
    blast_radius: {
      affected_entity_count: scene.entities ?? 3,
      estimate: null,
      policies_limit: null,
      default_limit: 10,
      confirm_above_entities: null,
      window_policy: null,
    },
    confidence: {
      intent_confidence: 0.95,
      prediction_confidence: scene.confidence ?? 0.9,
      risk_level: 'LOW',
      tenant_threshold: 0.7,
      action_type_threshold: null,
      policies_threshold: null,
    },
    auto_approval: {
      input: {},
      answer: { decision: scene.auto ?? 'AUTO_EXECUTE', reason: null, explanation: '', policy_clause: '' },
    },
  };
  const missing = lookedAtGates.filter((gate) => saw[gate] === undefined);
  if (missing.length > 0)
    throw new Error(`tools/docs/action-samples.mjs has no look at the gate ${missing.join(', ')}`);
  const all = lookedAtGates.map((gate) =>
    gate === scene.throws
      ? { gate, threw: 'boom' }
      : { gate, saw: saw[gate], ...(reasons[gate]?.length > 0 ? { reasons: reasons[gate] } : {}) },
  );
  return scene.until === undefined
    ? all
    : all.slice(
        0,
        all.findIndex(({ gate }) => gate === scene.until),
      );
};

const observation = (drop) => ({
  before: {},
  after: {},
  delta: { drop_rate_pct: drop },
  samples: 1,
  breaches: [],
});
export const window = { decision: 'CONFIRM', reasons: why };
const twoPeople = { decision: 'NEEDS_APPROVAL', reasons: why, approvals_required: 2 };

export const accept = (intentOver, hash) => ({ kind: 'accept', ...accepted(intentOver, hash), now });
export const walk = (scene, awaited = null) => ({
  kind: 'record_looks',
  gates: looks(scene),
  consume: { day: '2026-01-01', time_zone: 'UTC' },
  ...(awaited === null ? {} : { awaited }),
  now,
});
export const consume = (consumed) => ({
  kind: 'record_consume',
  gates: [
    { gate: 'budget', saw: { answer: { consumed, reason: null, explanation: '', limit: 10, count: 1 } } },
  ],
  now,
});
export const planned = (of) => ({ kind: 'record_plan', plan: of, now });
export const reservation = (granted) => ({
  kind: 'record_reservation',
  granted: granted ? { fencing: '1', expires_at: later(600) } : null,
  held_by: granted ? [] : ['a-0'],
  now,
});
export const lastLook = (scene, of = plan()) => ({
  kind: 'record_last_look',
  gates: looks(scene),
  plan: of,
  soak_s: 10,
  confirm_timeout_s: 100,
  now,
});
/** The state of the executor's transaction while its turn is awaited. */
export const turn = (state, number = 1) => ({
  kind: 'record_turn',
  status: { tx_id: 'a-1', state, reasons: why, turn: number },
  now,
});
export const transaction = (state, drop) => ({
  kind: 'record_transaction',
  status: {
    tx_id: 'a-1',
    state,
    reasons: [],
    observation: drop === undefined ? null : observation(drop),
    diff: [],
  },
  now,
});
const person = { by: 'person:ann', now };
export const byPerson = (kind, over = {}) => ({
  kind,
  ...person,
  digest: 'as shown',
  comment: null,
  seconds: 30,
  ...over,
});
const shownBy = { confirm: 'window', approve_rollback: 'rollback' };
/**
 * A command by a person who has read the request; `as shown` stands for the digest in the state.
 */
export const asRead = (command, state) =>
  command.digest === 'as shown'
    ? { ...command, digest: state[shownBy[command.kind] ?? 'approval']?.digest ?? null }
    : command;

const toPlan = (scene = {}, then = [consume(true)]) => [accept(), walk(scene), ...then, planned(plan())];
/** An action whose plan was approved, with all its holds at once. */
const toPlanApproval = () => {
  const alone = toPlan({ posture: 'YELLOW' }, []);
  const { approval } = alone
    .reduce(
      (events, command) => [
        ...events,
        ...actionDecider.decide(command, fold(actionDecider, events, { occurred_at: now })),
      ],
      [],
    )
    .reduce((state, event) => (event.type === 'ApprovalRequested' ? { approval: event.data } : state), {});
  const digest_parts = Object.fromEntries(
    Object.entries(approval.digest_parts).filter(([name]) => name !== 'holds'),
  );
  const yes = {
    digest: 'plan',
    digest_parts,
    holds: approval.holds,
    approvals_required: 1,
    approved_by: ['person:ann'],
    approved_as: ['person:ann'],
    expires_at: later(3600),
    rolls_back: true,
  };
  const part_of = { plan_id: 'p-1', node_id: 'n-1', role: 'node', approval: yes };
  const [first, ...rest] = alone;
  return [{ ...first, part_of }, ...rest];
};
const toTurn = [...toPlan(), reservation(true), turn('READY')];
const toExecution = [...toTurn, lastLook()];
const completed = [...toExecution, transaction('OBSERVED', -5), transaction('CONFIRMED')];
export const undoPlan = (over = {}) =>
  plan({ diff_hash: 'undo', leaves_fingerprint: 'left', reversible: false, ...over });
export const prepareRollback = (over) => ({
  kind: 'prepare_rollback',
  by: 'person:ann',
  plan: undoPlan(over),
  now,
});
export const lookBack = (look, scene = {}, of = undoPlan()) => ({
  kind: 'record_rollback_look',
  look,
  gates: looks(scene).filter(({ gate }) => gate === 'kill_switch' || gate === 'blast_radius'),
  plan: look === 'last' ? of : null,
  now,
});
export const endTemporary = (at, over) => ({
  kind: 'end_temporary',
  by: 'service:safety-rails',
  plan: undoPlan(over),
  now: at,
});
/** The same life of an action whose change stays for a minute only. */
const temporarily = ([first, ...rest]) => [
  {
    ...first,
    action_type: { ...first.action_type, duration_parameter: 'for_s' },
    intent: { ...first.intent, parameters: { for_s: 60 } },
  },
  ...rest,
];
const toRollback = [
  ...completed,
  { kind: 'record_release', now },
  prepareRollback(),
  byPerson('approve_rollback'),
  lookBack('first'),
];

/** Named sequences of commands. Together they reach every state, in each relevant stage. */
export const lives = {
  'no action': [],
  accepted: [accept()],
  'a service is awaited': [
    accept(),
    walk({ until: 'posture' }, { service: 'posture', gate: 'posture', detail: 'no answer' }),
  ],
  'dry run, gates passed': [accept({ dry_run: true }), walk()],
  'budget asked for': [accept(), walk()],
  'gates passed': [accept(), walk(), consume(true)],
  'reservation asked for': toPlan(),
  'approved with its plan': toPlanApproval(),
  'reservation awaited': [...toPlan(), reservation(false)],
  'turn asked for': [...toPlan(), reservation(true)],
  'turn taken': toTurn,
  'window that proceeds': toPlan({ evaluation: window }),
  'window that expires': toPlan({
    evaluation: { ...window, limits: { ...evaluation().limits, on_elapse: 'expire' } },
  }),
  'window that nobody has been told of': [
    accept(),
    walk({ evaluation: window }),
    consume(true),
    { ...planned(plan()), notify_within_s: 60 },
  ],
  'one yes needed': toPlan({ posture: 'YELLOW' }, []),
  'two yeses needed': toPlan({ evaluation: twoPeople }, []),
  'apply under way': toExecution,
  soaking: [...toExecution, transaction('TENTATIVE')],
  'confirm asked for': [...toExecution, transaction('OBSERVED', -5)],
  'undo asked for': [...toExecution, transaction('OBSERVED', 5)],
  completed,
  'rollback shown': [...completed, prepareRollback()],
  'rollback shown to its plan': [
    ...toPlanApproval(),
    reservation(true),
    turn('READY'),
    lastLook({ posture: 'YELLOW' }),
    transaction('OBSERVED', -5),
    transaction('CONFIRMED'),
    prepareRollback(),
  ],
  'rollback approved': [...completed, prepareRollback(), byPerson('approve_rollback')],
  'rollback waits for its reservation': toRollback,
  'rollback reserved': [...toRollback, reservation(true)],
  'completed action being taken back': [...toRollback, reservation(true), lookBack('last')],
  'temporary change in place': temporarily(completed),
  'temporary change being undone': temporarily([
    ...completed,
    { kind: 'record_release', now },
    endTemporary(later(60)),
    lookBack('first'),
    reservation(true),
    lookBack('last'),
  ]),
  'rolled back': [...toExecution, transaction('OBSERVED', 5), transaction('ROLLED_BACK')],
  'rollback failed': [...toExecution, transaction('OBSERVED', 5), transaction('ROLLBACK_FAILED')],
  denied: [accept(), walk({ posture: 'RED' })],
  blocked: [accept(), walk({ mode: 'DISABLED' })],
  proposed: [accept(), walk({ mode: 'PROPOSE_ONLY' })],
  rejected: [...toPlan({ posture: 'YELLOW' }, []), byPerson('reject')],
  expired: [...toPlan({ posture: 'YELLOW' }, []), { kind: 'tick', now: later(3600) }],
  'cancelled, the budget to be given back': [...toPlan(), byPerson('cancel')],
};
