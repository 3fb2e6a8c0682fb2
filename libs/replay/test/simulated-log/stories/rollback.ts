import { uuidV5 } from '@interlock/kernel';
import {
  actionDecider,
  feedbackDecider,
  judgedAction,
  type ActionCommand,
  type ActionState,
} from '@interlock/rails';
import { undoPlanOfAction as undoPlan } from '../handlers.ts';
import { person, tenant, type Journal } from '../journal.ts';
import type { Story } from './story.ts';

const prefix = `action-${tenant}:`;
const dora = `person:${uuidV5('person', 'dora')}`;

/** The actions so far that a device completed, latest first. */
const completed = (log: Journal): readonly ActionState[] =>
  [...log.streams]
    .filter(([stream]) => stream.startsWith(prefix))
    .map(([, { state }]) => state as ActionState)
    .filter(
      (state) =>
        state.status === 'COMPLETED' &&
        state.execution !== null &&
        state.accepted.action_type.handler?.service === 'netconf-gateway',
    )
    .toReversed();

/** A person is shown what taking a completed action back would change, and approves it. */
export const rollbackOf = (log: Journal, id: string): void => {
  const stateNow = (): ActionState =>
    log.state(`${prefix}${id}`, actionDecider as never) as unknown as ActionState;
  const tell = (command: ActionCommand): void =>
    log.tell(`${prefix}${id}`, actionDecider, command, person('dora'));
  tell({ kind: 'prepare_rollback', by: dora, plan: undoPlan(stateNow()), now: log.at });
  const { rollback } = stateNow();
  tell({ kind: 'approve_rollback', by: dora, digest: rollback!.digest, comment: null, now: log.at });
};

/** A completed action is shown to a person, approved and taken back. */
export const rollbackStory: Story = ({ log, wake }) => {
  const id = completed(log)[0]!.accepted!.action_id;
  rollbackOf(log, id);
  wake(id);
  return () => true;
};

/** Two people give feedback on a completed action. */
export const feedbackStory: Story =
  ({ log }) =>
  () => {
    const judged = judgedAction(completed(log)[0]!)!;
    for (const [name, verdict] of [
      ['dora', 'good'],
      ['emil', 'harmful'],
      ['dora', 'bad'],
    ] as const)
      log.tell(
        `feedback-${tenant}:${judged.action_id}`,
        feedbackDecider,
        {
          kind: 'give',
          ...judged,
          by: `person:${uuidV5('person', name)}`,
          by_requester: false,
          verdict,
          ...(name === 'emil' ? { comment: 'sealed' } : {}),
        },
        person(name),
      );
    return true;
  };
