import { parseStream, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { endEventTypes, type IntentAcceptedData } from '../action-events/events.js';
import {
  approvalFigures,
  type ApprovalAnswer,
  type ApprovalFigures,
  type WaitingApproval,
} from '../action-views/approval-figures.js';
import { OutcomeHours } from '../action-views/outcome-hours.js';

type Asked = WaitingApproval & { readonly window: boolean };
/** The kinds of names from intents that are kept. */
export type NamedKind = 'account' | 'agent' | 'action_type';
type OfTenant = {
  readonly names: { readonly [kind in NamedKind]: Set<string> };
  readonly answers: ApprovalAnswer[];
  readonly asked: Map<string, Asked>;
  readonly outcomes: OutcomeHours;
};

/** The number of answers that are kept for each tenant; the oldest are dropped first. */
const keptAnswers = 10_000;
const answerOf: { readonly [type: string]: ApprovalAnswer['answer'] } = {
  ActionApproved: 'approved',
  ActionConfirmed: 'confirmed',
  ActionRejected: 'rejected',
};
const nothing: ReadonlySet<string> = new Set();

/**
 * The past actions of each tenant: the names in their intents, who answered them and how quickly,
 * and how they ended. The number of names and the time range bound its memory.
 */
export class RailsHistory {
  readonly #tenants = new Map<string, OfTenant>();

  /** True if the tenant ever had an action. */
  hadAny(tenantId: string): boolean {
    return this.#tenants.has(tenantId);
  }

  /** Returns the names of a kind that ever appeared in the tenant's intents. */
  named(tenantId: string, kind: NamedKind): ReadonlySet<string> {
    return this.#tenants.get(tenantId)?.names[kind] ?? nothing;
  }

  /** Returns the figures of a tenant's answers since a time. */
  figures(tenantId: string, since: Timestamp): ApprovalFigures {
    const of = this.#tenants.get(tenantId);
    const waiting = [...(of?.asked.values() ?? [])].filter(({ window }) => !window);
    return approvalFigures(of?.answers ?? [], waiting, since);
  }

  /** Returns how the tenant's actions ended, by the hour. */
  outcomes(tenantId: string): OutcomeHours {
    return this.#tenants.get(tenantId)?.outcomes ?? new OutcomeHours();
  }

  take(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at?.category !== 'action') return;
    const of = this.#of(at.tenant);
    this.#name(of, event);
    this.#answer(of, at.id, event);
    of.outcomes.add(at.id, event);
  }

  #of(tenant: string): OfTenant {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const fresh: OfTenant = {
      names: { account: new Set(), agent: new Set(), action_type: new Set() },
      answers: [],
      asked: new Map(),
      outcomes: new OutcomeHours(),
    };
    this.#tenants.set(tenant, fresh);
    return fresh;
  }

  #name({ names }: OfTenant, event: RecordedEvent): void {
    if (event.type !== 'IntentAccepted') return;
    const { intent } = event.data as Partial<IntentAcceptedData>;
    if (intent === undefined) return;
    names.account.add(intent.account_id);
    names.agent.add(intent.agent);
    names.action_type.add(intent.action_type);
  }

  #answer({ answers, asked }: OfTenant, id: string, { type, data, metadata }: RecordedEvent): void {
    const at = metadata.occurred_at;
    const before = asked.get(id);
    const answer = answerOf[type];
    if (answer !== undefined && before !== undefined && 'by' in data && typeof data.by === 'string') {
      const turnaround = Math.max(0, Date.parse(at) - Date.parse(before.requested_at));
      answers.push({ action_id: id, by: data.by, answer, at, turnaround_ms: turnaround });
      if (answers.length > keptAnswers) answers.shift();
    }
    if (type === 'ApprovalRequested' || type === 'ConfirmationWindowOpened')
      asked.set(id, {
        action_id: id,
        requested_at: at,
        escalated: false,
        window: type === 'ConfirmationWindowOpened',
      });
    else if (type === 'ApprovalEscalated' && before !== undefined)
      asked.set(id, { ...before, escalated: true });
    else if (type === 'ReservationRequested' || endEventTypes.has(type)) asked.delete(id);
  }
}
