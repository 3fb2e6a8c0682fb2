import { randomUUID } from 'node:crypto';
import { noteEvents, noteParts, testMetadata } from '@interlock/kernel';
import type { Audited } from './audited.js';

const accepted = { intent: { account_id: 'a', agent: 'x', action_type: 't', entity_id: 'e' } };
/** The events of an action from its beginning to its end. */
export const ended = ['IntentAccepted', 'GatesJudged', 'ExecutionStarted', 'ActionCompleted'] as const;

/** Writes an action's events. */
export const writeAction = async (
  audited: Audited,
  id: string,
  types: readonly string[],
  data: object = {},
): Promise<void> => {
  for (const type of types)
    await audited.parts.log.store.append(
      `action-demo:${id}`,
      [
        {
          id: randomUUID(),
          type,
          data:
            type === 'IntentAccepted'
              ? { ...accepted, ...data }
              : type === 'GatesJudged'
                ? { gates: [] }
                : {},
          metadata: { ...testMetadata(), tenant_id: 'demo' },
        },
      ],
      'any',
    );
};

/** The transaction of an action on a device. */
export const transact = async (audited: Audited, id: string, ...types: readonly string[]): Promise<void> => {
  const { store } = audited.parts.log;
  for (const type of types)
    await store.append(
      `device_tx-demo:${id}`,
      [
        {
          id: randomUUID(),
          type,
          data: { action_id: id, device_id: 'r1', reasons: [] },
          metadata: { ...testMetadata(), tenant_id: 'demo' },
        },
      ],
      'any',
    );
};

/**
 * The services that look back on actions, and the one that drives transactions, note their open
 * work, as at an orderly stop.
 */
export const note = async (audited: Audited, streams: readonly string[]): Promise<void> => {
  const { store } = audited.parts.log;
  const head = await store.head();
  const own = (category: string): readonly string[] => streams.filter((one) => one.startsWith(category));
  for (const [name, named] of [
    ['safety-rails', [...own('action-'), ...own('plan-')]],
    ['policy-evaluator', own('action-')],
    ['netconf-gateway', own('device_tx-')],
  ] as const)
    for (const event of noteEvents(name, noteParts(name, head!, named), new Date().toISOString()))
      await store.append(`open_work-_system:${name}`, [event], 'any');
};
