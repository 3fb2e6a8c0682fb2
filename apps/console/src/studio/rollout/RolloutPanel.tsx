import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { tenantStore } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { numberText } from '../../format.js';
import { serverNow, useNow } from '../../state/clock.js';
import { Bar } from '../../ui/tables/Bar.js';
import { cols } from '../../ui/tables/Columns.js';
import { ActionButton, Card, Loaded, Time } from '../../ui/parts.js';
import { ReasonDialog } from '../../ui/dialogs/ReasonDialog.js';
import { Chip, lookOfStatus } from '../../ui/states.js';
import { Bypass } from './Bypass.js';
import { Gates } from './RolloutGates.js';
import { Schedule } from './Schedule.js';
import { actOnRollout, canaryQuery, type CanaryStatus, type RolloutAct } from '../api.js';
import {
  dwellShare,
  dwellText,
  missingEvidence,
  nextText,
  plainText,
  promoteOff,
  stageText,
} from './rollout-words.js';
import { cx } from '../../ui/cx.js';
import css from '../studio.module.css';

/** The same figures as a table for users of screen readers. */
const Figures = ({ status }: { readonly status: CanaryStatus }): ReactElement => {
  const counts = status.counts;
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['Decisions', counts?.decisions],
    ['Requests seen by both', counts?.requests],
    ['Executions', counts?.executions],
    ['Errors', counts?.errors],
    ['Denied', counts?.denied],
    ['Denied by the active one', counts?.active_denied],
  ];
  return (
    <table className={css['figures']}>
      <caption>Counts at this stage</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="num">{value === undefined ? '–' : numberText(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const Stage = ({ status }: { readonly status: CanaryStatus }): ReactElement => {
  useNow();
  const now = serverNow();
  const share = dwellShare(status, now);
  const dwell = dwellText(status, now);
  const place = status.status === 'active' ? 3 : status.canary_pct >= 50 ? 1 : 0;
  return (
    <div className="sm">
      <b>{stageText(status)}</b>
      <div
        className="row"
        style={{ gap: 3, margin: '8px 0' }}
        role="img"
        aria-label={
          status.status === 'canary'
            ? `Stage ${place + 1} of 3, dwell ${Math.round(share)} percent`
            : stageText(status)
        }
      >
        {[0, 1, 2].map((one) => (
          <Bar
            key={one}
            size={8}
            share={
              status.status !== 'canary' && status.status !== 'active'
                ? 0
                : one < place
                  ? 100
                  : one === place
                    ? share
                    : 0
            }
          />
        ))}
      </div>
      <div className="row xs muted" style={{ justifyContent: 'space-between' }}>
        <span>10 %</span>
        <span>50 %</span>
        <span>100 %</span>
      </div>
      <dl className="kv" style={{ marginTop: 10 }}>
        {dwell === undefined ? null : (
          <>
            <dt>Dwell</dt>
            <dd>{dwell}</dd>
          </>
        )}
        <dt>Next</dt>
        <dd>{nextText(status)}</dd>
        {status.status === 'canary' ? (
          <>
            <dt>Plain figures</dt>
            <dd>{plainText(status)}</dd>
            <dt>Rolls back</dt>
            <dd>automatically, as soon as a critical limit is exceeded</dd>
          </>
        ) : null}
        {status.held === null ? null : (
          <>
            <dt>Held</dt>
            <dd className="iso">
              {status.held.reason}
              {status.held.until === null ? '' : ', until '}
              {status.held.until === null ? null : <Time at={status.held.until} zoned />}
            </dd>
          </>
        )}
        {status.scheduled === null ? null : (
          <>
            <dt>Scheduled</dt>
            <dd>
              to {status.scheduled.to_pct} % at <Time at={status.scheduled.at} zoned />
            </dd>
          </>
        )}
      </dl>
    </div>
  );
};

type Asking = {
  readonly act: RolloutAct;
  readonly title: string;
  readonly consequence: string;
  readonly button: string;
};

/** Returns the dialog of each act on a rollout, with the consequences of the act. */
const asked = (act: RolloutAct, status: CanaryStatus): Asking => {
  const to = status.canary_pct < 50 ? '50 %' : '100 %';
  const missing = missingEvidence(status);
  switch (act) {
    case 'promote':
      return {
        act,
        title: `Promote ${status.version} to ${to}`,
        consequence: `${to} of entities will use it from now on. ${
          missing.length === 0 ? 'All evidence is complete.' : `Not shown yet: ${missing.join(', ')}.`
        }${status.dwell_remaining_s !== null && status.dwell_remaining_s > 0 ? ' The dwell is not over.' : ''}`,
        button: `Promote to ${to}`,
      };
    case 'hold':
      return {
        act,
        title: `Hold ${status.version}`,
        consequence: `It stays at ${status.canary_pct} % until somebody releases it. A critical limit still rolls it back.`,
        button: 'Hold it',
      };
    case 'release':
      return {
        act,
        title: `Release ${status.version}`,
        consequence: 'It can promote again when its evidence is complete.',
        button: 'Release it',
      };
    case 'rollback':
      return {
        act,
        title: `Roll back ${status.version}`,
        consequence: `${
          status.active_bundle_id === null || status.status === 'active'
            ? 'The previous bundle decides again for everyone. Without one, every action needs approval.'
            : 'The active bundle decides again for everyone.'
        } An incident of high severity is opened.`,
        button: 'Roll back now',
      };
  }
};

type RolloutPanelProps = {
  readonly id: string;
  /** The team of the bundle; null if the bundle belongs to the whole tenant. */
  readonly team: string | null;
  readonly focus: boolean;
};
/**
 * The stage and gates of a rollout and its next step, with buttons that promote, hold and roll
 * back.
 */
export const RolloutPanel = ({ id, team, focus }: RolloutPanelProps): ReactElement => {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus) place.current?.scrollIntoView({ block: 'start' });
  }, [focus]);
  const status = useQuery(canaryQuery(id));
  const scope = useMissingScope('POLICY_ACTIVATE');
  const [asking, setAsking] = useState<Asking | undefined>();
  const acting = useSend(
    (sent: { readonly act: RolloutAct; readonly reason: string }) =>
      actOnRollout(tenantStore.get(), id, sent.act, sent.reason),
    ['bundles'],
  );
  const shut = (): void => {
    setAsking(undefined);
    acting.reset();
  };
  const { data } = status;
  const canary = data?.status === 'canary';
  const only = canary ? undefined : 'Only a canary can be held';
  const go = (act: RolloutAct): void => {
    if (data !== undefined) setAsking(asked(act, data));
  };
  return (
    <div ref={place}>
      <Card
        title="Rollout"
        className="roll"
        extra={
          data === undefined ? undefined : (
            <>
              <span className="tag mono iso">{data.version}</span>
              <Chip look={lookOfStatus(data.status)} />
            </>
          )
        }
        right={
          data === undefined ? undefined : (
            <>
              <ActionButton size="sm" off={scope ?? promoteOff(data)} onAct={() => go('promote')}>
                Promote{canary ? ` to ${data.canary_pct < 50 ? '50' : '100'} %` : ''}…
              </ActionButton>
              {data.held === null ? (
                <ActionButton size="sm" off={scope ?? only} onAct={() => go('hold')}>
                  Hold…
                </ActionButton>
              ) : (
                <ActionButton size="sm" off={scope} onAct={() => go('release')}>
                  Release…
                </ActionButton>
              )}
              {data.bypass === null ? <Bypass bypass={null} team={team} /> : null}
              <ActionButton
                variant="danger"
                size="sm"
                off={scope ?? (canary || data.status === 'active' ? undefined : 'It is not in use')}
                onAct={() => go('rollback')}
              >
                Roll back…
              </ActionButton>
            </>
          )
        }
      >
        {data === undefined || data.bypass === null ? null : <Bypass bypass={data.bypass} team={team} />}
        <Loaded query={status} what="the rollout">
          {(now) => (
            <div
              className={cx(css['rollout'], 'grid')}
              style={cols('300px minmax(0, 1fr) 280px', {
                narrow: 'minmax(0, 1fr)',
                gap: 0,
                align: 'stretch',
              })}
            >
              <div>
                <Stage status={now} />
                <Schedule key={now.dwell_ends_at} status={now} />
              </div>
              <div>
                {now.gates === null ? (
                  <p className="note">
                    {now.status === 'canary'
                      ? 'It has made no decision yet.'
                      : 'Gates are measured while it is a canary.'}
                  </p>
                ) : (
                  <Gates gates={now.gates} />
                )}
              </div>
              <div>
                <Figures status={now} />
              </div>
            </div>
          )}
        </Loaded>
        {asking === undefined ? null : (
          <ReasonDialog
            opened
            onClose={shut}
            title={asking.title}
            act={asking.button}
            send={acting}
            danger={asking.act === 'rollback'}
            onSend={(reason) => acting.mutate({ act: asking.act, reason }, { onSuccess: shut })}
          >
            <p className="t2 long iso">{asking.consequence}</p>
          </ReasonDialog>
        )}
      </Card>
    </div>
  );
};
