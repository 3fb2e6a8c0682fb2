import type { ActionIntentV1, ActionTypeV1 } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { callDecider } from '@interlock/agents';
import {
  responseDecider,
  responseStream,
  responseWorkDecider,
  responseWorkStream,
  signalDecider,
  signalStream,
  type SignalState,
} from '@interlock/posture';
import { actionDecider, builtInActionTypes, type ActionState } from '@interlock/rails';
import { command } from '../action.ts';
import { writeSetting } from '../changes.ts';
import { person, service, tenant, type Answer, type Fault, type Journal } from '../journal.ts';
import { reportSignals } from '../posture.ts';
import { stopReason, whileStopped } from '../stop.ts';
import { define } from '../policies.ts';
import { rollbackOf } from '../stories/rollback.ts';
import { intentOf, isOver, type Story } from '../stories/story.ts';
import { budgetOf, modes } from './settings.ts';

/** How an action differs from one that completes. */
type Course = {
  readonly answer?: Answer;
  readonly faults?: readonly Fault[];
  /** The tenant is stopped as soon as this is true. */
  readonly stopped?: (log: Journal, id: string) => boolean;
  /** A person asks the completed action back, with these faults. */
  readonly takenBack?: readonly Fault[];
};
const sender = service('nats.sim');

/** An action of one course, from its intent to its end. */
const course =
  (
    intent: Pick<ActionIntentV1, 'intent_id' | 'action_type'> & Partial<ActionIntentV1>,
    of: Course,
    defined?: (log: Journal) => ActionTypeV1,
    by = sender,
  ): Story =>
  ({ log, submit, stateOf, wake }) => {
    if (
      log.now -
        Date.parse(
          (
            log.state(
              signalStream(tenant, 'integrity_score'),
              signalDecider as never,
            ) as unknown as SignalState
          ).report!.at,
        ) >
      600_000
    )
      reportSignals(log);
    const type = defined?.(log) ?? builtInActionTypes.find((one) => one.action_type === intent.action_type)!;
    log.answer = of.answer ?? 'approve';
    log.faults.clear();
    for (const fault of of.faults ?? []) log.faults.add(fault);
    const id = submit(intentOf(intent), by, type);
    const stream = `action-${tenant}:${id}`;
    let isToStop = of.stopped !== undefined;
    let isToTakeBack = of.takenBack !== undefined;
    return () => {
      const state = stateOf(id);
      if (isToStop && of.stopped!(log, id)) {
        isToStop = false;
        whileStopped(log, () => {
          const stop = {
            kind: 'stop_by_kill_switch',
            reasons: [stopReason],
            rollback_in_flight: true,
          } as const;
          command(log, stream, { ...stop, now: log.at }, person('duty'));
        });
      }
      if (!isOver(state)) return false;
      if (isToTakeBack) {
        isToTakeBack = false;
        for (const fault of of.takenBack!) log.faults.add(fault);
        rollbackOf(log, id);
        wake(id);
      }
      return true;
    };
  };

/** Alarms are silenced for two seconds, and the shelf is then removed. */
const silence = course(
  {
    intent_id: 'rare-silence',
    action_type: 'alarm_silence',
    entity_id: 'gnb-1',
    parameters: { shelf: 'works', resource: 'eth0', alarm_type: 'acme-alarms:link-alarm', for_s: 2 },
  },
  {},
);

let named = 0;
const failover = (of: Course, offset = 3, over: Partial<ActionIntentV1> = {}): Story => {
  named += 1;
  return course(
    {
      intent_id: `rare-${named}`,
      action_type: 'cell_failover',
      entity_id: `cell-${named % 12}`,
      parameters: { power_raise_db: 3, cell_individual_offset: offset },
      affected_entity_count: offset % 2 === 0 ? 1 : 3,
      ...over,
    },
    of,
  );
};

/** Two actions of an account with a budget of one. */
const poor: Story = (teller) => {
  const { log } = teller;
  const anna = person('anna');
  const key = { account_id: 'core', action_type: 'cell_failover' };
  const limits = { max_autonomous_per_day: 1, max_per_action_type: {}, decay_if_unused: false };
  writeSetting(log, modes, { kind: 'SetMode', key, mode: 'AUTO_EXECUTE' }, anna, person('dora'));
  writeSetting(
    log,
    budgetOf('core'),
    { kind: 'SetBudget', account_id: 'core', limits },
    anna,
    person('dora'),
  );
  // They want the same cell, so that the second waits for the first.
  const [first, second] = [1, 2].map((n) =>
    failover({}, 3, { intent_id: `poor-${n}`, account_id: n === 1 ? 'ran' : 'core', entity_id: 'cell-9' })(
      teller,
    ),
  );
  const third = failover({}, 3, { account_id: 'core', entity_id: 'cell-3' })(teller);
  return () => [first!(), second!(), third()].every(Boolean);
};

/** A tool of the tenant's own, which can undo. */
const ownTool = (log: Journal): ActionTypeV1 =>
  define(log, {
    action_type: 'inbox.move',
    title: 'Moves a message',
    parameters_schema: { type: 'object' },
    handler: {
      service: 'agent-gateway',
      name: 'inbox.move',
      endpoint: {
        kind: 'webhook',
        url: 'https://inbox.example.org/move',
        secret_ref: 'file:inbox',
        steps: ['apply', 'undo', 'status'],
        timeout_ms: 5000,
        max_calls: 4,
      },
    },
    impact_fields: [],
    reversible: true,
    read_only: false,
    external_contact: false,
  });
const call = (of: Course): Story => {
  named += 1;
  return course(
    { intent_id: `rare-${named}`, action_type: 'inbox.move', entity_id: `message-${named}` },
    of,
    ownTool,
  );
};
const isCall =
  (phase: string) =>
  (log: Journal, id: string): boolean =>
    (log.state(`call-${tenant}:${id}`, callDecider as never) as { readonly phase: string }).phase === phase;

const check = (of: Course): Story => {
  named += 1;
  return course(
    {
      intent_id: `rare-${named}`,
      action_type: 'integrity_check',
      entity_id: 'interlock',
      trigger_type: 'response',
    },
    of,
    undefined,
    service('posture'),
  );
};
const isWork =
  (phase: string) =>
  (log: Journal, id: string): boolean =>
    (log.state(responseWorkStream(tenant, id), responseWorkDecider as never) as { readonly phase: string })
      .phase === phase;

/** A run of the response runner whose change is taken back, at the second attempt. */
const undoneResponse: Story = (teller) => {
  const { log } = teller;
  const response_id = uuidV5('response', 'undone');
  const action = 'integrity_anchor_mirror';
  const tell = (told: Parameters<typeof responseDecider.decide>[0]): void =>
    log.tell(responseStream(tenant, response_id), responseDecider, told, service('posture'));
  const run = { policy: 'RED', mode: 'apply', trigger: 'person' } as const;
  tell({
    kind: 'PlanResponse',
    data: { response_id, ...run, actions: [{ action, reversible: true }] },
  });
  const intent_id = `${response_id}:${action}`;
  let action_id = '';
  const step = course(
    { intent_id, action_type: action, entity_id: 'interlock', trigger_type: 'response' },
    {},
    undefined,
    service('posture'),
  )({
    ...teller,
    submit: (...of) => {
      action_id = teller.submit(...of);
      return action_id;
    },
  });
  tell({ kind: 'SubmitAction', data: { action, action_id } });
  return () => {
    if (!step()) return false;
    const { status } = log.state(
      `action-${tenant}:${action_id}`,
      actionDecider as never,
    ) as unknown as ActionState;
    tell({
      kind: 'EndAction',
      data: { action, action_id, state: status, passed: null, detail: 'rebuilt from 12 checkpoints' },
    });
    tell({ kind: 'CompleteResponse' });
    tell({ kind: 'FailUndo', detail: 'the mirror could not be put back (EACCES)' });
    tell({ kind: 'UndoResponse', reason: 'the old mirror is wanted', restored: 'mirrors/anchor_chain.json' });
    return true;
  };
};

export const courses: readonly Story[] = [
  failover({ answer: 'approve' }, 8),
  failover({ answer: 'extend' }, 8),
  failover({ answer: 'cancel' }, 8),
  failover({ answer: 'reject' }, 12),
  failover({ answer: 'nothing' }, 5),
  failover({ answer: 'nothing', faults: ['notified'] }, 8),
  failover({ answer: 'nothing', faults: ['escalated'] }, 12),
  failover({ faults: ['no-service'] }),
  failover({ faults: ['refused'] }),
  failover({ faults: ['lapsed'] }),
  failover({ faults: ['failed'] }),
  failover({ faults: ['worse', 'undo-failed'] }),
  failover({ faults: ['worse'] }),
  failover({ takenBack: ['undo-refused'] }),
  poor,
  call({}),
  call({ faults: ['refused'] }),
  call({ faults: ['lapsed'] }),
  call({ faults: ['failed'] }),
  call({ faults: ['unknown'] }),
  call({ stopped: isCall('applied') }),
  call({ stopped: isCall('applied'), faults: ['undo-failed'] }),
  call({ takenBack: ['undo-refused'] }),
  call({ takenBack: [] }),
  check({ faults: ['lapsed'] }),
  check({ faults: ['failed'] }),
  check({ stopped: isWork('accepted') }),
  check({ stopped: isWork('requested') }),
  check({ stopped: isWork('requested'), faults: ['undo-failed'] }),
  undoneResponse,
  silence,
];
