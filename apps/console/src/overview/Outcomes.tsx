import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { clockText, numberText, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Card, Loaded } from '../ui/parts.js';
import { heights, niceTop, parts, type Hour } from './outcomes.js';

const outcomesQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['status', 'outcomes', tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomous/outcomes/by-hour', { query: { hours: 24 }, tenant, signal }),
    refetchInterval: 60_000,
  });

const Chart = ({ hours }: { readonly hours: readonly Hour[] }): ReactElement => {
  const { zone } = useStore(settings);
  const top = niceTop(Math.max(0, ...hours.map((hour) => heights(hour).reduce((a, b) => a + b, 0))));
  const y = (value: number): number => 100 - 90 * (value / top);
  const step = 790 / Math.max(1, hours.length);
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
      {hours.map((hour, i) => {
        const tall = heights(hour);
        return tall.map((count, part) => {
          const from = tall.slice(0, part).reduce((a, b) => a + b, 0);
          return count === 0 ? null : (
            <rect
              key={`${hour.hour}${parts[part]?.name ?? ''}`}
              x={28 + i * step}
              y={y(from + count)}
              width={step - 5}
              height={y(from) - y(from + count)}
              fill={parts[part]?.fill}
            />
          );
        });
      })}
      {hours.map(({ hour }, i) =>
        i % 3 === 2 ? (
          <text key={hour} x={28 + i * step + (step - 5) / 2} y="115" textAnchor="middle">
            {clockText(hour, zone).slice(0, 2)}
          </text>
        ) : null,
      )}
    </svg>
  );
};

const Table = ({ hours }: { readonly hours: readonly Hour[] }): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <table>
      <thead>
        <tr>
          <th>Hour, {zoneName(zone)}</th>
          {parts.map(({ name }) => (
            <th key={name} className="num">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {hours.map((hour) => (
          <tr key={hour.hour}>
            <td>{clockText(hour.hour, zone).slice(0, 5)}</td>
            {heights(hour).map((count, i) => (
              <td key={parts[i]?.name} className="num">
                {count}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** How actions ended in the last 24 hours, as bars or as a table; dry runs are left out. */
export const Outcomes = (): ReactElement => {
  const query = useQuery(outcomesQuery());
  const [asTable, setAsTable] = useState(false);
  const hours = query.data?.items ?? [];
  const totals = parts.map((_part, i) => hours.reduce((sum, hour) => sum + (heights(hour)[i] ?? 0), 0));
  return (
    <Card
      title="Outcomes by hour"
      className="o7"
      right={
        <span className="lgd">
          {parts.map(({ name, fill }, i) => (
            <span key={name}>
              <i style={{ background: fill }} />
              {name} {numberText(totals[i] ?? 0, 0)}
            </span>
          ))}
          <Button
            variant="subtle"
            size="sm"
            onClick={() => {
              setAsTable(!asTable);
            }}
          >
            {asTable ? 'As bars' : 'As a table'}
          </Button>
        </span>
      }
    >
      <Loaded query={query} rows={3} what="outcomes">
        {({ items }) => (
          <div
            className="b scroll"
            style={{ paddingBottom: 8 }}
            role={asTable ? 'region' : 'img'}
            tabIndex={asTable ? 0 : undefined}
            aria-label={`Outcomes by hour, last 24 hours: ${parts.map(({ name }, i) => `${totals[i] ?? 0} ${name.toLowerCase()}`).join(', ')}`}
          >
            {asTable ? <Table hours={items} /> : <Chart hours={items} />}
          </div>
        )}
      </Loaded>
    </Card>
  );
};
