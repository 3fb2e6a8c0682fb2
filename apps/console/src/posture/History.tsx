import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { postureHistoryQuery, postureTrendQuery, type Level } from '../api/queries.js';
import { counted, durationText, momentText, numberText, percentText, sentence, zoneName } from '../format.js';
import { serverNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { cols } from '../ui/tables/Columns.js';
import { Card, Empty, Loaded, Time } from '../ui/parts.js';
import { Chip, levelLook } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { spansOf, type Trend } from './spans.js';
import css from './posture.module.css';

const periods = { 48: '48 h', 168: '7 days', 720: '30 days' } as const;
type Period = `${keyof typeof periods}`;

const rows: readonly Level[] = ['RED', 'ORANGE', 'YELLOW', 'GREEN'];
const fills: { readonly [L in Level]: string } = {
  GREEN: 'color-mix(in srgb, var(--green) 62%, var(--surface))',
  YELLOW: 'var(--yellow)',
  ORANGE: 'var(--orange)',
  RED: 'var(--red)',
};

/** The effective level over time: one row for each level, worse ones above. */
const Course = ({ trend }: { readonly trend: Trend }): ReactElement => {
  const { zone } = useStore(settings);
  const now = serverNow();
  const from = Date.parse(trend.from);
  const length = Math.max(1, Date.parse(trend.to) - from);
  const shown = rows.filter((level) => level !== 'ORANGE' || trend.time_in_level_s.ORANGE > 0);
  const x = (at: number): number => 64 + (746 * (at - from)) / length;
  const y = (level: Level): number => 6 + 20 * shown.indexOf(level);
  const spans = spansOf(trend);
  return (
    <div className="b scroll rt" tabIndex={0} role="region" aria-label="Level over time, scrolls sideways">
      <svg
        viewBox={`0 0 816 ${20 * shown.length + 24}`}
        width="100%"
        role="img"
        aria-label={`Effective level: ${spans.map(({ level, from: at }) => `${level} from ${momentText(new Date(at).toISOString(), zone, now)}`).join(', ')}`}
      >
        {shown.map((level) => (
          <g key={level}>
            <text x="0" y={y(level) + 11}>
              {level}
            </text>
            <path d={`M64 ${y(level) + 7}H810`} stroke="var(--grid)" />
          </g>
        ))}
        {spans.map(({ level, from: start, to }) => (
          <rect
            key={start}
            x={x(start)}
            y={y(level) + 1}
            width={Math.max(2, x(to) - x(start))}
            height="12"
            rx="2"
            fill={fills[level]}
          />
        ))}
        {[0, 0.5, 1].map((at) => (
          <text
            key={at}
            x={64 + 746 * at}
            y={20 * shown.length + 20}
            textAnchor={at === 0 ? 'start' : at === 1 ? 'end' : 'middle'}
          >
            {momentText(new Date(from + at * length).toISOString(), zone, now)}
          </text>
        ))}
      </svg>
    </div>
  );
};

/** The shares of the levels, the turns to RED, the flapping and the trend of the signals. */
const Figures = ({ trend }: { readonly trend: Trend }): ReactElement => {
  const { time_in_level_s: time, transitions, flapping, reversals, slopes } = trend;
  const known = time.GREEN + time.YELLOW + time.ORANGE + time.RED;
  const share = (seconds: number): string => percentText((100 * seconds) / Math.max(1, known));
  const red = transitions.filter(({ to }) => to === 'RED').length;
  const nearest = slopes
    .filter(({ towards }) => towards !== null)
    .toSorted((a, b) => (a.towards?.hours ?? 0) - (b.towards?.hours ?? 0))[0];
  return (
    <div className="figs bt" style={cols('none', { pad: 9 })}>
      <div>
        <b>{share(time.GREEN)}</b>
        <span>
          GREEN; YELLOW {share(time.YELLOW + time.ORANGE)}, RED {share(time.RED)}
        </span>
      </div>
      <div>
        <b>{red}</b>
        <span>{red === 1 ? 'turn' : 'turns'} to RED</span>
      </div>
      <div>
        <b>{flapping ? 'flapping' : 'steady'}</b>
        <span>
          {counted(transitions.length, 'change')}, {counted(reversals, 'reversal')}
        </span>
      </div>
      <div>
        {nearest?.towards === undefined || nearest.towards === null ? (
          <>
            <b>none</b>
            <span>no signal moves towards a limit</span>
          </>
        ) : (
          <>
            <b>{numberText(nearest.per_hour)} an hour</b>
            <span>
              {sentence(nearest.signal)}; reaches {numberText(nearest.towards.threshold)} (
              {nearest.towards.level}) in about {durationText(nearest.towards.hours * 3_600_000)}
            </span>
          </>
        )}
      </div>
    </div>
  );
};

/** The level over time, its changes with their causes, and the trend of the signals. */
export const History = (): ReactElement => {
  const [hours, setHours] = useState<Period>('48');
  const history = useQuery(postureHistoryQuery());
  const trend = useQuery(postureTrendQuery(Number(hours)));
  const { zone } = useStore(settings);
  return (
    <Card
      title="History and trend"
      extra={<SegmentedControl label="Period" value={hours} choices={periods} onChoose={setHours} />}
      right={
        <Link to="/audit" search={{ category: 'posture' }}>
          In the log
        </Link>
      }
    >
      <Loaded query={trend} rows={3} what="the trend">
        {(data) => <Course trend={data} />}
      </Loaded>
      <Loaded query={history} what="the history">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>The level has never changed.</b> Changes appear here, with their cause.
            </Empty>
          ) : (
            <Table
              name="History"
              className={css['history']}
              head={[`Time, ${zoneName(zone)}`, 'Effective', 'Policy', 'Why', num('Lasted')]}
            >
              {items.map((change, i) => {
                const until = items[i - 1]?.at;
                return (
                  <tr key={change.revision}>
                    <td>
                      <Time at={change.at} />
                    </td>
                    <td>
                      <Chip plain look={levelLook[change.effective]} />
                    </td>
                    <td>
                      <Chip plain look={levelLook[change.policy]} />
                    </td>
                    <td className="t2 long iso">
                      {change.reasons.map(({ detail }) => detail).join('; ') ||
                        (change.previous === null
                          ? 'first evaluation'
                          : `${change.previous.effective} cleared`)}
                    </td>
                    <td className="num">
                      {until === undefined ? 'now' : durationText(Date.parse(until) - Date.parse(change.at))}
                    </td>
                  </tr>
                );
              })}
            </Table>
          )
        }
      </Loaded>
      {trend.data === undefined ? null : <Figures trend={trend.data} />}
    </Card>
  );
};
