import {
  streamName,
  subject,
  systemTenant,
  type ActionIntentV1,
  type AuditCheckAnswer,
  type AuditCheckRequest,
  type HandlerEnvelope,
  type ProblemCode,
  type TxStatus,
  type VoteAnswer,
} from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { actionIdOf, testMetadata, uuidV5 } from '@interlock/kernel';
import { newId, nowText } from '@interlock/platform';
import { killSwitchEpoch, killSwitchStreams } from '@interlock/rails';
import { until, type Parts } from '@interlock/testing';

/** The reaction to a request: `answer` it, or `hold` it without an answer. */
export type Conduct = 'answer' | 'hold';
type Refusal = { readonly code: ProblemCode; readonly detail: string };

const passed: AuditCheckAnswer = {
  passed: true,
  checked: 200,
  failed: 0,
  range: { from: '0', to: '900' },
  detail: 'all is as it was signed',
  findings: [],
};
const deadlineMs = 30_000;

/**
 * The services that posture calls, as posture sees them. A submitted intent becomes an action in
 * the log. It runs through posture's handler commands to its end, even if posture restarts
 * meanwhile. Checks pass, and votes agree.
 */
export class OtherServices {
  /** Every submission, repeats included. */
  readonly submitted: ActionIntentV1[] = [];
  /** Every check that responses asked for, repeats included. */
  readonly asked: AuditCheckRequest[] = [];
  onSubmit: Conduct | Refusal = 'answer';
  onCheck: Conduct = 'answer';
  readonly #actions = new Map<string, Promise<void>>();
  readonly #rpc: RpcClient;
  #serial = 0;

  constructor(private readonly parts: Parts) {
    this.#rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs });
    this.#answer('safety-rails', 'submit', ({ intent }: { readonly intent: ActionIntentV1 }) => {
      this.submitted.push(intent);
      if (this.onSubmit === 'hold') return undefined;
      if (this.onSubmit !== 'answer') return { problem: { ...this.onSubmit, title: 'a refusal' } };
      const action_id = actionIdOf(systemTenant, intent.intent_id);
      if (!this.#actions.has(action_id)) this.#actions.set(action_id, this.#act(action_id, intent));
      return { ok: { action_id, intent_id: intent.intent_id, position: '1', state: 'PENDING' } };
    });
    this.#answer('audit', 'check', (request: AuditCheckRequest) => {
      if (request.kind === 'light') return { ok: passed };
      this.asked.push(request);
      return this.onCheck === 'hold' ? undefined : { ok: passed };
    });
    this.#answer('safety-rails', 'executor', () => ({ ok: { registered_s: 1800 } }));
    for (const [name, about] of [
      ['audit', 'checkpoint'],
      ['policy-evaluator', 'bundles'],
    ] as const)
      this.#answer(name, 'vote', (): { readonly ok: VoteAnswer } => {
        const voter = `${name}/1`;
        const vote = { voter, kind: 'instance', about, subject: '9', says: 'x', contradicts: false } as const;
        return { ok: { instance: voter, votes: [{ ...vote, at: nowText() }] } };
      });
  }

  /** Resolves when every accepted action has ended. Throws the error that kept one from ending. */
  async settled(): Promise<void> {
    await Promise.all(this.#actions.values());
  }

  /** Writes an event as its owner would. */
  async append(stream: string, type: string, data: object): Promise<void> {
    this.#serial += 1;
    const id = uuidV5(stream, type, `${this.#serial}`);
    const metadata = { ...testMetadata(), tenant_id: systemTenant, occurred_at: nowText() };
    await this.parts.log.store.append(stream, [{ id, type, data, metadata }], 'any');
  }

  #answer<T>(service: string, command: string, made: (request: T) => object | undefined): void {
    this.parts.connection.subscribe(subject({ kind: 'rpc', service, command, caller: 'posture' }), {
      callback: (_error, message) => {
        const reply = made(message.json<T>());
        if (reply !== undefined) message.respond(JSON.stringify(reply));
      },
    });
  }

  /** The fencing number of a lease for the action. */
  async #granted(id: string): Promise<string> {
    const event = {
      id: newId(),
      type: 'LeaseGranted',
      data: {
        action_id: id,
        keys: [`entity:${id}`],
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      },
      metadata: { ...testMetadata(), tenant_id: systemTenant, occurred_at: nowText() },
    };
    const { revision } = await this.parts.log.store.append(
      streamName('lease', systemTenant, 'all'),
      [event],
      'any',
    );
    return `${revision}`;
  }

  async #act(id: string, intent: ActionIntentV1): Promise<void> {
    const stream = streamName('action', systemTenant, id);
    const epoch = killSwitchEpoch(
      killSwitchStreams(systemTenant, intent.action_type).map((one) => ({
        stream: one,
        revision: '-1',
        engaged: false,
      })),
    );
    const envelope = (request_id: string): HandlerEnvelope => ({
      request_id,
      deadline: new Date(Date.now() + deadlineMs).toISOString(),
      epoch,
      tenant_id: systemTenant,
      action_id: id,
    });
    /** Repeats the request until the answer says so, because posture may be down. */
    const { tenant_id, action_type, entity_id, parameters } = intent;
    const reaches = (
      command: 'take_turn' | 'confirm' | 'status',
      request: string,
      wanted: readonly string[],
    ): Promise<TxStatus> =>
      until(
        async () => {
          const status = await this.#rpc.call(`posture.${command}`, envelope(request));
          return wanted.includes(status.state) && status;
        },
        `${intent.action_type} is ${wanted.join(' or ')}`,
      );
    await this.append(stream, 'IntentAccepted', {
      action_id: id,
      intent,
      content_hash: 'h',
      requester: 'service:posture',
      source: 'rpc',
      time: nowText(),
      first_gate_by: nowText(),
      action_type: { action_type: intent.action_type },
    });
    for (let turn = 1, state = 'STALE'; state === 'STALE'; turn += 1) {
      const request = `${id}-${turn}`;
      await this.append(stream, 'TurnRequested', { turn, request_id: request, expires_at: nowText() });
      await reaches('take_turn', request, ['READY']);
      const { plan_hash } = await until(
        () =>
          this.#rpc.call('posture.plan', { tenant_id, action_type, entity_id, parameters, action_id: id }),
        `${intent.action_type} has its plan`,
      );
      await this.append(stream, 'TurnTaken', { turn });
      const fencing = await this.#granted(id);
      await this.append(stream, 'ExecutionStarted', {
        plan_hash,
        epoch,
        switches: [],
        request_id: request,
        soak_s: 0,
        confirm_timeout_s: 90,
        handler: { service: 'posture', name: intent.action_type },
        fencing,
        basis: 'allow',
        turn,
      });
      await until(async () => {
        const answer = await this.#rpc.call('posture.apply', envelope(request));
        return answer.status === 'accepted';
      }, `${intent.action_type} is applied`);
      ({ state } = await reaches('status', request, ['OBSERVED', 'STALE', 'FAILED']));
      if (state === 'FAILED') {
        await this.append(stream, 'ActionRolledBack', {
          cause: 'apply_failed',
          reasons: [{ code: 'response-failed', detail: 'nothing was done' }],
          action_type: intent.action_type,
          dry_run: false,
          predicted: null,
          observation: null,
          validation_result: null,
        });
        return;
      }
    }
    await this.append(stream, 'ConfirmRequested', { request_id: `${id}-confirm` });
    await reaches('confirm', `${id}-confirm`, ['CONFIRMED']);
    await this.append(stream, 'ActionCompleted', {
      reasons: [],
      action_type: intent.action_type,
      dry_run: false,
      predicted: null,
      observation: null,
      validation_result: { verdict: 'pass', kpis: [], impact_delta: null, predicted_interval: null },
    });
  }
}
