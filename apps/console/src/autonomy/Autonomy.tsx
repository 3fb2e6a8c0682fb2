import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { AutoApproval } from './AutoApproval.js';
import { Records, Steps } from './Earned.js';
import { Matrix } from './Matrix.js';
import { AutonomyHead } from './Nav.js';
import { Thresholds } from './Thresholds.js';
import { Card, Empty } from '../ui/parts.js';

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
        <Card title="Modes and budgets">
          <Empty>
            <b>You cannot look here.</b> {missing}.
          </Empty>
        </Card>
      )}
    </div>
  );
};
