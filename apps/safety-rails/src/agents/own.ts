import { openedEvent, type Principal, type SseEvent } from '@interlock/platform';
import { ownRequesters } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { actionStream } from '../actions/action-stream.js';
import { ActionHandler } from '../handlers.js';
import { Tenants } from '../tenants/tenants.js';

/** The requesters whose actions and plans the caller may read; undefined for all. */
export const ownOf = ({
  scopes,
  tenant_id: tenantId,
  requester,
}: Pick<Principal, 'scopes' | 'tenant_id' | 'requester'>): readonly string[] | undefined =>
  scopes.includes('AUTONOMOUS_READ') ? undefined : ownRequesters(tenantId, requester);

const actionIn = ({ data }: SseEvent): string => (data as { readonly action_id: string }).action_id;

/** The events of the actions that an agent submitted. */
@Injectable()
export class OwnEvents {
  constructor(
    @Inject(ActionHandler) private readonly actions: Pick<ActionHandler, 'load'>,
    private readonly tenants: Tenants,
  ) {}

  /** Ends at the first event after the credential of the requester was revoked. */
  async *of(tenantId: string, requester: string, events: AsyncGenerator<SseEvent>): AsyncGenerator<SseEvent> {
    const own = ownRequesters(tenantId, requester);
    for await (const event of events) {
      if (event.event === openedEvent) {
        yield event;
        continue;
      }
      if (!this.tenants.of(tenantId).credentials.has(requester)) return;
      const { state } = await this.actions.load(actionStream(tenantId, actionIn(event)));
      if (state.status !== 'NONE' && own.includes(state.accepted.requester)) yield event;
    }
  }
}
