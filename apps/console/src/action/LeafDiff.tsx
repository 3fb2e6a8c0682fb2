import type { ReactElement } from 'react';
import type { Action } from '../api/types.js';
import { leafName } from './words.js';
import { Hint } from '../ui/Tooltip.js';

type LeafDiffProps = {
  readonly diff: NonNullable<Action['plan']>['diff'];
  readonly label: string;
  readonly id?: string;
};
/** The changed leaves as path, old value and new value. Values are never truncated. */
export const LeafDiff = ({ diff, label, id }: LeafDiffProps): ReactElement => (
  <div id={id} className="diff mono scroll" tabIndex={0} role="region" aria-label={label}>
    {diff.map(({ path, before, after }) => (
      <div key={path} style={{ padding: 0 }}>
        <div className="p">
          <Hint label={path}>{leafName(path)}</Hint>
        </div>
        {before === null ? null : <div className="d">− {before}</div>}
        {after === null ? null : <div className="a">+ {after}</div>}
      </div>
    ))}
  </div>
);
