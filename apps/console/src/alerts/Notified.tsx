import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { cols } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { Loaded, Time } from '../ui/parts.js';
import { deliveriesQuery } from './queries.js';
import { deliveryLooks, deliveryText } from './words.js';
import { cx } from '../ui/cx.js';
import css from './alerts.module.css';

const columns = cols('15px minmax(76px, max-content) minmax(0, 1fr) auto', {
  phone: '15px 72px minmax(0, 1fr)',
  gap: '6px 8px',
  align: 'start',
});

/** The notifications of an alert by channel, with the attempts and the answer of each. */
export const Notified = ({ id }: { readonly id: string }): ReactElement => {
  const deliveries = useQuery(deliveriesQuery(id));
  const { zone } = useStore(settings);
  return (
    <Loaded query={deliveries} rows={2} what="who was told">
      {({ items }) =>
        items.length === 0 ? (
          <p className="sm t2">
            <b>Nobody was notified.</b> No route covers this alert, or it was silenced.
          </p>
        ) : (
          <div className="grid" style={columns}>
            {items.map((one) => {
              const [glyph, kind] = deliveryLooks[one.state];
              return (
                <div key={`${one.dedup_key}${one.channel_id}${one.what}`} style={{ display: 'contents' }}>
                  <span className="top-aligned">
                    <Glyph name={glyph} kind={kind} size={12} />
                  </span>
                  <bdi className="clip">{one.channel_id}</bdi>
                  <span className="sm t2 long iso">
                    {deliveryText(one, zone)}
                    {one.detail === null ? '' : `: ${one.detail}`}
                  </span>
                  <span className={cx(css['time'], 'sm muted')}>
                    <Time at={one.ended_at ?? one.created_at} />
                  </span>
                </div>
              );
            })}
          </div>
        )
      }
    </Loaded>
  );
};
