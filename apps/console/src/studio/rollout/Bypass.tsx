import { useState, type ReactElement } from 'react';
import { call } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { Choice } from '../../ui/forms/Choice.js';
import { ActionButton, Problem, Time } from '../../ui/parts.js';
import { ReasonAct } from '../../ui/dialogs/ReasonAct.js';
import type { CanaryStatus } from '../api.js';

const lengths = { '15': '15 min', '60': '1 h', '240': '4 h', '1440': '24 h' };

/**
 * Suspends the bundles of a team or of the whole tenant for a while. Every action then asks a
 * person.
 */
export const Bypass = ({
  bypass,
  team,
}: Pick<CanaryStatus, 'bypass'> & {
  /** The team of the bundles; null for the bundles of the whole tenant. */
  readonly team: string | null;
}): ReactElement => {
  const query = team === null ? {} : { team };
  const whose = team === null ? 'the bundles' : `the bundles of ${team}`;
  const missing = useMissingScope('POLICY_ACTIVATE');
  const [minutes, setMinutes] = useState<keyof typeof lengths>('60');
  const begin = useSend(
    (reason: string) =>
      call('post', '/api/v1/policy/bypass', { query, body: { reason, minutes: Number(minutes) } }),
    ['bundles'],
    'The bypass began.',
  );
  const end = useSend(
    () => call('delete', '/api/v1/policy/bypass', { query }),
    ['bundles'],
    'The bypass ended.',
  );
  return bypass === null ? (
    <ReasonAct
      label={`Bypass ${whose}…`}
      off={missing}
      title={`Bypass ${whose}`}
      act="Bypass them"
      danger
      send={begin}
    >
      <p className="t2">
        No bundle decides until the bypass ends. Every action {team === null ? '' : `of ${team} `}needs a
        person’s approval.
      </p>
      <Choice label="For" value={minutes} choices={lengths} onChoose={setMinutes} />
    </ReasonAct>
  ) : (
    <div className="note" role="status">
      <b>{team === null ? 'The bundles' : `The bundles of ${team}`} are bypassed</b> until{' '}
      <Time at={bypass.until} zoned />: <bdi className="long">{bypass.reason}</bdi>{' '}
      <ActionButton size="sm" off={missing} sending={end.isPending} onAct={() => end.mutate(undefined)}>
        End the bypass
      </ActionButton>
      {end.isError ? <Problem error={end.error} what="the bypass continues" /> : null}
    </div>
  );
};
