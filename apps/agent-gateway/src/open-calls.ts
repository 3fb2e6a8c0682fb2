import { callDecider, isCallFinished, type CallEvent, type CallState } from '@interlock/agents';
import { parseStream } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import type { EventStore, Recorded } from '@interlock/kernel';

type OpenCall = { readonly tenant_id: string; readonly action_id: string; readonly state: CallState };

/** The unfinished calls of all tenants, as the log has them: good for finding out what is left to do, never for acting. */
export class OpenCalls {
  readonly follower: LogFollower;
  readonly #open = new Map<string, OpenCall>();

  /** `onMoved` is told of every event of a call, whoever wrote it. */
  constructor(
    store: EventStore,
    logger: AdapterLogger,
    onMoved: (tenantId: string, actionId: string) => void,
  ) {
    this.follower = createFollower(store, {
      name: 'agent-gateway-calls',
      prefixes: ['call-'],
      logger,
      onEvent: (event) => {
        const at = parseStream(event.stream);
        if (at === undefined || !callDecider.types.some((type) => type === event.type)) return;
        const known = this.#open.get(event.stream)?.state ?? callDecider.initial;
        const state = callDecider.evolve(known, event as unknown as Recorded<CallEvent>);
        if (isCallFinished(state)) this.#open.delete(event.stream);
        else this.#open.set(event.stream, { tenant_id: at.tenant, action_id: at.id, state });
        onMoved(at.tenant, at.id);
      },
    });
  }

  list(): readonly OpenCall[] {
    return [...this.#open.values()];
  }
}
