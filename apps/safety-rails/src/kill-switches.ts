import { Inject, Injectable } from '@nestjs/common';
import type { EventStore } from '@interlock/kernel';
import { collect } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { killSwitchStreams, type KillSwitchHead } from '@interlock/rails';

/** The kill switches as the log has them (an event that is not known counts as engaged): by index for gate 1, by a read of their heads for the last look. */
@Injectable()
export class KillSwitches {
  readonly #store: EventStore;
  readonly #heads = new Map<string, KillSwitchHead>();
  readonly follower: LogFollower;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.#store = store;
    this.follower = createFollower(store, {
      name: 'safety-rails-kill-switches',
      prefixes: ['kill_switch-'],
      onEvent: (event) => {
        this.#heads.set(event.stream, {
          stream: event.stream,
          revision: `${event.revision}`,
          engaged: event.type !== 'KillSwitchReleased',
        });
      },
    });
  }

  /** From the index; undefined unless it was confirmed current within 2 s. */
  known(tenantId: string, actionType: string): readonly KillSwitchHead[] | undefined {
    if (!this.follower.confirmedWithin(2000)) return undefined;
    return killSwitchStreams(tenantId, actionType).map(
      (stream) => this.#heads.get(stream) ?? { stream, revision: '-1', engaged: false },
    );
  }

  /** Read from the log now. */
  async read(tenantId: string, actionType: string): Promise<readonly KillSwitchHead[]> {
    return Promise.all(
      killSwitchStreams(tenantId, actionType).map(async (stream) => {
        const [last] = await collect(this.#store.read(stream, { backwards: true, limit: 1 }));
        return last === undefined
          ? { stream, revision: '-1', engaged: false }
          : { stream, revision: `${last.revision}`, engaged: last.type !== 'KillSwitchReleased' };
      }),
    );
  }

  /** Every switch that was ever used, of these tenants. */
  all(): readonly KillSwitchHead[] {
    return [...this.#heads.values()];
  }
}
