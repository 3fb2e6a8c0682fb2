import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { brakeQuery, trustQuery } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { lockWord } from '../ui/glyphs.js';
import { Act, Card, Loaded, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/ReasonDialog.js';
import { Chip } from '../ui/states.js';
import { cx } from '../ui/cx.js';
import css from './posture.module.css';

type Control = 'engage' | 'release' | 'lock' | 'unlock';

const sendControl = ({
  control,
  reason,
}: {
  readonly control: Control;
  readonly reason: string;
}): Promise<unknown> => {
  const sent = { tenant: tenantStore.get(), body: { reason } };
  switch (control) {
    case 'engage':
      return call('post', '/api/v1/posture/brake/engage', sent);
    case 'release':
      return call('post', '/api/v1/posture/brake/release', sent);
    case 'lock':
      return call('post', '/api/v1/posture/trust/lock', sent);
    case 'unlock':
      return call('post', '/api/v1/posture/trust/unlock', sent);
  }
};

const asks = {
  engage: { title: 'Engage the safety brake', act: 'Engage the brake', what: 'No response of the posture runs until it is released. Actions go on: Stop is what stops them.' },
  release: { title: 'Release the safety brake', act: 'Release the brake', what: 'Responses may run again, at once.' },
  lock: { title: 'Lock the trust guard', act: 'Lock it', what: 'The posture turns RED, and automatic actions are denied until it is unlocked.' },
  unlock: { title: 'Unlock the trust guard', act: 'Unlock it', what: 'It counts as one manual unlock of today; the posture is evaluated anew.' },
} as const; // prettier-ignore

/**
 * One of the two stops: its state in words, and the button that turns it over. What engages it
 * stays on while the stream is down.
 */
const Switch = ({
  name,
  on,
  state,
  act,
  off,
  onAct,
}: {
  readonly name: string;
  readonly on: boolean;
  readonly state: string;
  readonly act: string;
  readonly off: string | undefined;
  readonly onAct: () => void;
}): ReactElement => (
  <div className={cx(css['switch'], 'swr')}>
    <Chip
      look={on ? { kind: 'red', glyph: 'oct', word: state } : { kind: 'green', glyph: 'ok', word: state }}
    />
    <span>{name}</span>
    <span className="grow" />
    <Act variant={on ? 'default' : 'danger'} size="sm" always={!on} off={off} onAct={onAct}>
      {act}
    </Act>
  </div>
);

/**
 * Brake and trust lock: each change with its reason. The brake can be engaged while the stream is
 * down.
 */
export const Controls = (): ReactElement => {
  const brake = useQuery(brakeQuery());
  const trust = useQuery(trustQuery());
  const missing = useMissingScope('POSTURE_WRITE');
  const [open, setOpen] = useState<Control | undefined>();
  const change = useSend(sendControl, ['posture']);
  const ask = open === undefined ? undefined : asks[open];
  const shut = (): void => {
    setOpen(undefined);
    change.reset();
  };
  return (
    <Card title="Brake and lock">
      <div className="b" style={{ padding: '2px 12px 8px' }}>
        <Loaded query={brake} rows={1}>
          {(data) => (
            <Switch
              name="Safety brake"
              on={data.engaged}
              state={data.engaged ? 'On' : 'Off'}
              act={data.engaged ? 'Release brake…' : 'Engage brake…'}
              off={missing}
              onAct={() => {
                setOpen(data.engaged ? 'release' : 'engage');
              }}
            />
          )}
        </Loaded>
        {brake.data?.engaged === true ? (
          <p className="xs t2 long iso">
            <Time at={brake.data.since} zoned />: {brake.data.reason}
          </p>
        ) : null}
        <Loaded query={trust} rows={1}>
          {(data) => (
            <Switch
              name="Trust lock"
              on={data.locked}
              state={lockWord(data.locked)}
              act={data.locked ? 'Unlock…' : 'Lock…'}
              off={
                missing ??
                (data.locked && data.unlocks_today >= data.unlocks_limit
                  ? `All ${data.unlocks_limit} manual unlocks of today are used`
                  : undefined)
              }
              onAct={() => {
                setOpen(data.locked ? 'unlock' : 'lock');
              }}
            />
          )}
        </Loaded>
        <p className="xs muted" style={{ paddingTop: 6 }}>
          {trust.data === undefined
            ? ''
            : `${trust.data.unlocks_today} of ${trust.data.unlocks_limit} manual unlocks today. `}
          The brake holds responses; the lock is RED. Neither stops actions: that is Stop, above.
        </p>
      </div>
      {open === undefined || ask === undefined ? null : (
        <ReasonDialog
          opened
          onClose={shut}
          title={ask.title}
          act={ask.act}
          send={change}
          danger={open === 'engage' || open === 'lock'}
          always={open === 'engage' || open === 'lock'}
          onSend={(reason) => {
            change.mutate({ control: open, reason }, { onSuccess: shut });
          }}
        >
          <p className="t2">{ask.what}</p>
        </ReasonDialog>
      )}
    </Card>
  );
};
