import { fold, type DomainEvent } from '@interlock/kernel';
import { callDecider, type CallCommand, type CallEvent } from '../src/index.js';

const why = [{ code: 'outcome-unknown', detail: 'the outcome is unknown' }];
const mark = { sha256: 'ab12', bytes: 24 };

export const askTurn: CallCommand = {
  kind: 'AcceptTurn',
  asked: {
    turn: 1,
    request_id: 'r-0',
    action_id: 'a-1',
    action_type: 'inbox.quarantine',
    version: 2,
    entity_id: 'message-1',
    on_unknown: 'undo',
  },
};
export const takeTurn: CallCommand = {
  kind: 'RecordTurn',
  turn: 1,
  instance: 'gateway-1',
  plan_hash: 'plan',
  diff: [{ path: '/folder', before: 'inbox', after: 'quarantine' }],
};
export const accept = {
  kind: 'AcceptApply' as const,
  apply: {
    action_id: 'a-1',
    request_id: 'r-1',
    epoch: '-1.-1.-1',
    plan_hash: 'plan',
    action_type: 'inbox.quarantine',
    entity_id: 'message-1',
    soak_s: 5,
    confirm_timeout_s: 95,
    turn: 1,
  },
} satisfies CallCommand;
export const request: CallCommand = { kind: 'RequestCall', instance: 'gateway-1' };
export const applied: CallCommand = {
  kind: 'RecordApplied',
  by: 'apply',
  undo: { sealed: 'c2VhbGVk' },
  answer: mark,
};
export const observation: CallCommand = {
  kind: 'RecordObservation',
  observation: {
    before: { spam_pct: 10 },
    after: { spam_pct: 5 },
    delta: { spam_pct: -5 },
    samples: 1,
    breaches: [],
  },
};
export const confirm: CallCommand = { kind: 'RequestConfirm', request_id: 'r-2' };
export const confirmed: CallCommand = { kind: 'RecordConfirmed', answer: mark };
export const undo = {
  kind: 'RequestUndo' as const,
  request_id: 'r-3',
  reasons: why,
} satisfies CallCommand;
export const takeBack: CallCommand = { kind: 'TakeBack', reasons: why };
export const unknown: CallCommand = { kind: 'RecordUnknown', reasons: why };

/** The events that these commands write, in order. */
export const written = (...commands: readonly CallCommand[]): readonly CallEvent[] =>
  commands.reduce<readonly CallEvent[]>(
    (events, command) => [...events, ...callDecider.decide(command, fold(callDecider, events))],
    [],
  );

/** One example of each event of this context, as the decider writes it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const begun = [askTurn, takeTurn, accept, request] as const;
  const events: readonly DomainEvent[] = [
    ...written(...begun, applied, observation, confirm, confirmed, undo, {
      kind: 'RecordUndone',
      how: 'undo',
      reasons: [],
    }),
    ...written(
      ...begun,
      applied,
      observation,
      confirm,
      confirmed,
      { ...undo, rollback: true },
      { kind: 'RequestUndoCall', instance: 'gateway-1' },
      { kind: 'RefuseUndo', reasons: why },
    ).slice(-2),
    ...written(...begun, unknown, { kind: 'RecordFailed', reasons: why }),
    ...written(...begun, unknown, { kind: 'RecordUndoFailed', reasons: why }),
    ...written(askTurn, { kind: 'RecordLapse', reasons: why }),
    ...written(askTurn, { kind: 'RefuseApply', request_id: 'r-0', reasons: why }),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
