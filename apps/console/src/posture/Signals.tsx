import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Posture } from '../api/queries.js';
import { counted, durationText, numberText, percentText, plainValue } from '../format.js';
import { lockWord } from '../ui/glyphs.js';
import { Card, Time } from '../ui/parts.js';
import { Chip, levelLook } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { distanceText, limitsRange, limitsText, type Band, type Signal } from './distance.js';
import css from './posture.module.css';

const names: { readonly [S in Signal]: string } = {
  trust_locked: 'Trust lock',
  integrity_score: 'Integrity',
  consensus_pct: 'Consensus',
  reputation_score: 'Reputation',
  forecast_risk: 'Forecast risk',
  recent_responses: 'Responses, 24 h',
};
const signalNames = Object.keys(names) as readonly Signal[];

const valueText = (name: Signal, value: unknown): string => {
  if (typeof value === 'number')
    return name === 'integrity_score' || name === 'consensus_pct' ? percentText(value) : numberText(value, 1);
  if (typeof value === 'boolean') return lockWord(value);
  return plainValue(value);
};

const fills: { readonly [L in Band['level']]: string } = {
  GREEN: 'color-mix(in srgb, var(--green) 45%, var(--surface))',
  YELLOW: 'color-mix(in srgb, var(--yellow) 55%, var(--surface))',
  RED: 'color-mix(in srgb, var(--red) 55%, var(--surface))',
};

/** The value as a marker on its range, with one band for each level. */
const Limits = ({ name, posture }: { readonly name: Signal; readonly posture: Posture }): ReactElement => {
  const { from, to, bands, value } = limitsRange(name, posture);
  const x = (at: number): number => (200 * (at - from)) / Math.max(1e-9, to - from);
  return (
    <svg
      viewBox="0 0 200 18"
      preserveAspectRatio="none"
      width="100%"
      height="18"
      role="img"
      aria-label={limitsText(name, posture)}
    >
      <title>{limitsText(name, posture)}</title>
      {bands.map(({ level, from: low, to: high }) => (
        <rect
          key={level}
          x={x(low)}
          y="6"
          width={Math.max(0, x(high) - x(low) - 1)}
          height="6"
          fill={fills[level]}
        />
      ))}
      <path d={`M${x(value)} 1V17`} stroke="var(--text)" strokeWidth="3" vectorEffect="non-scaling-stroke" />
    </svg>
  );
};

const lookOf = (name: Signal, posture: Posture): Parameters<typeof Chip>[0]['look'] => {
  if (posture.red_triggers.includes(name)) return levelLook.RED;
  if (posture.yellow_triggers.includes(name)) return levelLook.YELLOW;
  const { status } = posture.signals[name];
  return status === 'fresh'
    ? { kind: 'green', glyph: 'ok', word: 'fresh' }
    : { kind: 'unk', glyph: 'dia', word: status };
};

/** The reports that were kept out, and whether the tier ORANGE exists. */
const Foot = ({ posture: { refused, orange } }: { readonly posture: Posture }): ReactElement => (
  <p className="note xs">
    {refused.length === 0
      ? 'No malformed report in 24 h.'
      : `${counted(refused.length, 'malformed report')} in 24 h, the last of ${refused[0]?.name ?? ''} by ${refused[0]?.source ?? ''}.`}{' '}
    A malformed report is kept out, and the last good value counts until it is stale. ORANGE is{' '}
    {orange === null ? 'off' : 'on'}.
  </p>
);

/** The six signals: value, limits, distance, age and source. */
export const Signals = ({ posture }: { readonly posture: Posture }): ReactElement => (
  <Card
    title="Six signals"
    extra={
      <span className="lgd hide-m">
        {(['GREEN', 'YELLOW', 'RED'] as const).map((level) => (
          <span key={level}>
            <i style={{ background: fills[level] }} />
            {level}
          </span>
        ))}
      </span>
    }
    right={
      <>
        evaluated <Time at={posture.evaluated_at} zoned />
      </>
    }
  >
    <Table
      name="Signals"
      className={css['signals']}
      head={['Signal', num('Value'), 'Against its limits', 'Distance', 'Age and source', 'State']}
    >
      {signalNames.map((name) => {
        const signal = posture.signals[name];
        return (
          <tr key={name} className={signal.status === 'fresh' ? undefined : css['old']}>
            <td>
              <b className="fw">{names[name]}</b>
              <div className="mono xs muted">{name}</div>
            </td>
            <td className="num fw">{valueText(name, posture.inputs[name])}</td>
            <td>
              <Limits name={name} posture={posture} />
            </td>
            <td className="t2">{distanceText(name, posture)}</td>
            <td className="t2">
              {signal.age_s === null ? '–' : durationText(signal.age_s * 1000)}
              {signal.max_age_s === null ? '' : ` of ${durationText(signal.max_age_s * 1000)}`}
              <div className="xs muted iso">{signal.source}</div>
            </td>
            <td>
              <Chip plain look={lookOf(name, posture)} />
            </td>
          </tr>
        );
      })}
    </Table>
    <Foot posture={posture} />
  </Card>
);

/** The rule for a silent sensor, with a link to the page that changes it. */
export const OnMissing = ({ posture: { on_missing: rule } }: { readonly posture: Posture }): ReactElement => (
  <p className="sm t2">
    {rule === 'yellow'
      ? 'A silent sensor is no good news: it counts as YELLOW.'
      : 'A silent sensor counts as healthy.'}{' '}
    <span className="mono">on_missing: {rule}</span>. <Link to="/posture/settings">Change…</Link>
  </p>
);
