import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { counted, durationText } from '../format.js';
import { Ago } from '../ui/parts.js';
import { routeQuery } from '../api/route-query.js';

export const approvalFiguresQuery = () =>
  routeQuery(
    '/api/v1/autonomous/approvals/figures',
    ['status', 'approval-figures'],
    {},
    { refetchInterval: 60_000 },
  );

/** How fast and how often people answered requests in the last 30 days. Everyone may see it. */
export const NeedsFigures = (): ReactElement | null => {
  const { data } = useQuery(approvalFiguresQuery());
  if (data === undefined || data.answers + data.waiting === 0) return null;
  const { oldest_requested_at: oldest, turnaround_median_ms: median } = data;
  return (
    <p className="note xs">
      {oldest === null ? null : (
        <>
          The oldest has waited <Ago at={oldest} />.{' '}
        </>
      )}
      {data.answers === 0
        ? 'Nobody answered in the last 30 days.'
        : `${counted(data.answers, 'answer')} in 30 days, half of them within ${median === null ? '–' : durationText(median)}; ${counted(data.rubber_stamps, 'yes', 'yeses')} within 10 s of being asked.`}
    </p>
  );
};
