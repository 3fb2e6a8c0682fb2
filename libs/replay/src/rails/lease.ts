import { defaults } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  leaseDecided,
  leaseOf,
  type ActionState,
  type LeaseCommand,
  type LeaseEvent,
  type LeaseState,
} from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

const leaseKeptMs = defaults.lease_days * 86_400_000;
/** The log deletes old events of leases, so that even a whole log may lack a request or a grant. */
const notHeld: Finding = {
  kind: 'lease_held',
  missing: 'the lease is not in the file',
  keptForMs: leaseKeptMs,
};

/**
 * Replays leases: decides again which action holds which keys. An execution without its lease is a
 * finding.
 */
export class LeaseReplay {
  readonly leases: StreamReplay<LeaseCommand, LeaseEvent, LeaseState>;

  constructor({ checks }: Pick<ReplayedLog, 'checks'>) {
    this.leases = new StreamReplay(leaseDecided, checks);
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return this.leases.take(event, of);
  }

  /** Compares the lease that an action reports with the one that the log grants for its request. */
  granted(
    tenant: string,
    actionId: string,
    recorded: { readonly fencing: string; readonly expires_at: string },
    asked: ActionState['reservation'],
  ): Finding {
    const folded = this.leases.of(`lease-${tenant}:all`);
    if (folded === undefined)
      return { kind: 'lease_held', missing: 'no lease is in the file', keptForMs: leaseKeptMs };
    const lease = folded.state.held.find(
      ({ action_id, fencing }) => action_id === actionId && fencing === recorded.fencing,
    );
    if (lease === undefined && !folded.whole) return notHeld;
    const { fencing, expires_at } = recorded;
    return compared(
      'lease_held',
      'the lease that was granted',
      { fencing, expires_at, keys: asked?.keys, wait_expires_at: asked?.wait_expires_at },
      lease === undefined
        ? null
        : {
            fencing: lease.fencing,
            expires_at: lease.expires_at,
            keys: lease.keys,
            wait_expires_at: lease.wait_expires_at ?? asked?.wait_expires_at,
          },
    );
  }

  /** Checks the recorded place in the queue. */
  queued(tenant: string, actionId: string, asked: ActionState['reservation']): Finding {
    const folded = this.leases.of(`lease-${tenant}:all`);
    if (folded === undefined)
      return { kind: 'lease_held', missing: 'no lease is in the file', keptForMs: leaseKeptMs };
    const place = folded.state.queue.find(({ action_id }) => action_id === actionId);
    if (place === undefined && !folded.whole) return notHeld;
    return compared(
      'lease_held',
      'the place in the queue for a lease',
      { keys: asked?.keys, expires_at: asked?.wait_expires_at },
      place === undefined ? null : { keys: place.keys, expires_at: place.expires_at },
    );
  }

  /** Checks the lease that an execution starts under. */
  held(tenant: string, actionId: string, fencing: string, at: string): Finding {
    const folded = this.leases.of(`lease-${tenant}:all`);
    if (folded === undefined)
      return { kind: 'lease_held', missing: 'no lease is in the file', keptForMs: leaseKeptMs };
    const own = leaseOf(folded.state, actionId, at);
    if (own === undefined && !folded.whole) return notHeld;
    return compared('lease_held', 'an execution starts under a lease that it holds', fencing, own?.fencing);
  }
}
