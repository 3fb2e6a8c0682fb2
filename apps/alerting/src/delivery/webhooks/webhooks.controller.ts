import { streamName } from '@interlock/contracts';
import { positionOrNull, ProblemError, refuseViolations, type Position } from '@interlock/kernel';
import { webhookChannel, webhooksOf } from '@interlock/notify';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  MinPosition,
  newId,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { ownRequesters } from '@interlock/rails';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeliveryHandler, WebhookHandler } from '../../handlers.js';
import type { Egress } from '../egress.js';
import { sendUpstream } from '../senders/upstream.js';
import type { LinkKeys } from '../links/link-token.js';
import { EGRESS, WEBHOOK_KEYS } from '../tokens.js';
import { testMessage } from './webhook-test.js';
import { webhookSecret } from './webhook-secret.js';
import {
  ListWebhookDeliveriesQuery,
  RegisterWebhookDto,
  ReplayWebhookDto,
  type RegisteredWebhookDto,
  type WebhookSecretDto,
  type RemovedWebhookDto,
  type ReplayedWebhookDto,
  type TestedWebhookDto,
  type WebhookDeliveryPageDto,
  type WebhookDto,
  type WebhookListDto,
} from './webhooks.dto.js';
import { mostReplayed, WebhooksQueries } from './webhooks.queries.js';

/** Returns the owner whose webhooks the caller may see. Null means all of the tenant. */
const seenBy = ({ scopes, requester }: Principal): string | null =>
  scopes.includes('AUTONOMY_ADMIN') ? null : requester;

/**
 * The caller's webhooks, which receive notices of the caller's own intents as signed CloudEvents.
 */
@ApiTags('webhooks')
@Controller('api/v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly queries: WebhooksQueries,
    private readonly webhooks: WebhookHandler,
    private readonly notices: DeliveryHandler,
    @Inject(EGRESS) private readonly egress: Egress,
    @Inject(WEBHOOK_KEYS) private readonly keys: LinkKeys | null,
  ) {}

  @Get()
  @ApiOperation({
    summary: "List the caller's webhooks",
    description: 'With the scope AUTONOMY_ADMIN, those of the whole tenant.',
  })
  @RequireScope('AUTONOMOUS_SUBMIT', 'AUTONOMY_ADMIN')
  async list(
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<WebhookListDto> {
    await this.queries.atLeast(position);
    return { items: await this.queries.webhooks(tenantId, seenBy(principal)), next: null };
  }

  @Post()
  @ApiOperation({
    summary: "Register a webhook for the caller's own intents",
    description:
      'It receives a CloudEvent when an intent is accepted or refused and when its action ends, for intents from now on. The answer shows the secret once.',
  })
  @HttpCode(201)
  @AnswersProblems('already-exists', 'wrong-state')
  @RequireScope('AUTONOMOUS_SUBMIT')
  async register(
    @Body() { url }: RegisterWebhookDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RegisteredWebhookDto> {
    const fault = this.egress.fault(url);
    refuseViolations(fault === null ? [] : [{ pointer: '/url', detail: fault }], 'the webhook');
    const [key] = this.#keys();
    const { requester: owner } = principal;
    const webhook_id = newId();
    const requesters = ownRequesters(tenantId, owner);
    const { position } = await this.webhooks.handle(
      streamName('webhook', tenantId, webhooksOf(owner)),
      { kind: 'register', webhook_id, owner, requesters, url },
      commandContext(principal),
    );
    return {
      tenant_id: tenantId,
      webhook_id,
      url,
      secret: webhookSecret(key, tenantId, webhook_id),
      position: positionOrNull(position),
    };
  }

  @Post(':id/secret')
  @ApiOperation({
    summary: "Show the secret of the caller's webhook",
    description:
      'The secret changes with the key of the installation. While that key is replaced, each delivery is signed with both secrets.',
  })
  @HttpCode(200)
  @AnswersProblems('wrong-state')
  @RequireScope('AUTONOMOUS_SUBMIT')
  async secret(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() { requester }: Principal,
    @MinPosition() position: Position | null,
  ): Promise<WebhookSecretDto> {
    await this.queries.atLeast(position);
    const { webhook_id, url } = await this.queries.webhook(tenantId, id, requester);
    const [key] = this.#keys();
    return { webhook_id, url, secret: webhookSecret(key, tenantId, webhook_id) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a webhook' })
  @RequireScope('AUTONOMOUS_SUBMIT', 'AUTONOMY_ADMIN')
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<WebhookDto> {
    await this.queries.atLeast(position);
    return this.queries.webhook(tenantId, id, seenBy(principal));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove a webhook', description: 'What it has not received is dropped.' })
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_SUBMIT', 'AUTONOMY_ADMIN')
  async remove(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() at: Position | null,
  ): Promise<RemovedWebhookDto> {
    await this.queries.atLeast(at);
    const { owner } = await this.queries.webhook(tenantId, id, seenBy(principal));
    const { position } = await this.webhooks.handle(
      streamName('webhook', tenantId, webhooksOf(owner)),
      { kind: 'remove', webhook_id: id, owner },
      commandContext(principal),
    );
    return { tenant_id: tenantId, webhook_id: id, position: positionOrNull(position) };
  }

  @Get(':id/deliveries')
  @ApiOperation({
    summary: 'List the deliveries of a webhook',
    description: 'The newest first. A parked delivery was given up, and can be replayed.',
  })
  @RequireScope('AUTONOMOUS_SUBMIT', 'AUTONOMY_ADMIN')
  async deliveries(
    @Param('id') id: string,
    @Query() query: ListWebhookDeliveriesQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<WebhookDeliveryPageDto> {
    await this.queries.atLeast(position);
    await this.queries.webhook(tenantId, id, seenBy(principal));
    return this.queries.deliveries(tenantId, id, query);
  }

  @Post(':id/test')
  @ApiOperation({
    summary: 'Send a test to a webhook',
    description:
      'Sends one signed CloudEvent of type `interlock.webhook_test.v1`, without a repeat, and answers what the receiver said.',
  })
  @HttpCode(200)
  @AnswersProblems('wrong-state')
  @RequireScope('AUTONOMOUS_SUBMIT', 'AUTONOMY_ADMIN')
  async test(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() at: Position | null,
  ): Promise<TestedWebhookDto> {
    await this.queries.atLeast(at);
    const { owner, url } = await this.#active(tenantId, id, principal);
    const event_id = newId();
    const settings = { kind: 'outcomes', url } as const;
    const to = { tenant_id: tenantId, channel_id: webhookChannel(id), settings };
    const message = testMessage(tenantId, id, event_id);
    const { outcome, detail } = await sendUpstream(this.egress, this.keys, to, message);
    const delivered = outcome === 'delivered';
    const { position } = await this.webhooks.handle(
      streamName('webhook', tenantId, webhooksOf(owner)),
      { kind: 'tested', webhook_id: id, owner, test_id: event_id, delivered, detail },
      commandContext(principal),
    );
    return { webhook_id: id, event_id, delivered, detail, position: positionOrNull(position) };
  }

  @Post(':id/replay')
  @ApiOperation({
    summary: 'Send deliveries of a webhook again',
    description:
      'Each keeps its `webhook-id`. Without `event_ids`, up to 200 parked deliveries are sent, the oldest first.',
  })
  @HttpCode(200)
  @AnswersProblems('wrong-state')
  @RequireScope('AUTONOMOUS_SUBMIT', 'AUTONOMY_ADMIN')
  async replay(
    @Param('id') id: string,
    @Body() { event_ids: eventIds }: ReplayWebhookDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() at: Position | null,
  ): Promise<ReplayedWebhookDto> {
    await this.queries.atLeast(at);
    await this.#active(tenantId, id, principal);
    const found = await this.queries.ended(tenantId, id, eventIds);
    let last: Position | null = null;
    for (const { dedup_key, alert_id } of found.slice(0, mostReplayed)) {
      const { position } = await this.notices.handle(
        streamName('delivery', tenantId, alert_id),
        { kind: 'replay', data: { channel_id: webhookChannel(id), dedup_key, alert_id } },
        commandContext(principal),
      );
      last = position ?? last;
    }
    return {
      webhook_id: id,
      replayed: Math.min(found.length, mostReplayed),
      more: found.length > mostReplayed,
      position: positionOrNull(last),
    };
  }

  /** Returns the keys of the secrets. Throws `wrong-state` if there are none. */
  #keys(): LinkKeys {
    if (this.keys === null)
      throw new ProblemError('wrong-state', 'webhooks are off: alerting has no key for their secrets', {
        remedy: 'set `ALERTING_LINK_KEY_FILE` or `ALERTING_STATE_DIR` of alerting',
      });
    return this.keys;
  }

  /** Returns a webhook that may be sent to. Throws `wrong-state` if it was stopped. */
  async #active(tenantId: string, id: string, principal: Principal): Promise<WebhookDto> {
    const webhook = await this.queries.webhook(tenantId, id, seenBy(principal));
    if (webhook.state === 'stopped')
      throw new ProblemError(
        'wrong-state',
        `the webhook was stopped: ${webhook.detail ?? ''}; register it again`,
      );
    return webhook;
  }
}
