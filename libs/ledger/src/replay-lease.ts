import type { RecordedEvent } from '@interlock/kernel';
import { leaseOf } from '@interlock/rails';
import { leaseReplay } from './deciders.js';
import { compared, type Finding } from './finding.js';
import type { StreamOf } from './stream-replay.js';

/** Leases: who holds what, decided again; an execution without its lease is a finding. */
export class LeaseReplay {
  readonly leases = leaseReplay();

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return this.leases.take(event, of);
  }

  /** What an action says it was granted. */
  granted(tenant: string, actionId: string, recorded: { readonly fencing: string; readonly expires_at: string }, keys: readonly string[]): Finding {
    const folded = this.leases.of(`lease-${tenant}:all`);
    if (folded === undefined) return { kind: 'lease_held', missing: 'no lease is in the file' };
    const lease = folded.state.held.find(({ action_id, fencing }) => action_id === actionId && fencing === recorded.fencing);
    return compared('lease_held', 'the lease that was granted', { fencing: recorded.fencing, expires_at: recorded.expires_at, keys }, lease === undefined ? null : { fencing: lease.fencing, expires_at: lease.expires_at, keys: lease.keys });
  }

  /** The lease that an execution starts under. */
  held(tenant: string, actionId: string, fencing: string, at: string): Finding {
    const folded = this.leases.of(`lease-${tenant}:all`);
    if (folded === undefined) return { kind: 'lease_held', missing: 'no lease is in the file' };
    return compared('lease_held', 'an execution starts under a lease that it holds', fencing, leaseOf(folded.state, actionId, at)?.fencing);
  }
}
