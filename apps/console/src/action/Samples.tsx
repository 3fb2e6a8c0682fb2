import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import type { Action } from '../api/types.js';
import { clockText, numberText, sentence } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { routeQuery } from '../api/route-query.js';

const samplesQuery = (device: string, action: string) =>
  routeQuery('/api/v1/devices/{id}/kpi-samples', ['devices', 'samples', device, action], {
    path: { id: device },
    query: { action_id: action, limit: 200 },
  });

const strokes = ['var(--accent)', 'var(--vio-t)', 'var(--t3)', 'var(--green-t)'];

/** The KPI that went worst, of the changed cell and its neighbours, before and after the change. */
export const Samples = ({ action }: { readonly action: Action }): ReactElement | null => {
  const missing = useMissingScope('DEVICE_READ');
  const { zone } = useStore(settings);
  const device = action.plan?.device_id;
  const ran = action.observation !== null && device !== undefined && missing === undefined;
  const { data } = useQuery({ ...samplesQuery(device ?? '', action.action_id), enabled: ran, retry: false });
  const kpis = action.validation_result?.kpis ?? [];
  const kpi = (kpis.find(({ verdict }) => verdict === 'worse') ?? kpis[0])?.kpi;
  const items = (data?.items ?? [])
    .filter((sample) => sample.kpi === kpi)
    .toSorted((a, b) => a.at.localeCompare(b.at));
  const [first] = items;
  const last = items.at(-1);
  if (kpi === undefined || first === undefined || last === undefined || items.length < 2) return null;
  const [from, to] = [Date.parse(first.at), Date.parse(last.at)];
  const values = items.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: string): number => 44 + (760 * (Date.parse(at) - from)) / Math.max(1, to - from);
  const y = (value: number): number => 110 - (96 * (value - low)) / Math.max(1e-9, high - low);
  const entities = [...new Set(items.map(({ entity_id: id }) => id))];
  const soak = items.find(({ moment }) => moment === 'soak');
  return (
    <figure className="b bt" style={{ margin: 0 }}>
      <figcaption className="sm">
        <b>{sentence(kpi)}</b> <span className="muted">of {entities.join(', ')}, as sampled</span>
      </figcaption>
      <svg
        viewBox="0 0 812 134"
        width="100%"
        role="img"
        aria-label={`${sentence(kpi)} of ${entities.join(', ')}: from ${numberText(low)} to ${numberText(high)} over ${items.length} samples`}
      >
        {[low, high].map((value) => (
          <g key={value}>
            <path d={`M44 ${y(value)}H804`} stroke="var(--grid)" />
            <text x="38" y={y(value) + 4} textAnchor="end">
              {numberText(value, 1)}
            </text>
          </g>
        ))}
        {soak === undefined ? null : (
          <>
            <path d={`M${x(soak.at)} 8V112`} stroke="var(--ctl)" strokeDasharray="4 3" />
            <text x={x(soak.at) + 4} y="16">
              changed
            </text>
          </>
        )}
        {entities.map((entity, i) => {
          const own = items.filter(({ entity_id: id }) => id === entity);
          return (
            <g key={entity} fill={strokes[i % strokes.length]} stroke={strokes[i % strokes.length]}>
              <polyline
                points={own.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')}
                fill="none"
                strokeWidth="1.8"
              />
              {own.map(({ at, value, moment }) => (
                <circle key={`${at}${moment}`} cx={x(at)} cy={y(value)} r="2.5" />
              ))}
            </g>
          );
        })}
        <text x="44" y="130">
          {clockText(first.at, zone)}
        </text>
        <text x="804" y="130" textAnchor="end">
          {clockText(last.at, zone)}
        </text>
      </svg>
    </figure>
  );
};
