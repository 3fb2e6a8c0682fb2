import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { actionsQuery } from '../api/queries.js';
import { clockText, sentence, zoneName } from '../format.js';
import { serverNow, useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Card, Loaded } from '../ui/parts.js';
import { barsOf, type Bar, type Way } from './bars.js';
import { noOf, type Plan } from './words.js';

const fills: { readonly [W in Way]: string } = {
  ran: 'color-mix(in srgb, var(--green) 62%, var(--surface))',
  failed: 'var(--red)',
  back: 'var(--vio)',
  now: 'var(--accent)',
};
const ways: readonly (readonly [Way, string])[] = [
  ['ran', 'ran'],
  ['failed', 'failed'],
  ['back', 'taken back'],
  ['now', 'under way'],
];

const Chart = ({ plan, bars }: { readonly plan: Plan; readonly bars: readonly Bar[] }): ReactElement => {
  const { zone } = useStore(settings);
  const from = Math.min(...bars.map((bar) => bar.from));
  const to = Math.max(...bars.map((bar) => bar.to), from + 1000);
  const x = (at: number): number => 170 + (640 * (at - from)) / (to - from);
  const nodes = plan.nodes.filter(({ node_id: id }) => bars.some(({ node }) => node === id));
  return (
    <div className="b scroll" tabIndex={0} role="region" aria-label="Times of the actions, scrolls sideways">
      <svg
        viewBox={`0 0 816 ${22 * nodes.length + 26}`}
        width="100%"
        style={{ minWidth: 560 }}
        role="img"
        aria-label={bars
          .map(
            (bar) =>
              `${noOf(plan, bar.node)}: ${ways.find(([way]) => way === bar.way)?.[1] ?? ''} from ${clockText(bar.from, zone)} to ${clockText(bar.to, zone)}`,
          )
          .join('; ')}
      >
        {nodes.map((node, i) => (
          <g key={node.node_id}>
            <text x="0" y={22 * i + 15} className="d">
              {noOf(plan, node.node_id)} {sentence(node.action_type).slice(0, 22)}
            </text>
            <path d={`M170 ${22 * i + 11}H810`} stroke="var(--grid)" />
            {bars
              .filter((bar) => bar.node === node.node_id)
              .map((bar) => (
                <rect
                  key={`${bar.way}${bar.from}`}
                  x={x(bar.from)}
                  y={22 * i + 5}
                  width={Math.max(3, x(bar.to) - x(bar.from))}
                  height="12"
                  rx="2"
                  fill={fills[bar.way]}
                />
              ))}
          </g>
        ))}
        {[0, 0.5, 1].map((at) => (
          <text
            key={at}
            x={170 + 640 * at}
            y={22 * nodes.length + 20}
            textAnchor={at === 0 ? 'start' : at === 1 ? 'end' : 'middle'}
          >
            {clockText(from + at * (to - from), zone)}
            {at === 0 ? ` ${zoneName(zone)}` : ''}
          </text>
        ))}
      </svg>
    </div>
  );
};

/** When each action of the plan ran, and when it was taken back. */
export const When = ({ plan }: { readonly plan: Plan }): ReactElement | null => {
  const ids = plan.nodes
    .flatMap(({ action_id: id, compensation_action_id: back }) => [id, back])
    .filter((id) => id !== null);
  const actions = useQuery({
    ...actionsQuery({ ids: ids.slice(0, 50).join(','), limit: 50 }),
    enabled: ids.length > 0,
  });
  useNow();
  if (ids.length === 0) return null;
  return (
    <Card
      title="When"
      className="o6"
      right={
        <span className="lgd hide-m">
          {ways.map(([way, words]) => (
            <span key={way}>
              <i style={{ background: fills[way] }} />
              {words}
            </span>
          ))}
        </span>
      }
    >
      <Loaded query={actions} rows={3} what="the times">
        {({ items }) => {
          const bars = barsOf(plan, items, serverNow());
          return bars.length === 0 ? (
            <p className="note">No action has begun.</p>
          ) : (
            <Chart plan={plan} bars={bars} />
          );
        }}
      </Loaded>
    </Card>
  );
};
