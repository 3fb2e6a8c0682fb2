import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { AutoApproval } from './AutoApproval.js';
import { Records, Steps } from './Earned.js';
import { Matrix } from './Matrix.js';
import { AutonomyHead } from './Nav.js';
import { Thresholds } from './Thresholds.js';
import { NoAccessCard } from '../ui/NoAccess.js';

export const AutonomyPage = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  return (
    <div>
      <AutonomyHead title="Autonomy" />
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
