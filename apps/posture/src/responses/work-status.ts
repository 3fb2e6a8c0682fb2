import type { ImpactEstimate, TxStatus } from '@interlock/contracts';
import { workTxState, type ResponseWorkState } from '@interlock/posture';

/** A response touches nothing of a network. */
export const noImpact: ImpactEstimate = {
  affected_entity_count: 1,
  device_id: null,
  site_id: null,
  neighbours: [],
  kpis: [],
  users_affected: 0,
  connection_drops: 0,
  latency_increase_ms: {},
  topology_version: '0',
};

/** Where the work of an action stands, as the handler commands answer it. */
export const statusOf = (id: string, state: ResponseWorkState): TxStatus => {
  const { outcome, started, reasons } = state;
  const change = outcome?.change ?? null;
  return {
    tx_id: id,
    state: workTxState(state),
    reasons,
    observation: outcome === null ? null : { before: {}, after: {}, delta: {}, samples: 1, breaches: [] },
    diff: change === null ? [] : [{ path: change.path, before: change.before, after: change.after }],
    ...(started === null ? {} : { turn: started.turn }),
  };
};
