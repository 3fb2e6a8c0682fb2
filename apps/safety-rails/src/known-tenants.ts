import { setTimeout as delay } from 'node:timers/promises';
import { parseStream } from '@interlock/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { KillSwitches } from './kill-switches.js';
import { OpenActions } from './open-actions.js';
import { Tenants } from './tenants.js';

/** The log has so long to say that it has nothing of a tenant. */
const patienceMs = 1000;

/**
 * Which tenants there are, for who names one without having a token of it. A tenant is there that was ever registered, that ever had an action (the identity
 * provider may let tenants act that nobody registered), or of which a kill switch was ever used: the log says so, and no read model is asked.
 */
@Injectable()
export class KnownTenants {
  constructor(
    @Inject(Tenants) private readonly tenants: Pick<Tenants, 'of' | 'follower'>,
    @Inject(OpenActions) private readonly actions: Pick<OpenActions, 'hadAny' | 'follower'>,
    @Inject(KillSwitches) private readonly switches: Pick<KillSwitches, 'all' | 'follower'>,
  ) {}

  /**
   * True where the log, read to its end after this was called, has nothing of the tenant. INVARIANT: what cannot be said is no: where the log does not answer within a
   * second nobody is told that there is no such tenant, so that no stop is refused because an index is behind.
   */
  async isUnknown(tenantId: string): Promise<boolean> {
    if (this.#isKnown(tenantId)) return false;
    const late = new AbortController();
    const followers = [this.tenants, this.actions, this.switches].map(({ follower }) => follower);
    const confirmed = await Promise.race([
      Promise.all(followers.map((follower) => follower.confirmCurrent())).then(
        () => true,
        () => false,
      ),
      delay(patienceMs, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    return confirmed && !this.#isKnown(tenantId);
  }

  #isKnown(tenantId: string): boolean {
    return (
      this.tenants.of(tenantId).status !== 'unknown' ||
      this.actions.hadAny(tenantId) ||
      this.switches.all().some(({ stream }) => parseStream(stream)?.tenant === tenantId)
    );
  }
}
