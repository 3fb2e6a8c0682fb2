import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import {
  brakeQuery,
  postureQuery,
  postureTrendQuery,
  statusQuery,
  trustQuery,
  type Posture,
} from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, durationText, numberText, percentText, plainValue } from '../format.js';
import { nearestText } from '../posture/distance.js';
import { openStop } from '../shell/dialogs.js';
import { broadStops, isStopped, narrowStops } from '../shell/stops.js';
import { useNow } from '../state/clock.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { Glyph, LockIcon, lockWord } from '../ui/glyphs.js';
import { ActionButton, Ago, Card, Loaded, Time } from '../ui/parts.js';
import { Chip, lookOfLevel } from '../ui/states.js';
import { cols } from '../ui/tables/Columns.js';

const signals = [
  ['integrity_score', 'Integrity'],
  ['consensus_pct', 'Consensus'],
  ['reputation_score', 'Reputation'],
  ['forecast_risk', 'Forecast risk'],
  ['recent_responses', 'Responses, 24 h'],
] as const;

const signalText = (posture: Posture, name: (typeof signals)[number][0]): string => {
  const value = posture.inputs[name];
  if (typeof value !== 'number') return plainValue(value);
  return name === 'integrity_score' || name === 'consensus_pct' ? percentText(value) : numberText(value, 1);
};

/** The age of what the card shows, in whole seconds. */
const Refreshed = ({ at }: { readonly at: number }): ReactElement => {
  useNow();
  return <>refreshed {durationText(Math.max(1000, Date.now() - at))} ago</>;
};

const Ways = ({ posture }: { readonly posture: Posture }): ReactElement => {
  const trend = useQuery(postureTrendQuery(24));
  return (
    <p className="sm muted long iso">
      {posture.clears.length === 0 ? `${nearestText(posture)}. ` : `To clear: ${posture.clears.join('; ')}. `}
      {trend.data === undefined ? '' : `Changes in 24 h: ${trend.data.transitions.length}.`}
    </p>
  );
};

/** The level of the posture, with its signals and what would change it. */
export const PolicyStatus = (): ReactElement => {
  const posture = useQuery(postureQuery());
  const trust = useQuery(trustQuery());
  const look = lookOfLevel(posture.data?.effective);
  return (
    <Card
      title="System policy status"
      className={`k-${look.kind} o3`}
      right={
        <>
          <span className="hide-m">
            {posture.data === undefined ? null : <Refreshed at={posture.dataUpdatedAt} />}
          </span>
          <Link to="/posture">State</Link>
        </>
      }
    >
      <Loaded query={posture} rows={5} what="the posture service does not answer">
        {(data) => (
          <div className="b col" style={{ gap: 12 }}>
            <div className="row" style={{ gap: 12 }}>
              <Glyph name={look.glyph} kind={look.kind} size={26} />
              <div className="level">{look.word}</div>
              <div className="ml sm t2" style={{ textAlign: 'right' }}>
                effective since
                <br />
                <b style={{ color: 'var(--text)' }}>
                  <Time at={data.history.current?.since ?? null} zoned />
                </b>
                {data.history.current === null ? null : (
                  <>
                    , <Ago at={data.history.current.since} />
                  </>
                )}
              </div>
            </div>
            <div className="row wrap sm">
              <span className="tag">
                <LockIcon locked={data.inputs.trust_locked} size={12} />
                &nbsp;{lockWord(data.inputs.trust_locked)}
              </span>
              <span className="tag">Forecast {data.inputs.forecast_risk.toUpperCase()}</span>
              <span className="tag">
                Evaluated&nbsp;
                <Time at={data.evaluated_at} />
              </span>
            </div>
            <div className="grid" style={cols('1fr auto 76px', { gap: '3px 10px' })}>
              {signals.map(([name, words]) => {
                const { age_s: age, status } = data.signals[name];
                return (
                  <div key={name} style={{ display: 'contents' }}>
                    <span>{words}</span>
                    <span className="num">{signalText(data, name)}</span>
                    <span className="num sm muted">
                      {status === 'fresh' && age !== null ? durationText(age * 1000) : status}
                    </span>
                  </div>
                );
              })}
              <span>Trust lock</span>
              <span className="num">{data.inputs.trust_locked ? 'locked' : 'unlocked'}</span>
              <span className="num sm muted">
                {trust.data === undefined || trust.data.since === null ? (
                  'never set'
                ) : (
                  <Ago at={trust.data.since} />
                )}
              </span>
            </div>
            <Ways posture={data} />
          </div>
        )}
      </Loaded>
    </Card>
  );
};

const EngageBrake = (): ReactElement => {
  const missing = useMissingScope('POSTURE_WRITE');
  const engage = useSend(
    (reason: string) => call('post', '/api/v1/posture/brake/engage', { body: { reason } }),
    ['posture'],
    'The safety brake is engaged.',
  );
  return (
    <ReasonAct
      label="Engage brake…"
      title="Engage the safety brake"
      act="Engage the brake"
      danger
      always
      off={missing}
      send={engage}
    >
      <p className="t2">
        No posture response runs until the brake is released. Actions continue; use Stop to stop them.
      </p>
    </ReasonAct>
  );
};

/** The kill switch, the brake and the trust lock, with the buttons that engage them. */
export const Stops = (): ReactElement => {
  const status = useQuery(statusQuery());
  const brake = useQuery(brakeQuery());
  const trust = useQuery(trustQuery());
  const narrow = status.data === undefined ? 0 : narrowStops(status.data).length;
  const broad = status.data === undefined ? [] : broadStops(status.data);
  const stopped = isStopped(status.data);
  const since = (at: string | null | undefined): ReactElement | string =>
    at === null || at === undefined ? (
      ''
    ) : (
      <>
        since <Time at={at} />
      </>
    );
  const rows = [
    {
      name: 'Kill switch',
      on: status.data === undefined ? undefined : stopped,
      words: ['Not engaged', 'Engaged'],
      more: stopped
        ? broad
            .map(({ target }) =>
              target.scope === 'global' ? 'all tenants' : `tenant ${status.data?.tenant_id ?? ''}`,
            )
            .join(', ')
        : narrow === 0
          ? 'global, tenant, part of it'
          : `${counted(narrow, 'narrow one')} engaged`,
    },
    { name: 'Safety brake', on: brake.data?.engaged, words: ['Off', 'On'], more: since(brake.data?.since) },
    {
      name: 'Trust lock',
      on: trust.data?.locked,
      words: [lockWord(false), lockWord(true)],
      more:
        trust.data === undefined
          ? ''
          : `manual unlocks ${trust.data.unlocks_today} of ${trust.data.unlocks_limit} today`,
    },
  ];
  return (
    <Card
      title="Stops"
      className="o4"
      right={
        <Link to="/audit" search={{ category: 'kill_switch' }}>
          Past stops
        </Link>
      }
    >
      <div className="b" style={{ padding: '4px 12px 10px' }}>
        {rows.map(({ name, on, words, more }) => (
          <div className="swr" key={name}>
            <Chip
              look={{
                kind: on === undefined ? 'unk' : on ? 'red' : 'green',
                glyph: on === undefined ? 'none' : on ? 'oct' : 'ok',
                word: on === undefined ? 'unknown' : (words[on ? 1 : 0] ?? ''),
              }}
            />
            <span>{name}</span>
            <span className="ml muted xs clip">{more}</span>
          </div>
        ))}
        <div className="row wrap" style={{ marginTop: 9 }}>
          <ActionButton size="sm" variant="stop" always onAct={openStop}>
            {stopped ? 'Extend the stop…' : 'Stop actions…'}
          </ActionButton>
          {brake.data?.engaged === true ? null : <EngageBrake />}
        </div>
        <div className="xs muted" style={{ marginTop: 7 }}>
          {stopped
            ? 'Release: one person asks for it in the banner above, a second person does it.'
            : 'Two keystrokes: Shift S, then Enter. Default: this tenant, in-flight left to finish.'}
        </div>
      </div>
    </Card>
  );
};
