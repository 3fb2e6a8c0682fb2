import type { CSSProperties, ReactElement } from 'react';
import { counted, numberText } from '../../format.js';
import { Glyph } from '../../ui/glyphs.js';
import type { CanaryStatus, GateReading } from '../api.js';
import { axisOf, evidenceLook, intervalText, neededText, rateNames, type RateName } from './rollout-words.js';

const line = { fill: 'none', vectorEffect: 'non-scaling-stroke' } as const;
const gateCols = { '--kpi': '120px minmax(0, 1fr) 122px 104px' } as CSSProperties;

type GateRowProps = {
  readonly name: string;
  readonly reading: GateReading;
};
const GateRow = ({ name, reading }: GateRowProps): ReactElement => {
  const at = axisOf(reading);
  const look = evidenceLook(reading.evidence);
  const text = intervalText(reading);
  return (
    <div className="kpi" style={gateCols}>
      <span>
        {name}
        <br />
        <span className="muted xs">{neededText(reading)}</span>
      </span>
      <svg
        viewBox="0 0 100 34"
        width="100%"
        height="34"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${text} %, gate ${reading.gate} %, critical ${reading.critical} %`}
      >
        <path {...line} stroke="var(--grid)" strokeWidth="2" d="M0 17H100" />
        <rect fill="var(--band)" x={at.low} y="12" width={Math.max(0.5, at.high - at.low)} height="10" />
        {at.value === undefined ? null : (
          <path {...line} stroke="var(--accent)" strokeWidth="2.5" d={`M${at.value} 10V24`} />
        )}
        <path {...line} stroke="var(--yellow)" strokeWidth="1.8" d={`M${at.gate} 5V29`} />
        <path
          {...line}
          stroke="var(--red)"
          strokeDasharray="3 2.5"
          strokeWidth="1.8"
          d={`M${at.critical} 5V29`}
        />
      </svg>
      <span className="num mono xs nw">{text}</span>
      <span className="num">
        <span className={`chip k-${look.kind} plain`}>
          <Glyph name={look.glyph} kind={look.kind} />
          {look.word}
        </span>
      </span>
    </div>
  );
};

/** Each gate of a canary: the measured value and its limits on one axis. */
export const Gates = ({ gates }: { readonly gates: NonNullable<CanaryStatus['gates']> }): ReactElement => {
  const split = gates.sample_ratio;
  const look = evidenceLook(split.verdict);
  return (
    <div>
      {(Object.keys(rateNames) as RateName[]).map((name) => (
        <GateRow key={name} name={rateNames[name]} reading={gates.gates[name]} />
      ))}
      <div className="kpi" style={gateCols}>
        <span>
          Split
          <br />
          <span className="muted xs">{split.expected_pct} % asked</span>
        </span>
        <span className="sm t2">{counted(split.units, 'entity', 'entities')}</span>
        <span className="num mono xs nw">
          {split.actual_pct === null ? '–' : `${numberText(split.actual_pct, 1)} %`}
        </span>
        <span className="num">
          <span className={`chip k-${look.kind} plain`}>
            <Glyph name={look.glyph} kind={look.kind} />
            {split.verdict === 'pass' ? 'As planned' : look.word}
          </span>
        </span>
      </div>
      <p className="xs muted" style={{ marginTop: 8 }}>
        In percent. Band: interval, valid at every look. Bar: estimate. Solid: gate. Dashed: critical.
      </p>
    </div>
  );
};
