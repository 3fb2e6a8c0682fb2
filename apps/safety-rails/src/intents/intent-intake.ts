import { context as otel, propagation, trace } from '@opentelemetry/api';
import {
  actorKey,
  defaults,
  refusalKeys,
  type AcceptedActionType,
  type Actor,
  type Timestamp,
} from '@interlock/contracts';
import { actionIdOf, positionText, ProblemError } from '@interlock/kernel';
import { inSpan, type SpanOf, traceparentWithin } from '@interlock/jetstream';
import type { People } from '@interlock/people';
import { newId, nowText, SERVICE_CONTEXT } from '@interlock/platform';
import { acceptedContent, checkParameters, referenceTo, type PartOfPlan } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { ActionTypes } from '../actions/action-types.js';
import type { ReadIntent } from './intent.dto.js';
import { Orchestrator } from '../actions/orchestrator.js';
import { Tenants } from '../tenants/tenants.js';

export type Submission = ReadIntent & {
  /** The authenticated tenant, which must also be the intent's. */
  readonly tenantId: string;
  /** The authenticated subject as an actor key. */
  readonly requester: string;
  readonly actor: Actor;
  readonly source: string;
  readonly time: Timestamp;
  /** The plan that submits the intent; absent if it came from outside. */
  readonly partOf?: PartOfPlan;
};
export type Accepted = {
  readonly action_id: string;
  readonly intent_id: string;
  readonly position: string;
  readonly state: string;
};

/**
 * Continues the intent's own trace, under the active span if that belongs to it. Otherwise the
 * active span is linked.
 */
const under = ({ traceparent }: Submission): Pick<SpanOf, 'parent' | 'links'> => {
  const active = trace.getSpanContext(otel.active());
  if (traceparent === null || traceparent.split('-')[1] === active?.traceId) return {};
  return {
    parent: propagation.extract(otel.active(), { traceparent }),
    links: active === undefined ? [] : [{ context: active }],
  };
};

export { actionStream } from '../actions/action-stream.js';

/** The only entrance for intents, by every route: the same intent gets the same answer. */
@Injectable()
export class IntentIntake {
  readonly #people: Pick<People, 'actorOf' | 'withNamesake'>;

  constructor(
    @Inject(ActionTypes) private readonly types: Pick<ActionTypes, 'current'>,
    @Inject(Tenants) private readonly tenants: Pick<Tenants, 'check'>,
    @Inject(SERVICE_CONTEXT) { people }: { readonly people: Pick<People, 'actorOf' | 'withNamesake'> },
    @Inject(Orchestrator) private readonly orchestrator: Pick<Orchestrator, 'accept' | 'stateOf'>,
  ) {
    this.#people = people;
  }

  /**
   * Accepts an intent. Resolves when its first event is in the log; with `together`, its first
   * gates too. Throws `wrong-tenant`, `tenant-suspended`, `wrong-agent`, `not-current`,
   * `unknown-action-type`, `validation-failed` (parameters), `intent-conflict`, and the log's
   * errors. Throws `database-unavailable` if the intent names a new person who cannot be looked up.
   */
  submit(submission: Submission, together = false): Promise<Accepted> {
    const attributes = { 'interlock.tenant_id': submission.tenantId };
    return inSpan({ name: 'accept intent', attributes, service: 'safety-rails', ...under(submission) }, () =>
      this.#accept(submission, together),
    );
  }

  async #accept(
    { intent, requestedBy, tenantId, requester, actor, source, time, partOf }: Submission,
    together: boolean,
  ): Promise<Accepted> {
    if (intent.tenant_id !== tenantId) {
      throw new ProblemError(
        'wrong-tenant',
        `the intent is of tenant \`${intent.tenant_id}\`, not of the sender's`,
        { violations: [{ pointer: '/tenant_id', detail: "must be the sender's tenant" }] },
      );
    }
    await this.tenants.check({ tenantId, requester, agent: intent.agent, account: intent.account_id });
    const actionId = actionIdOf(tenantId, intent.intent_id);
    const type = await this.#typeOf(tenantId, actionId, intent);
    const claimed = requestedBy === null ? null : await this.#people.actorOf(tenantId, requestedBy);
    const claimedAs = claimed === null ? [] : refusalKeys(claimed);
    const now = nowText();
    const result = await this.orchestrator.accept(
      tenantId,
      actionId,
      {
        kind: 'accept',
        now,
        action_id: actionId,
        ...acceptedContent(type, intent, partOf),
        requester,
        ...(claimed === null ? {} : { claimed_by: actorKey(claimed) }),
        ...(claimedAs.length > 1 ? { claimed_as: claimedAs } : {}),
        source,
        time,
        first_gate_by:
          intent.not_after ??
          new Date(
            Math.min(Date.parse(time), Date.parse(now)) + defaults.intent_not_after_s * 1000,
          ).toISOString(),
        action_type: type,
      },
      {
        commandId: newId(),
        tenantId,
        actor: await this.#people.withNamesake(tenantId, actor),
        now,
        correlationId: actionId,
        causationId: intent.intent_id,
        expectsNew: true,
        ...traceparentWithin(null),
      },
      together,
    );
    return {
      action_id: actionId,
      intent_id: intent.intent_id,
      position: result.position === null ? '0' : positionText(result.position),
      state: result.state.status,
    };
  }

  /**
   * Returns the action type with which an intent is read: normally the catalogue's present one. If
   * that would refuse the intent and its action already exists, it is the type with which the
   * action was accepted. So a repeat gets the same answer, even if the type has changed since.
   */
  async #typeOf(
    tenantId: string,
    actionId: string,
    intent: Submission['intent'],
  ): Promise<AcceptedActionType> {
    const type = await this.types.current(tenantId, intent.action_type);
    const violations = type === undefined ? [] : checkParameters(type, intent.parameters);
    if (type !== undefined && violations.length === 0) return referenceTo(type);
    const known = await this.orchestrator.stateOf(tenantId, actionId);
    if (known.status !== 'NONE') return known.accepted.action_type;
    throw type === undefined
      ? new ProblemError('unknown-action-type', `\`${intent.action_type}\` is not a registered action type`, {
          violations: [{ pointer: '/action_type', detail: 'must be a registered action type' }],
        })
      : new ProblemError(
          'validation-failed',
          `the parameters have ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
          { violations },
        );
  }
}
