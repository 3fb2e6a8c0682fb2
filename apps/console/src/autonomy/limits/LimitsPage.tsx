import type { ReactElement } from 'react';
import { useMissingScope } from '../../api/session.js';
import { Columns } from '../../ui/tables/Columns.js';
import { NoAccessCard } from '../../ui/dialogs/NoAccess.js';
import { LimitsSetting } from './Limits.js';
import { AutonomyHead } from '../Nav.js';
import { RequiredPeople, TargetShare } from '../People.js';
import { RetentionSetting } from './Retention.js';

/** The limits of a tenant and the retention of its records. */
export const LimitsPage = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  return (
    <div>
      <AutonomyHead title="Limits and retention" />
      {missing === undefined ? (
        <Columns side={436}>
          <div>
            <LimitsSetting />
            <RequiredPeople />
          </div>
          <div>
            <RetentionSetting />
            <TargetShare />
          </div>
        </Columns>
      ) : (
        <NoAccessCard card="Limits" missing={missing} />
      )}
    </div>
  );
};
