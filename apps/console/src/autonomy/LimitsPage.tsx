import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { Columns } from '../ui/Columns.js';
import { NoAccessCard } from '../ui/NoAccess.js';
import { LimitsSetting } from './Limits.js';
import { AutonomyHead } from './Nav.js';
import { RetentionSetting } from './Retention.js';

/** The limits of a tenant, and for how long its records are kept. */
export const LimitsPage = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  return (
    <div>
      <AutonomyHead title="Limits and retention" />
      {missing === undefined ? (
        <Columns side={436}>
          <div>
            <LimitsSetting />
          </div>
          <div>
            <RetentionSetting />
          </div>
        </Columns>
      ) : (
        <NoAccessCard card="Limits" missing={missing} />
      )}
    </div>
  );
};
