import { parseStream } from '@interlock/contracts';
import type { EventStore, LogSubscription } from '@interlock/kernel';

import type { People } from './people.js';
import type { PeopleLogger } from './served-people.js';

const againMs = 1000;

/**
 * Removes people from a process's memory when the log reports their erasure, until it is stopped.
 * Otherwise an idle process would keep an erased person's key and could open their texts while the
 * database is away. Before the log's first answer, memory is empty or was just read.
 */
export const forgetErased = (
  store: Pick<EventStore, 'head' | 'subscribe'>,
  people: Pick<People, 'forget'>,
  logger: PeopleLogger,
): LogSubscription => {
  let subscription: LogSubscription | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const begin = async (): Promise<void> => {
    try {
      const after = await store.head();
      if (isStopped) return;
      subscription = store.subscribe(
        { after, prefixes: ['person-'], name: 'people-erased' },
        {
          onEvent: ({ type, stream }) => {
            const { tenant, id } = parseStream(stream) ?? {};
            if (type === 'PersonErased' && tenant !== undefined && id !== undefined)
              people.forget({ tenant_id: tenant, person_id: id });
          },
          onFailure: (error) => {
            logger.warn(
              { err: error },
              'erasures are not followed any more: who is erased is forgotten when next asked for',
            );
          },
        },
      );
    } catch (error) {
      logger.warn({ err: error }, 'erasures are not followed yet: the log does not answer');
      if (!isStopped)
        timer = setTimeout(() => {
          void begin();
        }, againMs).unref();
    }
  };
  void begin();

  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await subscription?.stop();
    },
  };
};
