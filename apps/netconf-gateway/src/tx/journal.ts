import { actionOfTx, streamName } from '@interlock/contracts';
import type { WorkJournal } from '@interlock/executor';
import { traceparentWithin } from '@interlock/jetstream';
import { txStage, txStatus, type DeviceTxCommand, type DeviceTxState } from '@interlock/network';
import { serviceCommandContext } from '@interlock/platform';
import type { TxTools } from './context.js';

/** The journal of transactions. */
export const txJournal = ({
  transactions,
  followed,
  now,
}: Pick<TxTools, 'transactions' | 'followed' | 'now'>): WorkJournal<DeviceTxCommand, DeviceTxState> => ({
  streamOf: (tenantId, actionId) => streamName('device_tx', tenantId, actionId),
  actionOf: actionOfTx,
  handler: transactions,
  stageOf: txStage,
  statusOf: txStatus,
  revisionOf: (stream) => followed.revisionOf(stream),
  contextOf: (tenantId, trace) =>
    serviceCommandContext('netconf-gateway', tenantId, {
      now: now(),
      correlationId: trace.correlation_id,
      causationId: trace.causation_id,
      ...traceparentWithin(trace.traceparent),
    }),
});
