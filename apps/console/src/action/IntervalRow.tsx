import type { ReactElement } from 'react';
import { numberText, rangeText, sentence } from '../format.js';
import { axisOf } from './axis.js';

export type Interval = {
  readonly kpi: string;
  readonly low: number;
  readonly high: number;
  readonly expected?: number | undefined;
  readonly observed?: number | undefined;
  /** How the server compares the observed value with the predicted interval. */
  readonly verdict?: 'inside' | 'better' | 'worse' | 'missing' | undefined;
};

const verdictWords = { inside: 'inside', better: 'better', worse: 'outside' } as const;

/**
 * A predicted interval with the expected and the observed value, on an axis with its own range. The
 * same content is given in words for users who cannot see the drawing.
 */
export const IntervalRow = ({ interval }: { readonly interval: Interval }): ReactElement => {
  const { kpi, low, high, expected, observed, verdict } = interval;
  const place = axisOf([low, high, ...[expected, observed].filter((value) => value !== undefined)]);
  const worse = verdict === 'worse';
  const words = `${sentence(kpi)}: predicted ${rangeText(low, high)}${observed === undefined ? '' : `, seen ${numberText(observed)}${verdict === undefined ? '' : `, ${verdict}`}`}`;
  return (
    <div className="kpi">
      <span className="iso">{sentence(kpi)}</span>
      <svg
        viewBox="0 0 1000 24"
        preserveAspectRatio="none"
        height="24"
        width="100%"
        role="img"
        aria-label={words}
      >
        <path d="M0 12H1000" stroke="var(--line)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
        <rect
          x={place(low)}
          y="6"
          width={Math.max(4, place(high) - place(low))}
          height="12"
          rx="2"
          fill="var(--band)"
        />
        {expected === undefined ? null : (
          <path
            d={`M${place(expected)} 4V20`}
            stroke="var(--accent)"
            strokeWidth="2"
            vectorEffect="non-scaling-stroke"
          />
        )}
        {observed === undefined ? null : (
          <path
            d={`M${place(observed)} 2V22`}
            stroke={worse ? 'var(--red)' : 'var(--green-t)'}
            strokeWidth="3"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <span className="num mono">{rangeText(low, high)}</span>
      <span className={`num ${worse ? 'red' : 't2'}`}>
        {observed === undefined
          ? ''
          : `seen ${numberText(observed)}${verdict === undefined || verdict === 'missing' ? '' : `, ${verdictWords[verdict]}`}`}
      </span>
    </div>
  );
};
