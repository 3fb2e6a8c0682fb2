import { useState, type ReactElement } from 'react';
import { useDecide, type Action } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { ActionButton, Id, Problem, Skeleton, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/dialogs/ReasonDialog.js';
import { LeafDiff } from './LeafDiff.js';
import { isRollbackUnderWay } from './words.js';

/** The changes that the rollback would make, as the server has just computed them. */
const Shown = ({ rollback }: { readonly rollback: NonNullable<Action['rollback']> }): ReactElement => (
  <div className="col" style={{ gap: 8 }}>
    <p className="t2">
      It restores {counted(rollback.plan.diff.length, 'leaf', 'leaves')} on{' '}
      <b className="mono iso">{rollback.plan.device_id}</b>, as a new execution with its own gates,
      reservation and final check. If anybody changes these leaves first, nothing is sent.
    </p>
    <LeafDiff label="Leaves to restore" diff={rollback.plan.diff} />
    <p className="sm t2">
      Your yes is bound to <Id id={rollback.digest} />, valid until <Time at={rollback.expires_at} zoned />.
    </p>
  </div>
);

/**
 * Rolls back a completed action. It first shows the changes, and then sends an approval of exactly
 * these.
 */
export const TakeBack = ({ action }: { readonly action: Action }): ReactElement | null => {
  const [opened, setOpened] = useState(false);
  const prepare = useDecide();
  const send = useDecide();
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  if (action.dry_run || action.plan === null) return null;
  // An open dialog stays open even if the action changes its state.
  if (action.state !== 'COMPLETED' && !opened) return null;
  const { tenant_id: tenant, action_id: id } = action;
  const close = (): void => setOpened(false);
  const shown = prepare.data?.rollback ?? null;
  const underWay = isRollbackUnderWay(action.rollback) ? 'Its rollback is under way' : undefined;
  return (
    <>
      <ActionButton
        id="take-back"
        off={
          missing ??
          underWay ??
          (action.plan.reversible ? undefined : 'Its changes cannot be rolled back automatically')
        }
        onAct={() => {
          send.reset();
          setOpened(true);
          prepare.mutate({ tenant, id, kind: 'rollback', comment: '' });
        }}
      >
        Roll back…
      </ActionButton>
      <ReasonDialog
        opened={opened}
        onClose={close}
        title="Roll back a completed action"
        act="Roll back"
        danger
        send={send}
        off={
          missing ??
          (prepare.isPending ? 'The leaves to restore are still loading' : undefined) ??
          (shown === null ? 'There is nothing to approve' : undefined)
        }
        onSend={(comment) => {
          if (shown !== null)
            send.mutate(
              { tenant, id, kind: 'rollback', comment, digest: shown.digest },
              { onSuccess: close },
            );
        }}
      >
        {prepare.isError ? (
          <Problem error={prepare.error} what="nothing was changed" />
        ) : shown === null ? (
          <Skeleton rows={4} />
        ) : (
          <Shown rollback={shown} />
        )}
      </ReasonDialog>
    </>
  );
};
