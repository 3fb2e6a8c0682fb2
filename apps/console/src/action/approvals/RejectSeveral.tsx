import { Checkbox } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { call } from '../../api/client.js';
import type { InboxItem } from '../../api/queries.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { counted } from '../../format.js';
import { inboxTitle } from '../../ui/inbox.js';
import { Problem } from '../../ui/parts.js';
import { ReasonAct } from '../../ui/dialogs/ReasonAct.js';

/**
 * Rejects the actions one after another. Returns the error of each action that was not rejected.
 */
const rejectAll = async (ids: readonly string[], comment: string): Promise<readonly unknown[]> => {
  const refusals: unknown[] = [];
  for (const id of ids)
    await call('post', '/api/v1/autonomous/actions/{id}/reject', { path: { id }, body: { comment } }).catch(
      (error: unknown) => refusals.push(error),
    );
  return refusals;
};

/** Rejects several actions that wait for an approval, all for the same reason. */
export const RejectSeveral = ({ items }: { readonly items: readonly InboxItem[] }): ReactElement | null => {
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const waiting = items.filter(({ kind }) => kind === 'approval');
  const chosen = waiting.filter(({ id }) => !left.has(id));
  const reject = useSend(
    (reason: string) =>
      rejectAll(
        chosen.map(({ id }) => id),
        reason,
      ),
    ['actions', 'action', 'inbox'],
    (_reason, refusals) => (refusals.length === 0 ? 'The requests were rejected.' : undefined),
  );
  const [refusal, ...more] = reject.data ?? [];
  return waiting.length < 2 && refusal === undefined ? null : (
    <div className="b">
      <ReasonAct
        label="Reject several…"
        off={missing}
        title="Reject several requests"
        act={`Reject ${counted(chosen.length, 'request')}`}
        danger
        always
        incomplete={chosen.length === 0 ? 'Choose one' : undefined}
        send={reject}
      >
        {waiting.map((item) => (
          <Checkbox
            key={item.id}
            label={`${inboxTitle(item)} ${item.subject ?? ''}`}
            checked={!left.has(item.id)}
            onChange={({ currentTarget: { checked } }) =>
              setLeft((old) => new Set(checked ? [...old].filter((id) => id !== item.id) : [...old, item.id]))
            }
          />
        ))}
      </ReasonAct>
      {refusal === undefined ? null : (
        <Problem error={refusal} what={`${counted(more.length + 1, 'request')} could not be rejected`} />
      )}
    </div>
  );
};
