import type { HandlerAnswers } from '@interlock/agents';
import { streamName } from '@interlock/contracts';
import { readAction } from '@interlock/executor';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import { newId } from '@interlock/platform';
import { bodyOf, hasStep, type CallTools } from './call-context.js';
import type { HandlerStatusDto } from './calls.dto.js';
import { endpointKey } from '../handlers/handler-client.js';

/**
 * The shortest time between two questions to a tenant's handlers, over all auditors, in
 * milliseconds.
 */
const gapMs = 100;
/** A question that would wait longer than this is refused, in milliseconds. */
const longestWaitMs = 2000;

/**
 * Asks handlers how actions stand now, for auditors. It only reads: it records nothing and changes
 * no call. INVARIANT: the number of concurrent calls to a handler never exceeds the limit of its
 * action type, and a handler whose circuit breaker is open is not called.
 */
export class StatusQuestions {
  /** When the next question may be sent, by tenant. */
  readonly #next = new Map<string, number>();

  constructor(
    private readonly tools: Pick<CallTools, 'calls' | 'client' | 'places' | 'store'>,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /**
   * Asks the handler of an action for its status. Throws `action-not-found`, `wrong-state` if
   * nothing was sent to a handler that can be asked, `rate-limited`, and `handler-unreachable` or
   * `handler-refused` if it gives no answer.
   */
  async ask(tenantId: string, actionId: string): Promise<HandlerStatusDto> {
    const { calls, client, places, store } = this.tools;
    const { state } = await calls.load(streamName('call', tenantId, actionId));
    const { intent, action_type: type } = await readAction(store, tenantId, actionId);
    if (intent === null || type === null)
      throw new ProblemError('action-not-found', `there is no action \`${actionId}\``);
    const endpoint = type.handler?.endpoint;
    if (state.requested_at === null || endpoint === undefined)
      throw new ProblemError('wrong-state', 'the action was sent to no handler of the tenant');
    if (endpoint.kind === 'mcp' || !hasStep({ type }, 'status'))
      throw new ProblemError('wrong-state', 'the handler of the action answers no `status`');
    await this.#turn(tenantId);
    const leave = places.take(endpointKey(tenantId, type, 'status'), endpoint.max_calls);
    if (leave === undefined)
      throw new ProblemError('rate-limited', 'the handler has as many calls as it takes at once');
    try {
      const applied = state.apply?.request_id ?? '';
      const result = await client.call({
        step: 'status',
        tenant_id: tenantId,
        type,
        request_id: uuidV5(applied, 'asked', newId()),
        body: bodyOf(
          { tenant_id: tenantId, action_id: actionId, intent, type },
          { apply_request_id: applied },
        ),
      });
      if (result.kind === 'answered') {
        const { status }: HandlerAnswers['status'] = result.answer;
        const { sha256, bytes } = result.mark;
        return { action_id: actionId, action_type: type.action_type, status, answer: { sha256, bytes } };
      }
      throw new ProblemError(
        result.kind === 'refused' && !result.again ? 'handler-refused' : 'handler-unreachable',
        `the handler of \`${type.action_type}\` gave no answer to \`status\`: ${result.detail}`,
      );
    } finally {
      leave();
    }
  }

  /** Waits for the tenant's turn. */
  async #turn(tenantId: string): Promise<void> {
    const now = this.clock();
    const at = Math.max(now, this.#next.get(tenantId) ?? 0);
    if (at - now > longestWaitMs)
      throw new ProblemError(
        'rate-limited',
        'handlers of the tenant are being asked as often as they may be',
        {
          remedy: 'ask again in a few seconds',
        },
      );
    this.#next.set(tenantId, at + gapMs);
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  }
}
