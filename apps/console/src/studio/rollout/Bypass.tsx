import { NativeSelect } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { Act, Problem, Time } from '../../ui/parts.js';
import { ReasonAct } from '../../ui/ReasonAct.js';
import type { CanaryStatus } from '../api.js';

const lengths = [
  { value: '15', label: '15 min' },
  { value: '60', label: '1 h' },
  { value: '240', label: '4 h' },
  { value: '1440', label: '24 h' },
];

/** Sets every bundle of the tenant aside for a while, so that each action asks a person. */
export const Bypass = ({ bypass }: Pick<CanaryStatus, 'bypass'>): ReactElement => {
  const missing = useMissingScope('POLICY_ACTIVATE');
  const [minutes, setMinutes] = useState('60');
  const begin = useSend(
    (reason: string) =>
      call('post', '/api/v1/policy/bypass', {
        tenant: tenantStore.get(),
        body: { reason, minutes: Number(minutes) },
      }),
    ['bundles'],
  );
  const end = useSend(
    () => call('delete', '/api/v1/policy/bypass', { tenant: tenantStore.get() }),
    ['bundles'],
  );
  return bypass === null ? (
    <ReasonAct
      label="Bypass the bundles…"
      off={missing}
      title="Bypass the bundles"
      act="Bypass them"
      danger
      send={begin}
    >
      <p className="t2">No bundle decides until it ends: every action needs a person’s approval.</p>
      <NativeSelect
        label="For"
        value={minutes}
        data={lengths}
        onChange={(event) => {
          setMinutes(event.target.value);
        }}
      />
    </ReasonAct>
  ) : (
    <div className="note" role="status">
      <b>The bundles are bypassed</b> until <Time at={bypass.until} zoned />:{' '}
      <bdi className="long">{bypass.reason}</bdi>{' '}
      <Act
        size="sm"
        off={missing}
        sending={end.isPending}
        onAct={() => {
          end.mutate(undefined);
        }}
      >
        End the bypass
      </Act>
      {end.isError ? <Problem error={end.error} what="the bypass goes on" /> : null}
    </div>
  );
};
