import {
  brakeDecider,
  brakeStream,
  responseDecider,
  responseStream,
  trustLockDecider,
  trustLockStream,
  type ResponseCommand,
} from '@interlock/posture';
import {
  builtInActionTypes,
  executorDecider,
  executorsStream,
  tenantDecider,
  tenantLoosens,
  tenantStream,
} from '@interlock/rails';
import { personDecider, personStream } from '@interlock/tree';
import { uuidV5 } from '@interlock/kernel';
import { writeSetting } from '../changes.ts';
import { person, service, tenant } from '../journal.ts';
import { purchaseStory, toolStory } from './agents.ts';
import { planStory } from './plan.ts';
import { feedbackStory, rollbackStory } from './rollback.ts';
import { intentOf, isOver, moment, type Story } from './story.ts';

const [duty, dora] = [person('duty'), person('dora')];

/** A run of the response runner that makes one check. */
const responseStory: Story = ({ log, submit, stateOf }) => {
  const response_id = uuidV5('response', `${log.position}`);
  const stream = responseStream(tenant, response_id);
  const tell = (command: ResponseCommand): void =>
    log.tell(stream, responseDecider, command, service('posture'));
  tell({
    kind: 'PlanResponse',
    data: {
      response_id,
      policy: 'YELLOW',
      mode: 'apply',
      trigger: 'person',
      actions: [{ action: 'integrity_check', reversible: false }],
    },
  });
  const action = 'integrity_check';
  const action_id = submit(
    intentOf({
      intent_id: `${response_id}:${action}`,
      action_type: action,
      entity_id: 'interlock',
      trigger_type: 'response',
    }),
    service('posture'),
    builtInActionTypes.find((type) => type.action_type === action)!,
  );
  tell({ kind: 'SubmitAction', data: { action, action_id } });
  return () => {
    const state = stateOf(action_id);
    if (!isOver(state)) return false;
    tell({
      kind: 'EndAction',
      data: { action, action_id, state: state.status, passed: null, detail: 'as it ended' },
    });
    tell({ kind: 'CompleteResponse' });
    return true;
  };
};

const erasure = moment((log) => {
  const id = uuidV5('person', 'carl');
  log.tell(personStream(tenant, id), personDecider, { kind: 'record_erasure', person_id: id }, duty);
});

const executors = moment((log) => {
  const of = { service: 'netconf-gateway', instance: 'sim' };
  const by = service('netconf-gateway');
  const use = { stream: `kill_switch-${tenant}:tenant`, revision: '0' };
  log.tell(executorsStream, executorDecider, { kind: 'register', ...of, now: log.at }, by);
  log.tell(executorsStream, executorDecider, { kind: 'answer', ...of, ...use }, by);
  log.tell(executorsStream, executorDecider, { kind: 'leave', ...of }, by);
});

const guards = moment((log) => {
  const lock = trustLockStream(tenant);
  log.tell(lock, trustLockDecider, { kind: 'LockTrust', reason: 'drill', cause: 'person' }, duty);
  log.tell(lock, trustLockDecider, { kind: 'UnlockTrust', reason: 'over', force: false, now: log.at }, duty);
  log.tell(lock, trustLockDecider, { kind: 'ResetUnlocks', reason: 'a new day', now: log.at }, duty);
  const brake = brakeStream(tenant);
  log.tell(brake, brakeDecider, { kind: 'EngageBrake', reason: 'drill' }, duty);
  log.tell(brake, brakeDecider, { kind: 'ReleaseBrake', reason: 'over' }, duty);
});

const registration = moment((log) => {
  const stream = tenantStream(tenant);
  const credential = 'service:nats.sim.other';
  const setting = { stream, decider: tenantDecider, loosens: tenantLoosens };
  const may = { agents: ['*'], accounts: ['*'], public_key: null };
  writeSetting(log, setting, { kind: 'create', tenant_id: tenant }, duty, dora);
  writeSetting(log, setting, { kind: 'register', credential, ...may }, duty, dora);
  writeSetting(log, setting, { kind: 'revoke', credential }, duty, dora);
});

/** Features that only some installations use, in order. */
export const stories: readonly Story[] = [
  planStory('plan-1'),
  planStory('plan-2', { cancelled: true }),
  rollbackStory,
  feedbackStory,
  toolStory,
  purchaseStory,
  responseStory,
  executors,
  guards,
  registration,
  erasure,
];
