import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { counted, momentText, numberText, percentText } from '../format.js';
import { serverNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { cols } from '../ui/tables/Columns.js';
import { Card, Empty, Loaded } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { num, Table, type Heading } from '../ui/tables/Table.js';
import { calibrationQuery, type TypeCalibration } from './queries.js';
import { cx } from '../ui/cx.js';
import css from './twin.module.css';

/** The number of outcomes over which the twin is judged. */
const judgedOutcomes = 200;
/** The header of a column of numbers that a phone has no room for. */
const wide = (text: string): Heading => ({ text, className: 'num hide-m' });
const isLost = ({ has_vote: has }: TypeCalibration): boolean => !has;
const share = (value: number | null): string => (value === null ? '–' : percentText(100 * value));

/**
 * Predicted harm against observed harm, both from 0 to 100 %. The size of a disc shows its number
 * of outcomes.
 */
const Plot = ({ of }: { readonly of: TypeCalibration }): ReactElement => {
  const x = (value: number): number => 40 + 260 * value;
  const y = (value: number): number => 262 - 242 * value;
  const most = Math.max(1, ...of.bins.map(({ outcomes }) => outcomes));
  const words = of.bins.map(
    ({ said, seen, outcomes }) => `said ${share(said)}, seen ${share(seen)} of ${outcomes}`,
  );
  return (
    <svg
      viewBox="0 0 312 302"
      width="100%"
      style={{ maxWidth: 420 }}
      role="img"
      aria-label={`Calibration over ${counted(of.outcomes, 'outcome')}: ${words.join('; ')}`}
    >
      {[0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => (
        <g key={at}>
          <path d={`M40 ${y(at)}H300`} stroke="var(--grid)" />
          <text x="33" y={y(at) + 4} textAnchor="end">
            {100 * at}
          </text>
          <text x={x(at)} y="280" textAnchor="middle">
            {Math.round(100 * at)}
          </text>
        </g>
      ))}
      <path d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} stroke="var(--ctl)" strokeDasharray="4 3" />
      {of.bins.map(({ from, said, seen, low, high, outcomes }) => (
        <g key={from}>
          <path d={`M${x(said)} ${y(low)}V${y(high)}`} stroke="var(--accent)" strokeWidth="1.4" />
          <circle
            cx={x(said)}
            cy={y(seen)}
            r={3 + 4 * Math.sqrt(outcomes / most)}
            fill="var(--accent)"
            stroke="var(--surface)"
          />
        </g>
      ))}
      <text x="170" y="297" textAnchor="middle">
        predicted harm, % (risk_score)
      </text>
      <text x="44" y="14" className="d">
        harm seen, %
      </text>
    </svg>
  );
};

const Classes = ({ of }: { readonly of: TypeCalibration }): ReactElement => (
  <Table name="Calibration" head={['Score', num('Outcomes'), num('Said'), num('Seen'), num('95 %')]}>
    {of.bins.map(({ from, to, outcomes, said, seen, low, high }) => (
      <tr key={from}>
        <td>
          {from} – {to}
        </td>
        <td className="num">{outcomes}</td>
        <td className="num">{share(said)}</td>
        <td className="num">{share(seen)}</td>
        <td className="num">
          {numberText(100 * low, 1)} – {percentText(100 * high)}
        </td>
      </tr>
    ))}
  </Table>
);

type CourseProps = {
  readonly of: TypeCalibration;
  readonly least: number;
};
const Course = ({ of, least: leastCoverage }: CourseProps): ReactElement | null => {
  const { zone } = useStore(settings);
  const points = of.course;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return null;
  const least = Math.min(0.8, ...points.map(({ coverage }) => coverage)) - 0.02;
  const y = (value: number): number => 128 - (94 * (value - least)) / (1 - least);
  const x = (i: number): number => 30 + (810 * i) / (points.length - 1);
  const now = serverNow();
  return (
    <div className="b scroll rt" tabIndex={0} role="region" aria-label="Coverage over time, scrolls sideways">
      <svg
        viewBox="0 0 850 150"
        width="100%"
        role="img"
        aria-label={`Coverage of ${of.action_type}: ${share(first.coverage)} at first, now ${share(last.coverage)}, ${share(leastCoverage)} is the least`}
      >
        {[least + 0.02, 0.9, 1].map((at) => (
          <g key={at}>
            <path d={`M30 ${y(at)}H840`} stroke="var(--grid)" />
            <text x="24" y={y(at) + 4} textAnchor="end">
              {Math.round(100 * at)}
            </text>
          </g>
        ))}
        <path d={`M30 ${y(leastCoverage)}H840`} stroke="var(--red)" strokeDasharray="4 3" />
        <text x="32" y={y(leastCoverage) - 5} style={{ fill: 'var(--red-t)' }}>
          {share(leastCoverage)}: below it over 200 outcomes, a person decides
        </text>
        <polyline
          points={points.map(({ coverage }, i) => `${x(i)},${y(coverage)}`).join(' ')}
          fill="none"
          stroke="var(--accent)"
          strokeWidth="1.8"
        />
        <text x="30" y="146">
          {momentText(first.at, zone, now)}
        </text>
        <text x="840" y="146" textAnchor="end">
          {momentText(last.at, zone, now)}
        </text>
      </svg>
    </div>
  );
};

type LostProps = {
  readonly of: TypeCalibration;
  readonly least: number;
};
const Lost = ({ of, least }: LostProps): ReactElement | null => {
  if (!isLost(of)) return null;
  const most = Math.round(judgedOutcomes * (1 - least));
  return (
    <div className="aside k-yellow col" style={{ gap: 6, margin: 12 }}>
      <span className="row wrap">
        <Chip look={{ kind: 'yellow', glyph: 'dia', word: 'Has no vote' }} />
        <b className="mono">{of.action_type}</b>
        <span className="muted">
          {of.inside} of the last {of.judged} inside their interval
        </span>
      </span>
      <span className="t2">
        A person decides each action. <b>The vote is back</b> when at most {most} of the last {judgedOutcomes}{' '}
        outcomes are outside; now {of.judged - of.inside} are.
      </span>
      <span className="sm lnk">
        <Link to="/approvals" search={{ type: of.action_type }}>
          Those who wait
        </Link>{' '}
        <Link to="/actions" search={{ type: of.action_type, gate: 'prediction', verdict: 'inconclusive' }}>
          Actions that it held
        </Link>
      </span>
    </div>
  );
};

/**
 * The calibration of the twin: predicted against observed harm, and the share of outcomes inside
 * their intervals.
 */
export const Calibration = (): ReactElement => {
  const query = useQuery(calibrationQuery());
  const [chosen, setChosen] = useState<string | undefined>();
  const [asTable, setAsTable] = useState(false);
  return (
    <Card
      title="How well it knows"
      right={
        <span className="hide-m">
          {query.data === undefined
            ? ''
            : `${query.data.items.filter(isLost).length} of ${query.data.items.length} without a vote, `}
          by action type
        </span>
      }
    >
      <Loaded query={query} rows={8} what="the calibration">
        {({ items, least_coverage: least }) => {
          const judged = items.filter(({ outcomes }) => outcomes > 0);
          const of = judged.find(({ action_type: name }) => name === chosen) ?? judged[0];
          if (of === undefined)
            return (
              <Empty>
                <b>No prediction has an outcome yet.</b> Each action that runs adds one outcome.
              </Empty>
            );
          return (
            <div
              className={cx(css['halves'], 'grid')}
              style={cols('320px minmax(0, 1fr)', { narrow: 'minmax(0, 1fr)', gap: 0, align: 'stretch' })}
            >
              <div>
                <h3 className="line">
                  Calibration of <span className="mono">{of.action_type}</span>
                </h3>
                <div className="b">
                  {asTable ? <Classes of={of} /> : <Plot of={of} />}
                  <p className="xs muted">
                    Disc: {counted(of.outcomes, 'outcome')}. Line: 95 % interval. On the diagonal the word is
                    kept.{' '}
                    <Button variant="subtle" size="sm" onClick={() => setAsTable(!asTable)}>
                      {asTable ? 'As a plot' : 'As a table'}
                    </Button>
                  </p>
                </div>
              </div>
              <div>
                <h3 className="line">Coverage of its 90 % intervals, last {of.judged} outcomes</h3>
                <Course of={of} least={least} />
                {items.map((each) => (
                  <Lost key={each.action_type} of={each} least={least} />
                ))}
                <Table
                  name="Account of each action type"
                  className={cx(css['account'], 'bt')}
                  head={[
                    'Action type',
                    wide('Outcomes'),
                    num('Coverage'),
                    wide('Width'),
                    wide('Brier'),
                    wide('base rate'),
                    wide('Calib. error'),
                    'Vote',
                  ]}
                >
                  {items.map((each) => (
                    <tr
                      key={each.action_type}
                      className={each === of ? 'sel' : undefined}
                      aria-selected={each === of}
                    >
                      <td>
                        <Button
                          className="mono"
                          variant="subtle"
                          c="var(--link)"
                          px={0}
                          onClick={() => setChosen(each.action_type)}
                        >
                          {each.action_type}
                        </Button>
                      </td>
                      <td className="num hide-m">
                        {numberText(each.outcomes, 0)} of {numberText(each.traces, 0)}
                      </td>
                      <td className="num">
                        <b>{share(each.coverage)}</b>
                      </td>
                      <td className="num hide-m">
                        {each.width === null ? '–' : `${numberText(each.width, 1)} impact`}
                      </td>
                      <td className="num hide-m">{each.brier === null ? '–' : numberText(each.brier, 3)}</td>
                      <td className="num hide-m t2">
                        {each.base_brier === null ? '–' : numberText(each.base_brier, 3)}
                      </td>
                      <td className="num hide-m">{share(each.calibration_error)}</td>
                      <td>
                        <Chip
                          plain
                          look={
                            isLost(each)
                              ? { kind: 'yellow', glyph: 'dia', word: 'no vote' }
                              : each.judged === 0
                                ? { kind: 'unk', glyph: 'clk', word: 'no outcome yet' }
                                : { kind: 'green', glyph: 'ok', word: 'has its vote' }
                          }
                        />
                      </td>
                    </tr>
                  ))}
                </Table>
              </div>
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
};
