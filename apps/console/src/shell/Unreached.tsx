import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { reachQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { sentence } from '../format.js';
import { Glyph } from '../ui/glyphs.js';

/** Warns of alerts that would notify nobody, or not the person on call. */
export const Unreached = (): ReactElement | null => {
  const enabled = useMissingScope('ALERT_READ') === undefined;
  const { data } = useQuery({ ...reachQuery(), enabled });
  if (data === undefined || data.findings.length === 0) return null;
  return (
    <div className="banner k-yellow" role="status">
      <Glyph name="tri" kind="yellow" size={18} />
      <div>
        <b>
          {data.reached ? 'Alerts do not reach the people on call.' : 'Nobody would be notified of an alert.'}
        </b>
        <ul>
          {data.findings.map(({ code, rota_id, detail, remedy }) => (
            <li key={`${code} ${rota_id ?? ''}`} className="long">
              {sentence(detail)}. {sentence(remedy)}.
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
};
