import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { counted } from '../format.js';
import { everyAccount } from './limits/budgets.js';
import { typesQuery } from '../api/queries.js';
import { budgetsQuery, modesQuery } from './queries.js';
import { useMissingScope } from '../api/session.js';
import { AutoApproval } from './limits/AutoApproval.js';
import { Records, Steps } from './Earned.js';
import { Matrix } from './modes/Matrix.js';
import { AutonomyHead } from './Nav.js';
import { Thresholds } from './limits/Thresholds.js';
import { NoAccessCard } from '../ui/dialogs/NoAccess.js';

/** How many accounts and action types there are, and when the day of the budgets ends. */
const Span = (): ReactElement | null => {
  const budgets = useQuery(budgetsQuery());
  const modes = useQuery(modesQuery());
  const types = useQuery(typesQuery());
  if (budgets.data === undefined || modes.data === undefined || types.data === undefined) return null;
  const accounts = new Set(
    [...budgets.data, ...modes.data.items]
      .map(({ account_id: id }) => id)
      .filter((id) => id !== undefined && id !== everyAccount),
  );
  return (
    <span className="sub hide-m">
      {counted(accounts.size, 'account')}, {counted(types.data.items.length, 'action type')}. Budgets begin
      anew each day at 00:00 in the tenant’s zone.{' '}
      <Link to="/audit" search={{ category: 'autonomy' }}>
        Changes
      </Link>
    </span>
  );
};

export const AutonomyPage = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  return (
    <div>
      <AutonomyHead title="Autonomy">{missing === undefined ? <Span /> : null}</AutonomyHead>
      {missing === undefined ? (
        <>
          <Steps />
          <div className="col" style={{ gap: 12 }}>
            <Matrix below={<AutoApproval />} />
            <Records />
            <Thresholds />
          </div>
        </>
      ) : (
        <NoAccessCard card="Modes and budgets" missing={missing} />
      )}
    </div>
  );
};
