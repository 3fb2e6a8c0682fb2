import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { aboutText } from '../alerts/words.js';
import { scoreText, titleOf } from '../action/words.js';
import {
  actionsQuery,
  alertsQuery,
  brakeQuery,
  bundlesQuery,
  postureQuery,
  statusQuery,
  trustQuery,
  type Posture,
} from '../api/queries.js';
import { counted, durationText, numberText, percentText, plainValue, sentence } from '../format.js';
import { Outcomes } from './Outcomes.js';
import { isStopped, narrowStops } from '../shell/stops.js';
import { cols, Columns } from '../ui/Columns.js';
import { Glyph, LockIcon, lockWord } from '../ui/glyphs.js';
import { Ago, Card, DryRun, Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { Chip, lookOfLevel, lookOfSeverity, StateChip } from '../ui/states.js';
import { Steady } from '../ui/Steady.js';
import { Table } from '../ui/Table.js';
import { NeedsYou } from './NeedsYou.js';
import css from './overview.module.css';
import { cx } from '../ui/cx.js';

const Figures = (): ReactElement => {
  const status = useQuery(statusQuery());
  const count = (state: string): number => status.data?.actions[state] ?? 0;
  const dryRuns = Object.values(status.data?.dry_runs ?? {}).reduce((sum, n) => sum + n, 0);
  const figures: readonly (readonly [string, string])[] = [
    [numberText(count('COMPLETED'), 0), 'completed'],
    [numberText(count('DENIED') + count('BLOCKED') + count('REJECTED'), 0), 'denied or rejected'],
    [numberText(count('ROLLED_BACK'), 0), 'rolled back'],
    [numberText(count('EXPIRED') + count('CANCELLED'), 0), 'expired or cancelled'],
    ...(dryRuns === 0 ? [] : [[numberText(dryRuns, 0), 'dry runs beside these'] as const]),
    [`${status.data?.executor.busy ?? '–'} of ${status.data?.executor.workers ?? '–'}`, 'workers busy'],
  ];
  return (
    <section className="card o2" aria-label="Figures">
      <div className={cx('figs bb', css['figures'])} style={cols('none', { pad: 9 })}>
        {figures.map(([value, words]) => (
          <div key={words}>
            <b>{status.data === undefined ? '–' : value}</b>
            <span>{words}</span>
          </div>
        ))}
      </div>
    </section>
  );
};

const Recent = (): ReactElement => {
  const actions = useQuery(actionsQuery({ limit: 12 }));
  return (
    <Card title="Latest actions" className="o5" right={<Link to="/actions">All actions</Link>}>
      <Loaded query={actions} rows={6}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>No action yet.</b> The first intent that an agent sends is the first row.
            </Empty>
          ) : (
            <Steady now={items}>
              {(shown) => (
                <Table
                  name="Latest actions"
                  head={
                    <>
                      <th>State</th>
                      <th>Action</th>
                      <th>Entity</th>
                      <th>Agent</th>
                      <th className="num">Risk</th>
                      <th className="num">Ago</th>
                    </>
                  }
                >
                  {shown.map((action) => (
                    <tr key={action.action_id}>
                      <td>
                        <StateChip state={action.state} />
                      </td>
                      <td>
                        <Link to="/actions/$id" params={{ id: action.action_id }}>
                          {titleOf(action)}
                        </Link>
                        <DryRun of={action} />
                      </td>
                      <td>
                        <Foreign text={action.entity_id} />
                      </td>
                      <td>
                        <Foreign text={action.agent} />
                      </td>
                      <td className="num">{scoreText(action.risk_score)}</td>
                      <td className="num">
                        {action.accepted_at === null ? '–' : <Ago at={action.accepted_at} />}
                      </td>
                    </tr>
                  ))}
                </Table>
              )}
            </Steady>
          )
        }
      </Loaded>
    </Card>
  );
};

const signals = [
  ['integrity_score', 'Integrity'],
  ['consensus_pct', 'Consensus'],
  ['reputation_score', 'Reputation'],
  ['forecast_risk', 'Forecast risk'],
  ['recent_responses', 'Responses'],
] as const;

const signalText = (posture: Posture, name: (typeof signals)[number][0]): string => {
  const value = posture.inputs[name];
  if (typeof value !== 'number') return plainValue(value);
  return name === 'integrity_score' || name === 'consensus_pct' ? percentText(value) : numberText(value, 1);
};

const PolicyStatus = (): ReactElement => {
  const posture = useQuery(postureQuery());
  const look = lookOfLevel(posture.data?.effective);
  return (
    <Card
      title="System policy status"
      className={`k-${look.kind} o3`}
      right={<Link to="/posture">State</Link>}
    >
      <Loaded query={posture} rows={5} what="posture does not answer">
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
            <div className="grid" style={cols('1fr auto 70px', { gap: '3px 10px' })}>
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
            </div>
            {data.clears.length === 0 ? null : <div className="sm muted">{data.clears[0]}</div>}
          </div>
        )}
      </Loaded>
    </Card>
  );
};

const Stops = (): ReactElement => {
  const status = useQuery(statusQuery());
  const brake = useQuery(brakeQuery());
  const trust = useQuery(trustQuery());
  const narrow = status.data === undefined ? 0 : narrowStops(status.data).length;
  const rows = [
    {
      name: 'Kill switch',
      on: status.data === undefined ? undefined : isStopped(status.data),
      words: ['Not engaged', 'Engaged'],
      more: narrow === 0 ? '' : `${counted(narrow, 'narrow one')} engaged`,
    },
    { name: 'Safety brake', on: brake.data?.engaged, words: ['Off', 'On'], more: brake.data?.reason ?? '' },
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
    <Card title="Stops" className="o4">
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
        <div className="xs muted" style={{ marginTop: 7 }}>
          Two keystrokes: Shift S, then Enter. Default: this tenant, in-flight left to finish.
        </div>
      </div>
    </Card>
  );
};

const OpenAlerts = (): ReactElement => {
  const alerts = useQuery(alertsQuery());
  const open = (alerts.data?.items ?? []).filter(({ status }) => status !== 'resolved');
  return (
    <Card title="Open alerts" className="o6" right={<Link to="/alerts">All</Link>}>
      <Loaded query={alerts} rows={2} what="alerting does not answer">
        {() =>
          open.length === 0 ? (
            <Empty>
              <b>No alert is open.</b>
            </Empty>
          ) : (
            <ul className="lines" style={cols('16px 1fr auto', { align: 'start' })}>
              {open.slice(0, 6).map((alert) => {
                const look = lookOfSeverity(alert.severity);
                return (
                  <li key={alert.id}>
                    <Glyph name={look.glyph} kind={look.kind} size={15} />
                    <div>
                      <Link to="/alerts" search={{ id: alert.id }}>
                        <b className="iso">{alert.name}</b>
                      </Link>{' '}
                      <span className="sm muted">{look.word}</span>
                      <div className="sm muted long iso">{aboutText(alert)}</div>
                    </div>
                    <span className="muted xs">
                      <Ago at={alert.opened_at} />
                    </span>
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
};

const Rollout = (): ReactElement => {
  const bundles = useQuery(bundlesQuery());
  return (
    <Card title="Rollout" className="o8" right={<Link to="/policies">Policies</Link>}>
      <Loaded query={bundles} rows={1} what="the registry does not answer">
        {({ active, canary }) => (
          <p className="note">
            {active === null ? (
              <b>No bundle decides: everything is for a person.</b>
            ) : (
              <>
                Bundle <b className="mono iso">{active.version}</b> is active,{' '}
                {counted(active.rules.length, 'rule')}.
              </>
            )}{' '}
            {canary === null
              ? 'No canary runs.'
              : `${canary.version} is a canary with ${percentText(canary.canary_pct)} (${sentence(canary.status)}).`}
          </p>
        )}
      </Loaded>
    </Card>
  );
};

export const OverviewPage = (): ReactElement => (
  <div>
    <Head title="Overview" />
    <Columns side={372}>
      <div>
        <NeedsYou />
        <Figures />
        <Recent />
        <Outcomes />
      </div>
      <div>
        <PolicyStatus />
        <Stops />
        <OpenAlerts />
        <Rollout />
      </div>
    </Columns>
  </div>
);
