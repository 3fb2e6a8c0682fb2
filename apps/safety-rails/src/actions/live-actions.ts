import type { FactoryProvider } from '@nestjs/common';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, LiveEvents } from '@interlock/platform';

/** Streams the events of actions to watchers as they come. */
export const liveActions: FactoryProvider<LiveEvents> = {
  provide: LiveEvents,
  inject: [EVENT_STORE],
  useFactory: (store: EventStore) =>
    new LiveEvents(store, {
      name: 'safety-rails-live',
      prefixes: ['action-'],
      data: (id, { metadata: { occurred_at: at }, revision, data }) => ({
        action_id: id,
        at,
        revision: `${revision}`,
        data,
      }),
    }),
};
