import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { brakeQuery, trustQuery } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { lockWord } from '../ui/glyphs.js';
import { ActionButton, Card, Loaded, Problem, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/dialogs/ReasonDialog.js';
import { Chip } from '../ui/states.js';
import { cx } from '../ui/cx.js';
import css from './posture.module.css';

const asks = {
  engage: { post: '/api/v1/posture/brake/engage', title: 'Engage the safety brake', act: 'Engage the brake', done: 'The safety brake is engaged.', what: 'No posture response runs until the brake is released. Actions continue; use Stop to stop them.' },
  release: { post: '/api/v1/posture/brake/release', title: 'Release the safety brake', act: 'Release the brake', done: undefined, what: 'Responses may run again at once.' },
  lock: { post: '/api/v1/posture/trust/lock', title: 'Lock the trust guard', act: 'Lock it', done: 'The trust guard is locked.', what: 'The posture turns RED, and automatic actions are denied until it is unlocked.' },
  unlock: { post: '/api/v1/posture/trust/unlock', title: 'Unlock the trust guard', act: 'Unlock it', done: undefined, what: 'This uses one of today’s manual unlocks. The posture is then evaluated again.' },
  reset: { post: '/api/v1/posture/trust/reset-unlocks', title: 'Reset the manual unlocks', act: 'Reset the count', done: 'The count starts again at 0.', what: 'Today’s count starts again at 0. The lock stays as it is.' },
} as const; // prettier-ignore
type Control = keyof typeof asks;

type SwitchProps = {
  readonly name: string;
  readonly on: boolean;
  readonly state: string;
  readonly act: string;
  readonly off: string | undefined;
  readonly onAct: () => void;
};
/**
 * One of the two stops: its state and the button that toggles it. The button that engages it stays
 * on while the stream is down.
 */
const Switch = ({ name, on, state, act, off, onAct }: SwitchProps): ReactElement => (
  <div className={cx(css['switch'], 'swr')}>
    <Chip
      look={on ? { kind: 'red', glyph: 'oct', word: state } : { kind: 'green', glyph: 'ok', word: state }}
    />
    <span>{name}</span>
    <span className="grow" />
    <ActionButton variant={on ? 'default' : 'danger'} size="sm" always={!on} off={off} onAct={onAct}>
      {act}
    </ActionButton>
  </div>
);

/**
 * The brake and the trust lock. Each change needs a reason. The brake can be engaged while the
 * stream is down.
 */
export const Controls = (): ReactElement => {
  const brake = useQuery(brakeQuery());
  const trust = useQuery(trustQuery());
  const missing = useMissingScope('POSTURE_WRITE');
  const [open, setOpen] = useState<Control | undefined>();
  const evaluate = useSend(
    (_sent: undefined) => call('post', '/api/v1/posture/evaluate'),
    ['posture'],
    'The posture was evaluated.',
  );
  const change = useSend(
    ({ control, reason }: { readonly control: Control; readonly reason: string }) =>
      call('post', asks[control].post, { body: { reason } }),
    ['posture'],
    ({ control }) => asks[control].done,
  );
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
              onAct={() => setOpen(data.engaged ? 'release' : 'engage')}
            />
          )}
        </Loaded>
        {brake.data === undefined || brake.data.since === null ? null : (
          <p className="xs t2 long iso">
            {brake.data.engaged ? 'On' : 'Off'} since <Time at={brake.data.since} zoned />
            {brake.data.reason === null ? '' : `: ${brake.data.reason}`}
          </p>
        )}
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
              onAct={() => setOpen(data.locked ? 'unlock' : 'lock')}
            />
          )}
        </Loaded>
        <p className="xs muted" style={{ paddingTop: 6 }}>
          {trust.data === undefined
            ? ''
            : `${trust.data.unlocks_today} of ${trust.data.unlocks_limit} manual unlocks today. `}
          The brake holds responses; the lock is RED. Neither stops actions: that is Stop, above.
        </p>
        <div className="row wrap">
          <ActionButton
            size="sm"
            off={missing ?? (trust.data?.unlocks_today === 0 ? 'No unlock of today counts' : undefined)}
            onAct={() => setOpen('reset')}
          >
            Reset the unlocks…
          </ActionButton>
          <ActionButton
            size="sm"
            off={missing}
            sending={evaluate.isPending}
            onAct={() => evaluate.mutate(undefined)}
          >
            Evaluate now
          </ActionButton>
        </div>
        {evaluate.isError ? <Problem error={evaluate.error} what="nothing was evaluated" /> : null}
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
          onSend={(reason) => change.mutate({ control: open, reason }, { onSuccess: shut })}
        >
          <p className="t2">{ask.what}</p>
        </ReasonDialog>
      )}
    </Card>
  );
};
