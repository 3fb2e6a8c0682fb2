import type { ReactElement } from 'react';
import type { Action } from '../api/types.js';
import { LeafDiff } from './LeafDiff.js';

type Plan = NonNullable<Action['plan']>;

/** The heading of the device's own difference, which names the source of that difference. */
const shownWords = ({ source }: NonNullable<Plan['device_diff']>): string => {
  switch (source) {
    case 'candidate':
      return 'Difference reported by the device, candidate against running';
    case 'read-back':
      return 'The device has no candidate: compared with the values read back';
    case 'unavailable':
      return 'The device reported no difference of its own';
  }
};

/** The difference that each device of a plan reports, for comparison with the planned one. */
export const DeviceDiffs = ({ plan }: { readonly plan: Plan }): ReactElement => (
  <>
    {[plan, ...(plan.parts ?? [])].map(({ device_id: id, device_diff: shown }, i) =>
      shown === undefined ? null : (
        <details key={`${id ?? ''} ${i}`} open={shown.changes !== null}>
          <summary className="note">{shownWords(shown)}</summary>
          {shown.changes === null ? (
            <p className="t2 long iso">{shown.why}</p>
          ) : (
            <LeafDiff label={`Difference reported by ${id ?? 'the device'}`} diff={shown.changes} />
          )}
        </details>
      ),
    )}
  </>
);
