import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { numberText } from '../format.js';
import { Glyph } from '../ui/glyphs.js';
import { Card, Loaded } from '../ui/parts.js';
import { cols } from '../ui/tables/Columns.js';
import { operationalQuery } from './queries.js';

const figures = [
  ['policy_flips_24h', 'Level changes in 24 h', ''],
  ['brake_engagements_week', 'Brake engaged in 7 days', ''],
  ['blocked_share_pct', 'Responses blocked', ' %'],
  ['manual_unlocks_of_limit_pct', 'Manual unlocks, of the limit', ' %'],
] as const;

/** The figures of safe operation, each against the limit at which it stops being safe. */
export const Operational = (): ReactElement | null => {
  const missing = useMissingScope('ALERT_READ');
  const unread = useMissingScope('POSTURE_READ');
  const query = useQuery({ ...operationalQuery(), enabled: missing === undefined && unread === undefined });
  if (missing !== undefined || unread !== undefined) return null;
  return (
    <Card title="Operational figures" right="dashed: no longer safe">
      <Loaded query={query} rows={2} what="the figures">
        {(data) => (
          <div className="figs" style={cols('none', { pad: 9 })}>
            {figures.map(([name, words, unit]) => {
              const { value, below, safe } = data[name];
              const most = Math.max(below * 1.25, value, 1);
              return (
                <div key={name}>
                  <b className="row" style={{ gap: 6 }}>
                    <Glyph name={safe ? 'ok' : 'tri'} kind={safe ? 'green' : 'red'} size={14} />
                    {numberText(value, 1)}
                    {unit}
                  </b>
                  <span>
                    {words}; safe below {numberText(below)}
                    {unit}
                  </span>
                  <svg
                    viewBox="0 0 200 12"
                    width="100%"
                    height="12"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                  >
                    <rect y="3" width="200" height="6" rx="2" fill="var(--line)" />
                    <rect
                      y="3"
                      width={(200 * value) / most}
                      height="6"
                      rx="2"
                      fill={safe ? 'var(--green)' : 'var(--red)'}
                    />
                    <path
                      d={`M${(200 * below) / most} 0V12`}
                      stroke="var(--red)"
                      strokeDasharray="3 2"
                      vectorEffect="non-scaling-stroke"
                    />
                  </svg>
                </div>
              );
            })}
          </div>
        )}
      </Loaded>
    </Card>
  );
};
