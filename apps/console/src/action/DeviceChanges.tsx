import { useState, type ReactElement } from 'react';
import type { Action } from '../api/types.js';
import { counted, sentence } from '../format.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Card, Time } from '../ui/parts.js';
import { DeviceDiffs } from './DeviceDiffs.js';
import { LeafDiff } from './LeafDiff.js';

const views = { leaves: 'Leaves', xml: 'XML', inverse: 'Inverse' } as const;

/** The change of the devices as leaves, as sent and as its inverse, beside the devices' own one. */
export const DeviceChanges = ({ action }: { readonly action: Action }): ReactElement | null => {
  const { plan } = action;
  const [view, setView] = useState<keyof typeof views>('leaves');
  if (plan === null) return null;
  const plans = [plan, ...(plan.parts ?? [])];
  return (
    <Card
      title="Device changes"
      extra={
        <>
          {[...new Set(plans.map(({ device_id: id }) => id))].map((id) => (
            <span key={id} className="tag mono">
              {id}
            </span>
          ))}
          <SegmentedControl label="View of the change" value={view} choices={views} onChoose={setView} />
        </>
      }
      right={`${counted(plan.diff.length, 'leaf', 'leaves')}, ${plan.reversible ? 'can be taken back' : 'cannot be taken back'}`}
    >
      {view === 'xml' ? (
        plan.payloads.map(({ operation, xml }) => (
          <div key={operation}>
            <p className="note">{sentence(operation)}, as sent</p>
            <pre className="diff" tabIndex={0}>
              {xml}
            </pre>
          </div>
        ))
      ) : (
        <LeafDiff
          id="device-changes"
          label={view === 'inverse' ? 'Leaves to restore' : 'Changed leaves'}
          diff={
            view === 'inverse'
              ? plan.diff.map(({ path, before, after }) => ({ path, before: after, after: before }))
              : plan.diff
          }
        />
      )}
      <DeviceDiffs plan={plan} />
      {action.state === 'ROLLED_BACK' ? (
        <p className="note">
          <b>Taken back.</b> The running configuration equals the pre-image
          {action.ended_at === null ? '' : ', read at '}
          {action.ended_at === null ? null : <Time at={action.ended_at} zoned />}.
        </p>
      ) : null}
    </Card>
  );
};
