import { Inject, Injectable } from '@nestjs/common';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { collect } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import {
  isEngagedAfter,
  killSwitchStream,
  killSwitchStreams,
  listedAfter,
  listedStreams,
  listsSites,
  type KillSwitchHead,
  type KillSwitchSubject,
} from '@interlock/rails';
import { KillSwitchUses } from './kill-switch-uses.js';

/**
 * An action as the switches see it; its site is requested only if the tenant has a switch of a
 * site.
 */
export type SwitchedAction = Omit<KillSwitchSubject, 'site_id'>;
export type SiteOf = () => Promise<string | null>;

type IndexedHead = { readonly head: KillSwitchHead; readonly listed: readonly string[] };

const neverUsed = (stream: string): IndexedHead => ({
  head: { stream, revision: '-1', engaged: false },
  listed: [],
});
const indexed = (stream: string, last: RecordedEvent | undefined): IndexedHead =>
  last === undefined
    ? neverUsed(stream)
    : {
        head: { stream, revision: `${last.revision}`, engaged: isEngagedAfter(last) },
        listed: listedAfter(last),
      };

/**
 * The kill switches from the log. An unknown event counts as engaged. Gate 1 uses an index, and the
 * last look reads the heads themselves.
 */
@Injectable()
export class KillSwitches {
  readonly #store: EventStore;
  readonly #heads = new Map<string, IndexedHead>();
  /** Every use of every switch, with its receipt. */
  readonly uses = new KillSwitchUses();
  readonly follower: LogFollower;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.#store = store;
    this.follower = createFollower(store, {
      name: 'safety-rails-kill-switches',
      prefixes: ['kill_switch-'],
      onEvent: (event) => {
        this.#heads.set(event.stream, indexed(event.stream, event));
        this.uses.fold(event);
      },
    });
  }

  /**
   * Returns the heads from the index. Undefined unless the index was confirmed current within 2 s,
   * or is within one more second.
   */
  async known(action: SwitchedAction, siteOf: SiteOf): Promise<readonly KillSwitchHead[] | undefined> {
    if (!(await this.isCurrent())) return undefined;
    return this.#headsOf(action, siteOf, (stream) =>
      Promise.resolve(this.#heads.get(stream) ?? neverUsed(stream)),
    );
  }

  /** Returns true if the index was confirmed current within 2 s, or is within one more second. */
  isCurrent(): Promise<boolean> {
    return this.follower.ensureCurrent(false).then(
      () => true,
      () => false,
    );
  }

  /** Reads the heads from the log now. */
  read(action: SwitchedAction, siteOf: SiteOf): Promise<readonly KillSwitchHead[]> {
    return this.#headsOf(action, siteOf, async (stream) => {
      const [last] = await collect(this.#store.read(stream, { backwards: true, limit: 1 }));
      return indexed(stream, last);
    });
  }

  /** Returns every switch of these tenants that was ever used. */
  all(): readonly KillSwitchHead[] {
    return [...this.#heads.values()].map(({ head }) => head);
  }

  async #headsOf(
    action: SwitchedAction,
    siteOf: SiteOf,
    head: (stream: string) => Promise<IndexedHead>,
  ): Promise<readonly KillSwitchHead[]> {
    const own = killSwitchStream('tenant', action.tenant_id, '');
    const always = await Promise.all(killSwitchStreams(action.tenant_id, action.action_type).map(head));
    const listed = always.find(({ head: { stream } }) => stream === own)?.listed ?? [];
    if (listed.length === 0) return always.map((one) => one.head);
    const site_id = listsSites(listed) ? await siteOf() : null;
    const more = await Promise.all(listedStreams(listed, { ...action, site_id }).map(head));
    return [...always, ...more].map((one) => one.head);
  }
}
