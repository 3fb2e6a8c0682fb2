import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { clockText, durationText, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { StepsCard } from '../ui/steps/StepsCard.js';
import { heights, parts } from './outcomes.js';
import { routeQuery } from '../api/route-query.js';

const outcomesQuery = () =>
  routeQuery(
    '/api/v1/autonomous/outcomes/by-hour',
    ['status', 'outcomes'],
    { query: { hours: 24 } },
    { refetchInterval: 60_000 },
  );

/** How actions ended in the last 24 hours; dry runs are left out. */
export const Outcomes = (): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <StepsCard
      title="Outcomes by hour"
      about="Outcomes by hour, last 24 hours"
      className="o7"
      query={useQuery(outcomesQuery())}
      stepsIn={({ items }) => items.map((hour) => ({ at: hour.hour, heights: heights(hour) }))}
      parts={parts}
      head={`Hour, ${zoneName(zone)}`}
      timeText={(at) => clockText(at, zone).slice(0, 5)}
      tick={(at) => clockText(at, zone).slice(0, 2)}
      foot={({ items, server_time: now }) => {
        const age = Date.parse(now) - Date.parse(items.at(-1)?.hour ?? '');
        // The last bar is of the hour that has begun, unless nothing happened in it.
        const last = age < 3_600_000 ? `; the last bar is ${durationText(age)} old` : '';
        return `24 hours to ${clockText(now, zone).slice(0, 5)} ${zoneName(zone)}${last}.`;
      }}
    />
  );
};
