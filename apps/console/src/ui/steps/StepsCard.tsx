import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { numberText } from '../../format.js';
import { niceTop } from './steps.js';
import { Card, Loaded } from '../parts.js';

/** A part of every bar: its name and its CSS colour. */
export type Part = { readonly name: string; readonly fill: string };
/** A bar: the time at which its step begins, and the height of each part. */
export type Step = { readonly at: string; readonly heights: readonly number[] };

type ChartProps = {
  readonly parts: readonly Part[];
  readonly steps: readonly Step[];
  readonly tick: (at: string) => string;
};
const Chart = ({ parts, steps, tick }: ChartProps): ReactElement => {
  const top = niceTop(Math.max(0, ...steps.map(({ heights }) => heights.reduce((a, b) => a + b, 0))));
  const y = (value: number): number => 100 - 90 * (value / top);
  const width = 790 / Math.max(1, steps.length);
  return (
    <svg viewBox="0 0 820 118" width="100%" aria-hidden="true">
      {[0, 0.5, 1].map((at) => (
        <g key={at}>
          <path d={`M26 ${y(at * top)}H818`} stroke="var(--grid)" />
          <text x="20" y={y(at * top) + 4} textAnchor="end">
            {at * top}
          </text>
        </g>
      ))}
      {steps.map(({ at, heights }, i) =>
        heights.map((count, part) => {
          const from = heights.slice(0, part).reduce((a, b) => a + b, 0);
          return count === 0 ? null : (
            <rect
              key={`${at}${parts[part]?.name ?? ''}`}
              x={28 + i * width}
              y={y(from + count)}
              width={width - 5}
              height={y(from) - y(from + count)}
              fill={parts[part]?.fill}
            />
          );
        }),
      )}
      {steps.map(({ at }, i) =>
        i % 3 === 2 ? (
          <text key={at} x={28 + i * width + (width - 5) / 2} y="115" textAnchor="middle">
            {tick(at)}
          </text>
        ) : null,
      )}
    </svg>
  );
};

/** Counts by time, as stacked bars or as a table, with the totals of each part. */
export const StepsCard = <T,>({
  title,
  about,
  className,
  query,
  stepsIn,
  parts,
  head,
  timeText,
  tick,
  foot,
}: {
  readonly title: string;
  /** Describes the chart for users who cannot see it. */
  readonly about: string;
  readonly className?: string;
  readonly query: UseQueryResult<T>;
  readonly stepsIn: (data: T) => readonly Step[];
  readonly parts: readonly Part[];
  /** The heading of the table's column of times. */
  readonly head: string;
  readonly timeText: (at: string) => string;
  /** Returns the time label below a bar. */
  readonly tick: (at: string) => string;
  /** Returns a line for below the chart. */
  readonly foot?: (data: T) => string;
}): ReactElement => {
  const [asTable, setAsTable] = useState(false);
  const known = query.data === undefined ? [] : stepsIn(query.data);
  const totals = parts.map((_part, i) => known.reduce((sum, { heights }) => sum + (heights[i] ?? 0), 0));
  return (
    <Card
      title={title}
      {...(className === undefined ? {} : { className })}
      right={
        <span className="lgd">
          {parts.map(({ name, fill }, i) => (
            <span key={name}>
              <i style={{ background: fill }} />
              {name} {numberText(totals[i] ?? 0, 0)}
            </span>
          ))}
          <Button variant="subtle" size="sm" onClick={() => setAsTable(!asTable)}>
            {asTable ? 'As bars' : 'As a table'}
          </Button>
        </span>
      }
    >
      <Loaded query={query} rows={3} what={about.toLowerCase()}>
        {(data) => (
          <>
            <div
              className="b scroll"
              style={{ paddingBottom: 8 }}
              role={asTable ? 'region' : 'img'}
              tabIndex={asTable ? 0 : undefined}
              aria-label={`${about}: ${parts.map(({ name }, i) => `${totals[i] ?? 0} ${name.toLowerCase()}`).join(', ')}`}
            >
              {asTable ? (
                <table>
                  <thead>
                    <tr>
                      <th>{head}</th>
                      {parts.map(({ name }) => (
                        <th key={name} className="num">
                          {name}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {stepsIn(data).map(({ at, heights }) => (
                      <tr key={at}>
                        <td>{timeText(at)}</td>
                        {heights.map((count, i) => (
                          <td key={parts[i]?.name} className="num">
                            {count}
                          </td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              ) : (
                <Chart parts={parts} steps={stepsIn(data)} tick={tick} />
              )}
            </div>
            {foot === undefined ? null : <p className="note xs">{foot(data)}</p>}
          </>
        )}
      </Loaded>
    </Card>
  );
};
