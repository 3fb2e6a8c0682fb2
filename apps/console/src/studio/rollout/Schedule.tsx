import { Input } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { call } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { inputOf, utcOf } from '../../ui/forms/filter-values.js';
import { ActionButton, Problem } from '../../ui/parts.js';
import type { CanaryStatus } from '../api.js';
import { Tooltip } from '../../ui/Tooltip.js';

/** Schedules the promotion of a canary after its dwell. The gates are evaluated at that time. */
export const Schedule = ({ status }: { readonly status: CanaryStatus }): ReactElement | null => {
  const { bundle_id: id, scheduled, dwell_ends_at: from } = status;
  const missing = useMissingScope('POLICY_ACTIVATE');
  const [at, setAt] = useState<string | undefined>(from ?? undefined);
  const path = { id };
  const change = useSend(
    (until: string | null) =>
      until === null
        ? call('delete', '/api/v1/policy/bundles/{id}/schedule', { path })
        : call('post', '/api/v1/policy/bundles/{id}/schedule', { path, body: { at: until } }),
    ['bundles'],
    (until) => (until === null ? 'The schedule was removed.' : 'The promotion is scheduled.'),
  );
  if (status.status !== 'canary') return null;
  return (
    <div className="row wrap" style={{ marginTop: 10 }}>
      {scheduled === null ? (
        <>
          <Tooltip label="Promote at, UTC">
            <Input
              type="datetime-local"
              aria-label="Promote at, UTC"
              value={inputOf(at)}
              onChange={(event) => setAt(utcOf(event.target.value))}
            />
          </Tooltip>
          <ActionButton
            size="sm"
            off={missing ?? (at === undefined ? 'Choose a time' : undefined)}
            sending={change.isPending}
            onAct={() => {
              if (at !== undefined) change.mutate(at);
            }}
          >
            Schedule the promotion
          </ActionButton>
        </>
      ) : (
        <ActionButton size="sm" off={missing} sending={change.isPending} onAct={() => change.mutate(null)}>
          Cancel the scheduled promotion
        </ActionButton>
      )}
      {change.isError ? <Problem error={change.error} what="nothing was scheduled" /> : null}
    </div>
  );
};
