import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { bundlesQuery, statusQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted, numberText, percentText } from '../format.js';
import { durationsText, shareText } from '../figures/figures.js';
import { figuresQuery } from '../figures/queries.js';
import { rotasQuery } from '../reach/queries.js';
import { serverNow, useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { canaryQuery } from '../studio/api.js';
import {
  evidenceWords,
  dwellShare,
  dwellText,
  missingEvidence,
  stageText,
} from '../studio/rollout/rollout-words.js';
import { Card, Head, Loaded } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { Bar } from '../ui/tables/Bar.js';
import { cols, Columns } from '../ui/tables/Columns.js';
import { InFlight } from './InFlight.js';
import { NeedsYou } from './NeedsYou.js';
import { OpenAlerts } from './OpenAlerts.js';
import { Outcomes } from './Outcomes.js';
import { PolicyStatus, Stops } from './Status.js';
import css from './overview.module.css';
import { cx } from '../ui/cx.js';

/** The figures of the last 24 hours; dry runs are left out. */
const Figures = (): ReactElement => {
  const status = useQuery(statusQuery());
  const totals = useQuery(figuresQuery('day', 'action_type')).data?.totals;
  const executor = status.data?.executor;
  const figures: readonly (readonly [string | undefined, string])[] = [
    [totals && numberText(totals.accepted, 0), 'actions in 24 h'],
    [totals && shareText(totals.automatic, totals.started), 'of those that ran, without a person'],
    [totals && shareText(totals.rolled_back, totals.started), 'of those that ran, rolled back'],
    [totals && durationsText(totals.answered_ms, 'median'), "median to a person's answer"],
    [executor && `${executor.busy} of ${executor.workers}`, 'workers busy'],
  ];
  return (
    <section className="card o2" aria-label="Figures">
      <div className={cx('figs bb', css['figures'])} style={cols('none', { pad: 9 })}>
        {figures.map(([value, words]) => (
          <div key={words}>
            <b>{value ?? '–'}</b>
            <span>{words}</span>
          </div>
        ))}
      </div>
    </section>
  );
};

/** The stage of the canary in words, with its dwell and the evidence that it waits for. */
const Canary = ({ id }: { readonly id: string }): ReactElement => {
  const status = useQuery(canaryQuery(id));
  useNow();
  return (
    <Loaded query={status} rows={2} what="the policy registry does not answer">
      {(data) => {
        const waits = missingEvidence(data);
        const dwell = dwellText(data, serverNow());
        return (
          <div className="b col" style={{ gap: 6 }}>
            <p className="t2">
              {stageText(data)}: <Chip plain look={evidenceWords(data)} />{' '}
              {waits.length === 0 ? '' : `It waits for ${waits.join(', ')}.`}
              {data.gates?.evidence.decisions_needed === null || data.gates === null
                ? ''
                : ` About ${counted(data.gates.evidence.decisions_needed, 'more decision')}.`}
            </p>
            {dwell === undefined ? null : (
              <div className="row xs muted">
                <Bar share={dwellShare(data, serverNow())} label="Dwell" /> dwell {dwell}
              </div>
            )}
          </div>
        );
      }}
    </Loaded>
  );
};

const Rollout = (): ReactElement => {
  const bundles = useQuery(bundlesQuery());
  const canary = bundles.data?.canary ?? null;
  return (
    <Card
      title="Rollout"
      className="o8"
      extra={
        canary === null ? null : (
          <span className="tag">
            {canary.version} canary {percentText(canary.canary_pct)}
          </span>
        )
      }
      right={
        canary === null ? (
          <Link to="/policies">Policies</Link>
        ) : (
          <Link to="/studio/$bundle/$step" params={{ bundle: canary.id, step: 'rollout' }}>
            Open
          </Link>
        )
      }
    >
      <Loaded query={bundles} rows={1} what="the policy registry does not answer">
        {({ active }) => (
          <p className="note">
            {active === null ? (
              <b>No bundle is active. Every action needs a person.</b>
            ) : (
              <>
                Bundle <b className="mono iso">{active.version}</b> is active,{' '}
                {counted(active.rules.length, 'rule')}.
              </>
            )}{' '}
            {canary === null ? 'No canary runs.' : ''}
          </p>
        )}
      </Loaded>
      {canary === null ? null : <Canary id={canary.id} />}
    </Card>
  );
};

/** Today's date in the chosen zone, and the people on call. */
const Today = (): ReactElement => {
  const now = useNow();
  const { zone } = useStore(settings);
  const missing = useMissingScope('ALERT_READ');
  const rotas = useQuery({ ...rotasQuery(undefined), enabled: missing === undefined, retry: false });
  const people = [...new Set((rotas.data?.items ?? []).flatMap(({ on_call: names }) => names))];
  const date = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'full',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  }).format(now);
  return (
    <span className="sub hide-m">
      {date}.{people.length === 0 ? '' : ` On call: ${people.join(', then ')}.`}
    </span>
  );
};

export const OverviewPage = (): ReactElement => (
  <div>
    <Head title="Overview">
      <Today />
    </Head>
    <Columns side={372}>
      <div>
        <NeedsYou />
        <Figures />
        <InFlight />
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
