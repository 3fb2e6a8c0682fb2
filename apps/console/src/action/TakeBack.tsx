import { useState, type ReactElement } from 'react';
import { useDecide, type Action } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { Act, Id, Problem, Skeleton, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/ReasonDialog.js';
import { LeafDiff } from './LeafDiff.js';
import { isRollbackUnderWay } from './words.js';

/** What a yes to the rollback would change back, as it was read just now. */
const Shown = ({ rollback }: { readonly rollback: NonNullable<Action['rollback']> }): ReactElement => (
  <div className="col" style={{ gap: 8 }}>
    <p className="t2">
      It changes {counted(rollback.plan.diff.length, 'leaf', 'leaves')} back on{' '}
      <b className="mono iso">{rollback.plan.device_id}</b>, as a new execution with gates, a reservation and
      a last look of its own. If anybody changes these leaves before, nothing is sent.
    </p>
    <LeafDiff label="What is changed back" diff={rollback.plan.diff} />
    <p className="sm t2">
      Your yes is bound to <Id id={rollback.digest} />, good until <Time at={rollback.expires_at} zoned />.
    </p>
  </div>
);

/**
 * Rolls a completed action back: shows first what would be changed back, and sends a yes to exactly
 * that.
 */
export const TakeBack = ({ action }: { readonly action: Action }): ReactElement | null => {
  const [opened, setOpened] = useState(false);
  const prepare = useDecide();
  const send = useDecide();
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  if (action.dry_run || action.plan === null) return null;
  // The dialog stays for as long as it is open, also where the action goes on meanwhile.
  if (action.state !== 'COMPLETED' && !opened) return null;
  const { tenant_id: tenant, action_id: id } = action;
  const close = (): void => {
    setOpened(false);
  };
  const shown = prepare.data?.rollback ?? null;
  const underWay = isRollbackUnderWay(action.rollback) ? 'Its rollback is under way' : undefined;
  return (
    <>
      <Act
        id="take-back"
        off={
          missing ??
          underWay ??
          (action.plan.reversible ? undefined : 'What it changed cannot be taken back by itself')
        }
        onAct={() => {
          send.reset();
          setOpened(true);
          prepare.mutate({ tenant, id, kind: 'rollback', comment: '' });
        }}
      >
        Roll back…
      </Act>
      <ReasonDialog
        opened={opened}
        onClose={close}
        title="Roll back a completed action"
        act="Roll back"
        danger
        send={send}
        off={
          missing ??
          (prepare.isPending ? 'What would be changed back is being read' : undefined) ??
          (shown === null ? 'There is nothing that a yes could be given to' : undefined)
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
