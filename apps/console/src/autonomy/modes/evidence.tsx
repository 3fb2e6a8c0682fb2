import type { ReactElement } from 'react';
import { counted, percentText } from '../../format.js';
import type { EarnedCell } from '../queries.js';

type Figures = EarnedCell['figures'];

/**
 * One mark for each outcome: good ones are low and green, bad ones are high and violet. The record
 * holds only their numbers, so the marks do not show their order in time.
 */
export const Marks = ({ good, bad }: { readonly good: number; readonly bad: number }): ReactElement => {
  const all = Math.min(240, good + bad);
  const wrong = Math.min(bad, all);
  const width = Math.max(90, 9 * all);
  return (
    <svg
      viewBox={`0 0 ${width} 20`}
      width="100%"
      height="20"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${counted(good + bad, 'outcome')}: ${good} good, ${bad} not`}
      style={{ maxWidth: 1.6 * width }}
    >
      <path
        d={Array.from({ length: all - wrong }, (_, i) => `M${9 * i} 6h7v10h-7z`).join('')}
        fill="color-mix(in srgb, var(--green) 62%, var(--surface))"
      />
      <path
        d={Array.from({ length: wrong }, (_, i) => `M${9 * (all - wrong + i)} 2h7v16h-7z`).join('')}
        fill="var(--vio)"
      />
    </svg>
  );
};

/** Summarizes a record in one line. */
export const evidenceText = ({ good, bad, lower_bound: bound, target }: Figures): string =>
  `${counted(good, 'good outcome')}, ${bad} not. Success is at least ${percentText(100 * bound)} (95 %); a step up needs ${percentText(100 * target)}.`;
