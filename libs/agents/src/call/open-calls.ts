import { parseStream } from '@interlock/contracts';
import type { OpenWorkFold, Recorded, RecordedEvent } from '@interlock/kernel';
import { callDecider } from './decider.js';
import type { CallEvent } from './events.js';
import { isCallFinished, type CallState } from './state.js';

export type OpenCall = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state: CallState;
};

/** The unfinished calls of all tenants. Use it to find remaining work, never to act. */
export class OpenCallsFold implements OpenWorkFold {
  readonly #open = new Map<string, OpenCall>();

  list(): readonly OpenCall[] {
    return [...this.#open.values()];
  }

  streams(): Iterable<string> {
    return this.#open.keys();
  }

  take(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at?.category !== 'call' || !callDecider.types.some((type) => type === event.type)) return;
    const known = this.#open.get(event.stream)?.state ?? callDecider.initial;
    const state = callDecider.evolve(known, event as unknown as Recorded<CallEvent>);
    if (isCallFinished(state)) this.#open.delete(event.stream);
    else this.#open.set(event.stream, { tenant_id: at.tenant, action_id: at.id, state });
  }
}
