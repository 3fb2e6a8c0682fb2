import type { Schema } from '@interlock/api-types';
import { durationText, percentText } from '../format.js';

export type Figures = Schema<'FiguresDto'>;
export type Period = Figures['over'];
export type GroupedBy = Figures['by'];
type Counts = Pick<Figures['series'][number], 'accepted' | 'automatic' | 'started' | 'refused'>;

export const periods: { readonly [Name in Period]: string } = { hour: 'Hour', day: 'Day', week: 'Week' };
export const groupings: { readonly [Name in GroupedBy]: string } = {
  action_type: 'Action type',
  account_id: 'Account',
  agent: 'Agent',
};
/** The length of time that one bar covers, for each period. */
export const stepWords: { readonly [P in Period]: string } = {
  hour: 'five minutes',
  day: 'hour',
  week: 'six hours',
};

/** The parts of a bar, from the bottom up. */
export const parts = [
  { name: 'By itself', fill: 'color-mix(in srgb, var(--green) 62%, var(--surface))' },
  { name: 'After approval', fill: 'var(--accent)' },
  { name: 'Not run', fill: 'var(--yellow)' },
  { name: 'Refused', fill: 'var(--red)' },
] as const;

/** Returns the number of actions in each part of a bar, in the order of `parts`. Pure. */
export const heights = ({ accepted, automatic, started, refused }: Counts): readonly number[] => [
  automatic,
  started - automatic,
  accepted - started - refused,
  refused,
];

/** Returns a share in percent; a dash if the whole is zero. Pure. */
export const shareText = (part: number, whole: number): string =>
  whole === 0 ? '–' : percentText((100 * part) / whole);

/** Returns the median or the 95th percentile as a duration; a dash if there is none. Pure. */
export const durationsText = (
  of: { readonly median: number; readonly p95: number } | null,
  which: 'median' | 'p95',
): string => (of === null ? '–' : durationText(of[which]));
