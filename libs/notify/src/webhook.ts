import { ProblemError, uuidV5, type Decider } from '@interlock/kernel';

/** An address that receives the notices of its owner's own intents. */
type Webhook = {
  readonly webhook_id: string;
  /** The requester who registered it: `person:<person_id>` or `service:<name>`. */
  readonly owner: string;
  /** Every requester whose intents are the owner's: for an agent also its user of the bus. */
  readonly requesters: readonly string[];
  readonly url: string;
};
type Named = Pick<Webhook, 'webhook_id' | 'owner'>;

/** A test of a webhook, and what its receiver said. */
type Test = Named & { readonly test_id: string; readonly delivered: boolean; readonly detail: string };

/** Stream `webhook-<tenant>:<id of the owner>`. `WebhookStopped`: the receiver answered 410. */
export type WebhookEvent =
  | { readonly type: 'WebhookRegistered'; readonly data: Webhook }
  | { readonly type: 'WebhookRemoved'; readonly data: Named }
  | { readonly type: 'WebhookStopped'; readonly data: Named & { readonly detail: string } }
  | { readonly type: 'WebhookTested'; readonly data: Test };
export type WebhookCommand =
  | ({ readonly kind: 'register' } & Webhook)
  | ({ readonly kind: 'remove' } & Named)
  | ({ readonly kind: 'stop'; readonly detail: string } & Named)
  | ({ readonly kind: 'tested' } & Test);
export type WebhookState = {
  readonly webhooks: { readonly [id: string]: { readonly url: string; readonly stopped: boolean } };
};

/** The webhooks that one owner may have. */
const mostWebhooks = 10;

/** The id of the stream of an owner's webhooks. */
export const webhooksOf = (owner: string): string => uuidV5('webhooks', owner);

/**
 * The channel of a webhook, by which deliveries name it. A colon is in no name of an alert channel.
 */
export const webhookChannel = (webhookId: string): string => `webhook:${webhookId}`;

/**
 * Refuses a second webhook for an address with `already-exists` and more than `mostWebhooks`
 * with `wrong-state`.
 */
export const webhookDecider: Decider<WebhookCommand, WebhookEvent, WebhookState> = {
  name: 'webhook',
  types: ['WebhookRegistered', 'WebhookRemoved', 'WebhookStopped', 'WebhookTested'],
  initial: { webhooks: {} },
  decide: (command, { webhooks }) => {
    const { webhook_id, owner } = command;
    const known = webhooks[webhook_id];
    switch (command.kind) {
      case 'register': {
        if (known !== undefined) return [];
        const all = Object.values(webhooks);
        const active = Object.entries(webhooks).find(
          ([, { url, stopped }]) => url === command.url && !stopped,
        );
        if (active !== undefined)
          throw new ProblemError('already-exists', `your webhook \`${active[0]}\` has this address already`, {
            remedy: `print its secret with \`interlock webhooks secret ${active[0]}\`, or remove it first`,
          });
        if (all.length >= mostWebhooks)
          throw new ProblemError('wrong-state', `you have ${mostWebhooks} webhooks: remove one first`);
        const { requesters, url } = command;
        return [{ type: 'WebhookRegistered', data: { webhook_id, owner, requesters, url } }];
      }
      case 'remove':
        return known === undefined ? [] : [{ type: 'WebhookRemoved', data: { webhook_id, owner } }];
      case 'stop':
        return known === undefined || known.stopped
          ? []
          : [{ type: 'WebhookStopped', data: { webhook_id, owner, detail: command.detail } }];
      case 'tested': {
        const { test_id, delivered, detail } = command;
        return known === undefined
          ? []
          : [{ type: 'WebhookTested', data: { webhook_id, owner, test_id, delivered, detail } }];
      }
    }
  },
  evolve: (state, event) => {
    const { webhooks } = state;
    const { [event.data.webhook_id]: known, ...others } = webhooks;
    switch (event.type) {
      case 'WebhookRegistered':
        return {
          webhooks: { ...webhooks, [event.data.webhook_id]: { url: event.data.url, stopped: false } },
        };
      case 'WebhookRemoved':
        return { webhooks: others };
      case 'WebhookTested':
        return state;
      case 'WebhookStopped':
        return known === undefined
          ? { webhooks }
          : { webhooks: { ...webhooks, [event.data.webhook_id]: { ...known, stopped: true } } };
    }
  },
};
