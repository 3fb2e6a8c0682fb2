import { parseStream, type Timestamp } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import {
  approvalFigures,
  endEventTypes,
  type ApprovalAnswer,
  type ApprovalFigures,
  type WaitingApproval,
} from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';

type Asked = WaitingApproval & { readonly window: boolean };
type OfTenant = { readonly answers: ApprovalAnswer[]; readonly asked: Map<string, Asked> };

/** So many answers of a tenant are kept; the oldest go first. */
const keptAnswers = 10_000;
const answerOf: { readonly [type: string]: ApprovalAnswer['answer'] } = {
  ActionApproved: 'approved',
  ActionConfirmed: 'confirmed',
  ActionRejected: 'rejected',
};

/** Who said yes and no, and how soon, of all tenants as the log has it; it needs no database. */
@Injectable()
export class ApprovalIndex {
  readonly follower: LogFollower;
  readonly #tenants = new Map<string, OfTenant>();

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-approvals',
      prefixes: ['action-'],
      onEvent: (event) => {
        this.#fold(event);
      },
    });
  }

  /** The figures of a tenant's answers since a time. Throws `not-current`. */
  async figures(tenantId: string, since: Timestamp): Promise<ApprovalFigures> {
    await this.follower.ensureCurrent(false);
    const { answers = [], asked = new Map<string, Asked>() } = this.#tenants.get(tenantId) ?? {};
    const waiting = [...asked.values()].filter(({ window }) => !window);
    return approvalFigures(answers, waiting, since);
  }

  #fold({ stream, type, data, metadata: { occurred_at: at } }: RecordedEvent): void {
    const of = parseStream(stream);
    if (of === undefined) return;
    const tenant = this.#tenants.get(of.tenant) ?? { answers: [], asked: new Map<string, Asked>() };
    this.#tenants.set(of.tenant, tenant);
    const { answers, asked } = tenant;
    const before = asked.get(of.id);
    const answer = answerOf[type];
    if (answer !== undefined && before !== undefined && 'by' in data && typeof data.by === 'string') {
      const turnaround = Math.max(0, Date.parse(at) - Date.parse(before.requested_at));
      answers.push({ action_id: of.id, by: data.by, answer, at, turnaround_ms: turnaround });
      if (answers.length > keptAnswers) answers.shift();
    }
    if (type === 'ApprovalRequested' || type === 'ConfirmationWindowOpened')
      asked.set(of.id, {
        action_id: of.id,
        requested_at: at,
        escalated: false,
        window: type === 'ConfirmationWindowOpened',
      });
    else if (type === 'ApprovalEscalated' && before !== undefined)
      asked.set(of.id, { ...before, escalated: true });
    else if (type === 'ReservationRequested' || endEventTypes.has(type)) asked.delete(of.id);
  }
}
