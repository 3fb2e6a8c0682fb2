import { Button, Paper } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { tenantStore } from '../../api/client.js';
import { useMissingScope } from '../../api/session.js';
import { counted, numberText } from '../../format.js';
import { Dialog } from '../../ui/dialogs/Dialog.js';
import { Note } from '../../ui/Note.js';
import { ActionButton, Id, Loaded, Problem, Time } from '../../ui/parts.js';
import {
  activateBundle,
  approveBundle,
  flipListQuery,
  makeFlipList,
  type Bundle,
  type FlipList as List,
} from '../api.js';
import { FlipList } from '../analysis/Flips.js';
import { needsNote } from '../analysis/flip-words.js';
import { whoText } from '../rules.js';
import { copyLink } from '../../ui/copy.js';

const shown = (list: List) =>
  list.flips
    .filter(({ active, to }) => active !== to)
    .map(({ evaluation_id: id, active, from, to, rule_id: rule, was_rule_id: wasRule }) => ({
      id,
      from: active,
      to,
      rule,
      wasRule,
      action: null,
      what: from === active ? '' : `was ${from}`,
    }));

type ListedProps = {
  readonly bundle: Bundle;
  readonly list: List;
  readonly onClose: () => void;
};
/** A recorded flip list, and the digest that an approval of it is bound to. */
const Listed = ({ bundle, list, onClose }: ListedProps): ReactElement => {
  const queries = useQueryClient();
  const missing = useMissingScope('POLICY_ACTIVATE');
  const [note, setNote] = useState('');
  const stale = list.bundle_hash !== bundle.bundle_hash;
  const noted = needsNote(list.counts, list.counts_active);
  const approval = bundle.approvals.findLast((one) => one.bundle_hash === bundle.bundle_hash);
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['bundles'] });
  const approving = useMutation({
    mutationFn: () =>
      approveBundle(tenantStore.get(), bundle.id, {
        bundle_hash: bundle.bundle_hash,
        flip_list_hash: list.flip_list_hash,
        ...(note.trim() === '' ? {} : { note: note.trim() }),
      }),
    onSettled: refresh,
  });
  const activating = useMutation({
    mutationFn: (approvalId: string) =>
      activateBundle(tenantStore.get(), bundle.id, {
        bundle_hash: bundle.bundle_hash,
        approval_id: approvalId,
      }),
    onSettled: refresh,
  });
  const off =
    missing ??
    (stale
      ? 'The bundle has changed since this list was made. Make the list again'
      : approving.isPending
        ? 'Still sending'
        : noted && note.trim() === ''
          ? 'It no longer denies something it denied before. Write a note first'
          : undefined);
  return (
    <div className="col" style={{ gap: 12 }}>
      <dl className="kv">
        <dt>Bundle</dt>
        <dd>
          <span className="mono iso">{list.version}</span>, <Id id={list.bundle_hash} />
        </dd>
        <dt>Evaluated</dt>
        <dd>
          {counted(list.evaluations, 'recorded decision')}
          {list.capped ? ', the newest' : ''}, from <Time at={list.from} /> to <Time at={list.to} zoned />
        </dd>
        <dt>Flip list</dt>
        <dd>
          <Id id={list.flip_list_hash} />
          {list.truncated ? `, the first ${numberText(list.flips.length)} are shown` : ''}
        </dd>
        {approval === undefined ? null : (
          <>
            <dt>Approved</dt>
            <dd className="iso">
              by {whoText(approval.approved_by)} at <Time at={approval.approved_at} zoned />
              {approval.note === '' ? '' : `: ${approval.note}`}
            </dd>
          </>
        )}
      </dl>
      <Paper
        withBorder
        mah={300}
        style={{ overflow: 'auto' }}
        tabIndex={0}
        role="region"
        aria-label="What it would change"
      >
        <FlipList label="Flip list of the approval" counts={list.counts_active} flips={shown(list)} />
      </Paper>
      {approval === undefined ? (
        <>
          <p className="sm t2">
            This list requests the approval. A person other than the author, with the scope POLICY_ACTIVATE,
            opens this address and approves exactly this bundle and list.
          </p>
          <Note
            label={`Note${noted ? ' (required: it no longer denies something it denied before)' : ''}`}
            value={note}
            onText={setNote}
          />
          <div className="row wrap">
            <ActionButton variant="filled" off={off} showReason onAct={() => approving.mutate()}>
              {approving.isPending ? 'Sending…' : `Approve ${list.version}`}
            </ActionButton>
            <Button onClick={copyLink}>Copy the address</Button>
          </div>
          {approving.isError ? <Problem error={approving.error} /> : null}
        </>
      ) : bundle.status === 'draft' ? (
        <>
          <p className="sm t2">
            It starts with 10 % of entities next to the active bundle, or with all if none is active.
          </p>
          <div className="row wrap">
            <ActionButton
              variant="filled"
              off={missing}
              sending={activating.isPending}
              showReason
              onAct={() => activating.mutate(approval.approval_id)}
            >
              {`Activate ${list.version}`}
            </ActionButton>
          </div>
          {activating.isError ? <Problem error={activating.error} /> : null}
        </>
      ) : (
        <p className="sm t2">
          It is activated:{' '}
          <Link to="/studio/$bundle/$step" params={{ bundle: bundle.id, step: 'rollout' }} onClick={onClose}>
            see its rollout
          </Link>
          .
        </p>
      )}
    </div>
  );
};

type ApprovalDialogProps = {
  readonly bundle: Bundle;
  readonly onClose: () => void;
};
/**
 * Requests an approval: it records the decisions that the bundle would change. If this user may
 * approve, it takes the approval too.
 */
export const ApprovalDialog = ({ bundle, onClose }: ApprovalDialogProps): ReactElement => {
  const queries = useQueryClient();
  const list = useQuery(flipListQuery(bundle.id));
  const write = useMissingScope('POLICY_WRITE');
  const activate = useMissingScope('POLICY_ACTIVATE');
  const making = useMutation({
    mutationFn: () => makeFlipList(tenantStore.get(), bundle.id),
    onSuccess: (made) => queries.setQueryData(flipListQuery(bundle.id).queryKey, made),
  });
  const off =
    write !== undefined && activate !== undefined ? write : making.isPending ? 'Still creating' : undefined;
  return (
    <Dialog opened title={`Approval of ${bundle.version}`} size={680} onClose={onClose}>
      <div className="col" style={{ gap: 12 }}>
        <div className="row wrap">
          <ActionButton
            variant={list.data === null ? 'filled' : 'default'}
            off={off}
            showReason
            onAct={() => making.mutate()}
          >
            {making.isPending
              ? 'Replaying…'
              : list.data === null || list.data === undefined
                ? 'Make the flip list and ask for approval'
                : 'Make it again'}
          </ActionButton>
          <span className="sm t2">The list replays the last 14 days and is kept with the bundle.</span>
        </div>
        {making.isError ? <Problem error={making.error} /> : null}
        <Loaded query={list} rows={3} what="the flip list">
          {(made) => (made === null ? <span /> : <Listed bundle={bundle} list={made} onClose={onClose} />)}
        </Loaded>
      </div>
    </Dialog>
  );
};
