import { systemTenant } from '@interlock/contracts';
import type { ConfirmedWork } from '@interlock/eventstore';
import { ConditionAlerts } from './condition-alerts.js';
import type { ServiceContext } from '../base/context.js';

/**
 * Reports what a full fold found about the open work from a note. Work that the note lacked raises
 * the alert `open_work_missed`.
 */
export const foundWork = (
  context: Pick<ServiceContext, 'nats' | 'service' | 'logger'>,
): ((found: ConfirmedWork) => void) => {
  const alerts = new ConditionAlerts('open_work_missed', context);
  return ({ missed, surplus }) => {
    const { logger, service } = context;
    logger.info(
      { service, missed: missed.length, surplus: surplus.length },
      'open work is confirmed by the whole log',
    );
    if (missed.length === 0) return;
    void alerts.look(
      {
        tenant_id: systemTenant,
        subject: 'open-work',
        detail: `the note lacked ${missed.length} open streams, which are taken up now: ${missed.slice(0, 5).join(', ')}`,
      },
      true,
    );
  };
};
