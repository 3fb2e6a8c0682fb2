import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { actionsQuery, receiptQuery } from '../api/queries.js';
import { durationText, shortId } from '../format.js';
import type { Receipt as Engaged } from '../api/types.js';
import { flightText, unseenText } from './targets.js';
import { Tooltip } from '../ui/Tooltip.js';

type ReceiptProps = {
  readonly useId: string;
  readonly tenant: string;
  readonly engaged: Engaged | undefined;
};
/**
 * The receipt of a stop so far. It changes while the actions in flight end. `engaged` is the
 * response that this browser got when it sent the stop.
 */
export const Receipt = ({ useId, tenant, engaged }: ReceiptProps): ReactElement | null => {
  const { data } = useQuery(receiptQuery(useId, tenant));
  const flown = data?.still_in_flight === 0 ? data.in_flight : [];
  const ends = useQuery({
    ...actionsQuery(
      {
        ids: flown
          .map(({ action_id: id }) => id)
          .slice(0, 50)
          .join(','),
        limit: 50,
      },
      tenant,
    ),
    enabled: flown.length > 0,
  });
  const last = Math.max(0, ...(ends.data?.items ?? []).map(({ ended_at: at }) => Date.parse(at ?? '') || 0));
  const cancelled = data?.cancelled_count ?? engaged?.cancelled_count;
  if (cancelled === undefined) return null;
  const states = (data?.in_flight ?? engaged?.in_flight ?? []).map(({ state }) => state);
  const ms = data?.time_to_stop_ms ?? engaged?.time_to_stop_ms;
  const complete = data?.complete ?? engaged?.complete ?? true;
  const unreached = (data?.not_notified ?? engaged?.not_notified ?? []).length;
  return (
    <>
      <span>{cancelled} cancelled</span>
      <span>{flightText(states)}</span>
      {engaged?.known === false ? <span className="red">{unseenText(engaged)}</span> : null}
      {unreached === 0 ? null : <span className="red">{unreached} could not be reached</span>}
      {complete === true ? null : (
        <span className="red">
          {complete === false
            ? 'The log could not be read to its end. Some actions may be missing here.'
            : 'A restart has not read the whole log yet. Some actions may be missing here.'}
        </span>
      )}
      {typeof ms === 'number' ? <span>acknowledged after {durationText(ms)}</span> : null}
      {data === undefined ? null : (
        <span>
          {data.still_in_flight === 0 ? 'All actions have ended.' : `${data.still_in_flight} not ended yet`}
        </span>
      )}
      {data === undefined || last === 0 ? null : (
        <span>{durationText(last - Date.parse(data.engaged_at))} until all was still</span>
      )}
      <span>
        Receipt{' '}
        <Tooltip label={useId}>
          <Link to="/audit" search={{ category: 'kill_switch' }} className="mono">
            {shortId(useId)}
          </Link>
        </Tooltip>
      </span>
    </>
  );
};
