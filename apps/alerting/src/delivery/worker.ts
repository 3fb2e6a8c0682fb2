import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { SpanKind, type Span } from '@opentelemetry/api';
import { streamName, type Timestamp } from '@interlock/contracts';
import { inSpan, contextOf as traceContextOf, traceparentWithin } from '@interlock/jetstream';
import { isProblem, nextLookMs, type CommandContext } from '@interlock/kernel';
import {
  channelFailing,
  endedKey,
  nextAttemptAt,
  referenceKey,
  type Attempt,
  type Delivered,
  type DeliveryCommand,
  webhookChannel,
  webhooksOf,
} from '@interlock/notify';
import {
  counterOf,
  newId,
  nowText,
  SERVICE_CONTEXT,
  type ServiceContext,
  serviceCommandContext,
} from '@interlock/platform';
import { AlertHandler, DeliveryHandler, WebhookHandler } from '../handlers.js';
import type { LinkKeys, Links } from './links/link-token.js';
import { DELIVERY_CONFIG, LINKS, EGRESS, WEBHOOK_KEYS } from './tokens.js';
import type { DeliveryConfig } from './config.js';
import type { NoticeCause } from './deliveries.tables.js';
import { failing, well } from './channels/failing-alert.js';
import type { Egress } from './egress.js';
import {
  DeliveryQueue,
  isUpstream,
  type Claimed,
  type ClaimedNotice,
  type ClaimedUpstream,
  type DueEscalation,
} from './queue.js';
import { send } from './senders/send.js';
import { sendUpstream } from './senders/upstream.js';

const mostInFlight = 16;
const mostOfChannel = 2;

const after = (ms: number): Timestamp => new Date(Date.now() + ms).toISOString();
/**
 * Returns the context of a command. It belongs to the trace of the event that caused the notice.
 */
const contextOf = (tenantId: string, commandId: string, cause: NoticeCause | null): CommandContext =>
  serviceCommandContext('alerting', tenantId, {
    commandId,
    correlationId: cause?.correlation_id ?? newId(),
    causationId: cause?.event_id ?? commandId,
    ...traceparentWithin(cause?.traceparent ?? null),
  });

/**
 * Takes notices from the queue and sends them. INVARIANT: the result of each is an event before the
 * notice counts as sent. A worker that dies between sending and recording leaves its notice to be
 * sent again under the same key. Nothing else is sent twice.
 */
@Injectable()
export class DeliveryWorker {
  readonly #me = randomUUID();
  readonly #stopping = new AbortController();
  readonly #inFlight = new Map<Promise<void>, string>();
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #isAway = false;
  /** When it last checked the queue, for the heartbeat. */
  lastLook = Date.now();

  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    @Inject(DELIVERY_CONFIG) private readonly config: DeliveryConfig,
    @Inject(EGRESS) private readonly egress: Egress,
    @Inject(LINKS) private readonly links: Links | null,
    @Inject(WEBHOOK_KEYS) private readonly webhookKeys: LinkKeys | null,
    private readonly queue: DeliveryQueue,
    private readonly deliveries: DeliveryHandler,
    private readonly alerts: AlertHandler,
    private readonly webhooks: WebhookHandler,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops claiming notices, and waits for those in progress. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
    await Promise.all(this.#inFlight.keys());
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let looksInVain = 0;
    while (!signal.aborted) {
      const took = await this.#look().catch((error: unknown) => {
        if (!this.#isAway)
          this.context.logger.warn({ err: error }, 'the queue of notices cannot be read, and is tried again');
        this.#isAway = true;
        return false;
      });
      this.lastLook = Date.now();
      looksInVain = took || this.#inFlight.size > 0 ? 0 : looksInVain + 1;
      if (took || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, nextLookMs(looksInVain, this.config.ALERTING_POLL_MS));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Returns true if more notices may be due now. */
  async #look(): Promise<boolean> {
    for (const escalation of await this.queue.dueEscalations(nowText())) await this.#escalate(escalation);
    const room = mostInFlight - this.#inFlight.size;
    if (room <= 0) return false;
    const channels = [...this.#inFlight.values()];
    const busy = channels.filter((one) => channels.filter((other) => other === one).length >= mostOfChannel);
    const claimed = await this.queue.claim({
      by: this.#me,
      now: nowText(),
      until: after(this.config.ALERTING_CLAIM_MS),
      limit: Math.min(room, mostOfChannel),
      busy: [...new Set(busy)],
    });
    this.#isAway = false;
    for (const one of claimed) {
      const work = this.#traced(one).finally(() => {
        this.#inFlight.delete(work);
        this.#wake();
      });
      this.#inFlight.set(work, `${one.tenant_id}/${one.channel_id}`);
    }
    return claimed.length > 0;
  }

  /**
   * Escalates an alert that nobody acknowledged. INVARIANT: the alert's own stream decides, because
   * the queue may be behind it.
   */
  async #escalate({
    tenant_id,
    alert_id,
    episode,
    from_route,
    to_route,
    cause,
  }: DueEscalation): Promise<void> {
    const { state } = await this.alerts.load(streamName('alert', tenant_id, alert_id));
    if (state.status !== 'firing') return;
    await this.deliveries.handle(
      streamName('delivery', tenant_id, alert_id),
      {
        kind: 'escalate',
        data: {
          alert_id,
          episode,
          from_route,
          to_route,
          detail: `it was not acknowledged in time: route \`${to_route}\` is notified`,
        },
      },
      contextOf(tenant_id, `escalate:${alert_id}:${episode}:${from_route}`, cause),
    );
  }

  /** Delivers a notice in the trace of the event that caused it. */
  #traced(claimed: Claimed): Promise<void> {
    const { tenant_id, alert_id, settings, notice, cause } = claimed;
    return inSpan(
      {
        name: 'deliver notice',
        kind: SpanKind.CLIENT,
        attributes: {
          'interlock.tenant_id': tenant_id,
          'interlock.alert_id': alert_id,
          'interlock.notice': notice.what,
          'interlock.channel.kind': settings.kind,
        },
        parent: traceContextOf(cause?.traceparent ?? undefined),
        service: 'alerting',
      },
      (span) => this.#holding(claimed, () => this.#deliver(claimed, span)),
    );
  }

  /** Holds a claim during the work, because a channel may take longer than a claim lasts. */
  async #holding(claimed: Claimed, work: () => Promise<void>): Promise<void> {
    const time = this.config.ALERTING_CLAIM_MS;
    const timer = setInterval(
      // The next hold follows soon. Without the database no other worker can claim the notice.
      () => void this.queue.hold(claimed, after(time)).catch(() => undefined),
      time / 4,
    );
    await work().finally(() => clearInterval(timer));
  }

  async #deliver(claimed: Claimed, span: Span): Promise<void> {
    try {
      const { tenant_id, alert_id, settings } = claimed;
      const { state } = await this.deliveries.load(streamName('delivery', tenant_id, alert_id));
      if (state.ended[endedKey(claimed)] !== undefined) return;
      const attempt = isUpstream(claimed)
        ? await sendUpstream(this.egress, this.webhookKeys, claimed, claimed.notice.event)
        : await send(this.egress, claimed.settings, {
            tenantId: tenant_id,
            notice: claimed.notice,
            reference: state.references[referenceKey(claimed)] ?? null,
            isRepeat: claimed.attempts > 1,
            link: this.links?.addressOf(claimed.notice, claimed.channel_id) ?? null,
          });
      span.setAttribute('interlock.outcome', attempt.outcome);
      counterOf(this.context.metrics, 'interlock_notifications_total').inc({
        kind: settings.kind,
        outcome: attempt.outcome,
      });
      await this.#conclude(claimed, attempt, state.replays[endedKey(claimed)] ?? 0);
    } catch (error) {
      // The claim expires by itself, and the notice is retried.
      this.context.logger.warn(
        { err: error, channel: claimed.channel_id, key: claimed.dedup_key },
        'a notice could not be handled, and is tried again',
      );
    }
  }

  /** Records the result of an attempt. `replay` counts the requests to send the notice again. */
  async #conclude(claimed: Claimed, attempt: Attempt, replay: number): Promise<void> {
    const { config } = this;
    const now = nowText();
    if (attempt.outcome === 'delivered') {
      await this.#record('delivered', claimed, { ...attempt, replay });
      if (!isUpstream(claimed)) await this.#isWell(claimed);
      return;
    }
    const nextAt =
      attempt.outcome === 'final'
        ? null
        : nextAttemptAt({
            attempts: claimed.attempts,
            first_at: claimed.first_at,
            now,
            retry_after_ms: attempt.retry_after_ms,
            random: Math.random(),
            limits: {
              first_ms: config.ALERTING_RETRY_FIRST_MS,
              most_ms: config.ALERTING_RETRY_MOST_MS,
              give_up_ms: config.ALERTING_GIVE_UP_S * 1000,
            },
          });
    this.context.logger.warn(
      {
        channel: claimed.channel_id,
        tenant_id: claimed.tenant_id,
        key: claimed.dedup_key,
        detail: attempt.detail,
        attempts: claimed.attempts,
        next_at: nextAt,
      },
      'a notice was not delivered',
    );
    const failsFor = Date.parse(now) - Date.parse(claimed.first_at);
    const { detail } = attempt;
    if (isUpstream(claimed)) {
      if (attempt.outcome === 'final' && attempt.gone === true) await this.#stopWebhook(claimed, detail);
    } else if (nextAt === null || failsFor >= config.ALERTING_CHANNEL_FAILING_S * 1000)
      await this.#isFailing(claimed, detail);
    if (nextAt === null) await this.#record('failed', claimed, { detail, reference: null, replay });
    else await this.queue.again(claimed, nextAt, detail);
  }

  /**
   * Records the outcome of a notice. While the log is down the claim is held and the notice is not
   * sent again.
   */
  async #record(
    kind: 'delivered' | 'failed',
    claimed: Claimed,
    { detail, reference, replay }: Pick<Delivered, 'detail' | 'reference'> & { readonly replay: number },
  ): Promise<void> {
    const { tenant_id, channel_id, dedup_key, alert_id, episode, notice, attempts, cause } = claimed;
    const data: Delivered = {
      channel_id,
      dedup_key,
      alert_id,
      episode,
      what: notice.what,
      attempts,
      detail,
      reference,
    };
    const command: DeliveryCommand = { kind, data };
    const again = replay === 0 ? '' : `:${replay}`;
    const context = contextOf(tenant_id, `${kind}:${channel_id}:${dedup_key}${again}`, cause);
    for (;;) {
      try {
        await this.deliveries.handle(streamName('delivery', tenant_id, alert_id), command, context);
        return;
      } catch (error) {
        const isAway = isProblem(error, 'log-unavailable') || isProblem(error, 'append-outcome-unknown');
        if (!isAway || this.#stopping.signal.aborted) throw error;
        await pause(this.config.ALERTING_POLL_MS, undefined, { signal: this.#stopping.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  /** Stops a webhook whose receiver wants nothing more. */
  async #stopWebhook(
    { tenant_id, channel_id, owner, cause }: ClaimedUpstream,
    detail: string,
  ): Promise<void> {
    const webhook_id = channel_id.slice(webhookChannel('').length);
    await this.webhooks.handle(
      streamName('webhook', tenant_id, webhooksOf(owner)),
      { kind: 'stop', webhook_id, owner, detail },
      contextOf(tenant_id, `stop:${webhook_id}`, cause),
    );
  }

  /**
   * Reports a channel that does not deliver. INVARIANT: a channel's failure is reported once on the
   * other channels, until it delivers again. A notice about a failing channel never causes another.
   */
  async #isFailing(claimed: ClaimedNotice, detail: string): Promise<void> {
    if (claimed.notice.name === channelFailing) return;
    const { alertId, stream, command } = failing(claimed, detail);
    if (await this.queue.holds(claimed.tenant_id, alertId)) return;
    await this.alerts.handle(stream, command, contextOf(claimed.tenant_id, newId(), claimed.cause));
  }

  async #isWell(claimed: ClaimedNotice): Promise<void> {
    const { alertId, stream, command } = well(claimed);
    if (!(await this.queue.holds(claimed.tenant_id, alertId))) return;
    await this.alerts.handle(stream, command, contextOf(claimed.tenant_id, newId(), claimed.cause));
  }
}
