import type { RecalledStreams } from '@interlock/kernel';
import { leaseDecider, type LeaseCommand, type LeaseEvent, type LeaseState } from '../lease.js';

/** The first leases did not name the request that they answer, so it cannot be rebuilt. */
export const leaseRecall: RecalledStreams<LeaseCommand, LeaseEvent, LeaseState> = {
  category: 'lease',
  kind: 'lease',
  decider: leaseDecider,
  recall: ([
    {
      type,
      data,
      metadata: { occurred_at: now },
    },
  ]) => {
    switch (type) {
      case 'LeaseGranted':
        return data.wait_expires_at === undefined
          ? null
          : [
              {
                kind: 'reserve',
                action_id: data.action_id,
                keys: data.keys,
                lease_expires_at: data.expires_at,
                wait_expires_at: data.wait_expires_at,
                ...(data.blast === undefined ? {} : { blast: data.blast }),
                now,
              },
            ];
      case 'LeaseQueued':
        return [
          {
            kind: 'reserve',
            action_id: data.action_id,
            keys: data.keys,
            lease_expires_at: data.expires_at,
            wait_expires_at: data.expires_at,
            ...(data.blast === undefined ? {} : { blast: data.blast }),
            now,
          },
        ];
      case 'LeaseReleased':
        return [
          {
            kind: 'release',
            action_id: data.action_id,
            ...(data.fencing === undefined ? {} : { fencing: data.fencing }),
            ...(data.unused === undefined ? {} : { unused: data.unused }),
            now,
          },
        ];
    }
  },
};
