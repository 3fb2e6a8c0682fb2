import type { EventStore } from '@interlock/kernel';

/** A store whose appends fail while `crashes` says so of the stream, as if the process had died. */
export const crashing = (store: EventStore, crashes: (stream: string) => boolean): EventStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'append')
        return (...[stream, ...rest]: Parameters<EventStore['append']>) =>
          crashes(stream) ? Promise.reject(new Error('died')) : target.append(stream, ...rest);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
