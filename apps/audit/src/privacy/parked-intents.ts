import { parseSubject } from '@interlock/contracts';
import { dropDeadLetter, listDeadLetters, type DeadLetter } from '@interlock/jetstream';
import type { ServiceContext } from '@interlock/platform';

const consumer = 'safety-rails-intents';
const pageSize = 100;

const isIntentOf = (from: string, tenantId: string): boolean => {
  const parsed = parseSubject(from);
  return (parsed?.kind === 'intents' || parsed?.kind === 'old_intents') && parsed.tenant === tenantId;
};
const isNaming = ({ subject: from, payload }: DeadLetter, tenantId: string, who: string): boolean =>
  isIntentOf(from, tenantId) &&
  (payload as { readonly data?: { readonly requested_by?: unknown } } | null)?.data?.requested_by === who;

/** Parked intents are kept on the bus unchanged, and may name the person who requested them. */
export class ParkedIntents {
  constructor(private readonly nats: ServiceContext['nats']) {}

  /**
   * Deletes and overwrites a tenant's parked intents that name a person. Returns how many there
   * were. Throws `bus-unavailable`.
   */
  async drop(tenantId: string, who: string): Promise<number> {
    let dropped = 0;
    for (let after = 0; ;) {
      const page = await listDeadLetters(this.nats, { after, limit: pageSize, consumer });
      for (const { sequence } of page.filter((one) => isNaming(one.letter, tenantId, who))) {
        await dropDeadLetter(this.nats, sequence);
        dropped += 1;
      }
      if (page.length < pageSize) return dropped;
      after = page.at(-1)!.sequence;
    }
  }
}
