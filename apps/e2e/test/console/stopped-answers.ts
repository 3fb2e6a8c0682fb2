// What the API says of a tenant that is stopped, and of a posture that is RED: the same at every
// run.

type Json = Record<string, unknown>;

/** The newest use of the tenant's switch. */
export const use = {
  scope: 'tenant',
  tenant_id: 'demo',
  action_type: null,
  account_id: null,
  agent: null,
  site_id: null,
  engaged: true,
  engaged_at: '2026-11-20T03:08:12.300Z',
  drill: false,
  rollback_in_flight: false,
  acknowledged_by: null,
  use_id: 'use-1',
  reason: 'drops on tr-0397 look wrong',
  engaged_by: 'person:0192f7c1',
  position: '1',
  acknowledged_at: '2026-11-20T03:08:13.000Z',
  time_to_stop_ms: 700,
  cancelled_count: 3,
  in_flight_count: 2,
  release_requested: null,
  released: null,
};

/** The status with the tenant's switch engaged, and the switches beside it that are named. */
export const engagedStatus = (status: Json, ...more: readonly object[]): object => ({
  ...status,
  kill_switch: {
    engaged: true,
    switches: [{ stream: 'kill_switch-demo:tenant', revision: '0', engaged: true }],
    uses: [use, ...more],
    current: true,
  },
});

/** The receipt of that use, with the states of what was in flight. */
export const receiptOf = (states: readonly string[]): object => ({
  ...use,
  in_flight: states.map((state, i) => ({ action_id: `a${i}`, state })),
  not_notified: [],
  still_in_flight: states.filter((state) => /ING/.test(state)).length,
});

export const redPosture = (posture: Json): object => ({
  ...posture,
  effective: 'RED',
  effective_reasons: [{ code: 'integrity-low', detail: 'integrity_score 61, RED below 70' }],
});
