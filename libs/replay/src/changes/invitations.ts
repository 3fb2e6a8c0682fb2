import { actorKey } from '@interlock/contracts';
import { invitedWithinDays, recallCommand, type RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';

type Invitation = { readonly by: string; readonly of: string; readonly at: number };

const withinMs = invitedWithinDays * 24 * 3_600_000;
/**
 * An invitation that is made at the time of an approval may be too late for the check, in
 * milliseconds.
 */
const toleranceMs = 60_000;
const timeOf = ({ metadata }: RecordedEvent): number => Date.parse(metadata.occurred_at);

/** Who invited whom. Two people count as one for 30 days after one invited the other. */
export class InvitationReplay {
  /** The invitations by tenant. */
  readonly #invitations = new Map<string, Invitation[]>();

  /** Takes events of people. */
  take(event: RecordedEvent, { tenant, id }: StreamOf): void {
    if (event.type !== 'PersonInvited') return;
    const known = this.#invitations.get(tenant) ?? [];
    known.push({ by: actorKey(event.metadata.actor), of: `person:${id}`, at: timeOf(event) });
    this.#invitations.set(tenant, known);
  }

  /**
   * Checks that an approval recorded everybody whom its person invited, and the person who invited
   * them.
   */
  approved(event: RecordedEvent, tenant: string): readonly Finding[] {
    const { by } = event.data as { readonly by: string };
    const at = timeOf(event);
    const related = (this.#invitations.get(tenant) ?? [])
      .filter((one) => one.at >= at - withinMs && one.at < at - toleranceMs)
      .flatMap((one) => (one.by === by ? [one.of] : one.of === by ? [one.by] : []));
    const known = (recallCommand(event) as { readonly related?: readonly string[] } | null)?.related ?? [];
    const unknown = [...new Set(related)].filter((key) => !known.includes(key)).sort();
    return unknown.length === 0
      ? []
      : [compared('change', 'an approval knows who invited whom', [], unknown)];
  }
}
