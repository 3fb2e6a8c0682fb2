import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Decide } from './approvals/Decide.js';
import { DeviceDiffs } from './DeviceDiffs.js';
import { limitsOf } from './limits.js';
import { Nearest } from './Nearest.js';
import {
  deadlineOf,
  entityLimitOf,
  intervalsOf,
  judgedOf,
  leafName,
  nearMissesOf,
  riskOf,
  scoreText,
  titleOf,
  whyOf,
} from './words.js';
import { actionQuery, type Action } from '../api/queries.js';
import { counted, plainValue, rangeText, sentence } from '../format.js';
import { cols } from '../ui/tables/Columns.js';
import { Countdown } from '../ui/countdown.js';
import { cx } from '../ui/cx.js';
import { UntrustedText, Loaded, Time } from '../ui/parts.js';
import { actionLook, StateChip } from '../ui/states.js';
import { usePhone } from '../ui/usePhone.js';
import { Hint } from '../ui/Tooltip.js';
import css from './approvals/approvals.module.css';

type Plan = NonNullable<Action['plan']>;

const devicesOf = (plan: Plan): readonly string[] => [
  ...new Set([plan, ...(plan.parts ?? [])].map(({ device_id: id }) => id)),
];

/** Says how the device's own difference compares with the planned one. */
const dryRunText = ({ device_diff: shown, diff }: Plan): string =>
  shown?.changes === null || shown === undefined
    ? 'not compared on the device'
    : shown.changes.length === diff.length
      ? 'dry run exact'
      : `the device reports ${counted(shown.changes.length, 'leaf', 'leaves')}`;

/** The risk up to which the action would have run by itself; empty if risk did not hold it. */
const automaticText = (action: Action): string => {
  const limit = limitsOf(action).find(({ figure }) => figure === 'risk_score');
  return limit === undefined ? '' : `, automatic up to ${plainValue(limit.value)}`;
};

const Preview = ({ action }: { readonly action: Action }): ReactElement => {
  const deadline = deadlineOf(action);
  const [interval] = intervalsOf(action);
  const waits = deadline !== undefined;
  const phone = usePhone();
  const decision = waits ? (
    <div className={cx(css['part'], css['decision'])} key="decision">
      <Decide key={action.action_id} action={action} />
    </div>
  ) : null;
  return (
    <section className="card" aria-label="Request">
      <header>
        <h2>
          {titleOf(action)} <UntrustedText whole text={action.entity_id} />
        </h2>
        <StateChip state={action.state} />
        <span className="r">
          {waits ? <Countdown key={deadline.due} {...deadline} /> : null}
          <Link to="/actions/$id" params={{ id: action.action_id }}>
            Whole story
          </Link>
        </span>
      </header>
      {phone ? decision : null}
      <div className={cx('figs', css['figures'])} style={cols('none')}>
        <div>
          <b>
            {scoreText(riskOf(action))} <span>{judgedOf(action).level ?? ''}</span>
          </b>
          <span>risk, of 99{automaticText(action)}</span>
        </div>
        <div>
          <b>{action.affected_entity_count}</b>
          <span>
            {entityLimitOf(action) === undefined
              ? 'entities'
              : `of ${entityLimitOf(action) ?? ''} entities, limit by policy`}
          </span>
        </div>
        <div>
          <b>{interval === undefined ? '–' : rangeText(interval.low, interval.high)}</b>
          <span>
            {interval === undefined ? 'no prediction' : `${sentence(interval.kpi)}, predicted change`}
          </span>
        </div>
        <div>
          <b>{action.plan === null ? '–' : action.plan.reversible ? 'Yes' : 'No'}</b>
          <span>
            can be taken back
            {action.plan?.reversible === true ? '; unconfirmed, the device does it by itself' : ''}
          </span>
        </div>
      </div>
      <div className={css['part']}>
        <h3 className="line">Why it asks</h3>
        <p className="t2 long iso">{whyOf(action) || 'No gate holds it any longer.'}</p>
        {nearMissesOf(action).map((text) => (
          <p key={text} className="sm muted long iso">
            Near: {text}.
          </p>
        ))}
      </div>
      {action.plan === null ? null : (
        <div className={css['part']} id="device-changes" tabIndex={-1}>
          <h3 className="line">
            What changes on the network{' '}
            {devicesOf(action.plan).map((id) => (
              <span key={id} className="tag mono">
                {id}
              </span>
            ))}
            <span className="ml xs muted">{dryRunText(action.plan)}</span>
          </h3>
          <div
            className="grid mono"
            style={{
              ...cols('minmax(0, 1.25fr) 1fr 16px 1fr', { phone: '1fr 14px 1fr', gap: '4px 10px' }),
              fontSize: 12,
            }}
          >
            {action.plan.diff.map(({ path, before, after }) => (
              <div key={path} style={{ display: 'contents' }}>
                <Hint className="long all-m" label={path}>
                  {leafName(path)}
                </Hint>
                <span className="was long">{before ?? 'not there'}</span>
                <span aria-label="becomes">→</span>
                <span className="is long">{after ?? 'removed'}</span>
              </div>
            ))}
          </div>
          <DeviceDiffs plan={action.plan} />
        </div>
      )}
      <Nearest action={action} />
      {phone ? null : decision}
      {waits ? (
        <p className="note xs hide-m">
          <kbd>J</kbd> <kbd>K</kbd> next, <kbd>D</kbd> diff, <kbd>O</kbd> whole story
        </p>
      ) : null}
      {waits ? null : (
        <div className={css['part']}>
          <p className="t2">
            {actionLook[action.state].word}
            {action.ended_at === null ? '.' : ', at '}
            {action.ended_at === null ? null : <Time at={action.ended_at} zoned />}
          </p>
          {action.comments.map(({ at, on, comment }) => (
            <p key={`${at}${on}`} className="long">
              <span className="muted">{sentence(on)}:</span> <bdi>{comment}</bdi>
            </p>
          ))}
        </div>
      )}
    </section>
  );
};

/** The request that is chosen, with its decision. */
export const Chosen = ({ id }: { readonly id: string }): ReactElement => {
  const action = useQuery(actionQuery(id));
  return (
    <Loaded query={action} rows={8} what="this request">
      {(data) => <Preview action={data} />}
    </Loaded>
  );
};
