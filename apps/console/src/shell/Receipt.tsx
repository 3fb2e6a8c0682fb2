import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { receiptQuery } from '../api/queries.js';
import { durationText } from '../format.js';
import type { Receipt as Engaged } from '../api/types.js';
import { flightText, unseenText } from './targets.js';

/**
 * What a stop came to so far; it grows while what was in flight comes to its end. `engaged` is what
 * the browser that sent it was answered.
 */
export const Receipt = ({
  useId,
  tenant,
  engaged,
}: {
  readonly useId: string;
  readonly tenant: string;
  readonly engaged: Engaged | undefined;
}): ReactElement | null => {
  const { data } = useQuery(receiptQuery(useId, tenant));
  const cancelled = data?.cancelled_count ?? engaged?.cancelled_count;
  if (cancelled === undefined) return null;
  const states = (data?.in_flight ?? engaged?.in_flight ?? []).map(({ state }) => state);
  const ms = data?.time_to_stop_ms ?? engaged?.time_to_stop_ms;
  const complete = data?.complete ?? engaged?.complete ?? true;
  const untold = (data?.not_told ?? engaged?.not_told ?? []).length;
  return (
    <>
      <span>{cancelled} cancelled</span>
      <span>{flightText(states)}</span>
      {engaged?.known === false ? <span className="red">{unseenText(engaged)}</span> : null}
      {untold === 0 ? null : <span className="red">{untold} could not be told</span>}
      {complete === true ? null : (
        <span className="red">
          {complete === false
            ? 'The log could not be read to its end: actions may be missing here.'
            : 'A start has not read the whole log yet: actions may be missing here.'}
        </span>
      )}
      {typeof ms === 'number' ? <span>acknowledged after {durationText(ms)}</span> : null}
      {data === undefined ? null : (
        <span>{data.still_in_flight === 0 ? 'All is still.' : `${data.still_in_flight} not ended yet`}</span>
      )}
    </>
  );
};
