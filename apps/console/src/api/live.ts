import type { QueryClient } from '@tanstack/react-query';
import { liveTopics, type LiveNote } from '@interlock/contracts';
import { noteServerTime, serverNow } from '../state/clock.js';
import { createStore } from '../state/store.js';
import { tenantStore } from './client.js';
import { reconnectMs, staleKeys } from './stale.js';

export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'offline'; readonly since: number };
export const streamState = createStore<StreamState>({ kind: 'connecting' });

/** Between two readings of the same list, however many events come. */
const coalesceMs = 400;
const lockName = 'interlock-live';
type Message =
  | { readonly kind: 'note'; readonly note: LiveNote }
  | { readonly kind: 'gap' }
  | { readonly kind: 'state'; readonly state: StreamState };

const readNote = (text: string): LiveNote | undefined => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'topic' in value ? (value as LiveNote) : undefined;
};

/**
 * One connection for all tabs of this browser, in the tab that holds the lock; the others hear it through a channel. A note makes what was read old, and it is read
 * again; a gap makes everything old. Nothing is guessed from a note.
 */
export const startLive = (queries: QueryClient): (() => void) => {
  const channel = new BroadcastChannel('interlock-live');
  const due = new Map<string, readonly string[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let source: EventSource | undefined;
  let release: (() => void) | undefined;
  let last: string | undefined;
  let attempt = 0;

  const flush = (): void => {
    timer = undefined;
    const keys = [...due.values()];
    due.clear();
    for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
  };
  const take = (message: Message): void => {
    if (message.kind === 'state') streamState.set(message.state);
    else if (message.kind === 'gap') void queries.invalidateQueries();
    else {
      for (const key of staleKeys(message.note)) due.set(key.join('/'), key);
      timer ??= setTimeout(flush, coalesceMs);
    }
  };
  const tell = (message: Message): void => {
    take(message);
    channel.postMessage(message);
  };
  channel.addEventListener('message', (event: MessageEvent<Message>) => {
    take(event.data);
  });

  const offline = (): void => {
    if (streamState.get().kind !== 'offline')
      tell({ kind: 'state', state: { kind: 'offline', since: serverNow() } });
  };
  const open = (): void => {
    if (stopped) return;
    const tenant = tenantStore.get();
    const query = new URLSearchParams(tenant === undefined ? {} : { tenant_id: tenant });
    source = new EventSource(`/api/v1/live?${query.toString()}`);
    const now = source;
    now.addEventListener('time', (event: MessageEvent<string>) => {
      attempt = 0;
      const told: unknown = JSON.parse(event.data);
      if (typeof told === 'object' && told !== null && 'server_time' in told)
        noteServerTime(String(told.server_time));
      if (streamState.get().kind !== 'live') tell({ kind: 'state', state: { kind: 'live' } });
    });
    now.addEventListener('gap', () => {
      tell({ kind: 'gap' });
    });
    for (const topic of Object.keys(liveTopics))
      now.addEventListener(topic, (event: MessageEvent<string>) => {
        last = event.lastEventId;
        const note = readNote(event.data);
        if (note !== undefined) tell({ kind: 'note', note });
      });
    now.addEventListener('error', () => {
      offline();
      // The browser itself comes back with the last event's id; where it gave up, so do we, anew.
      if (now.readyState !== EventSource.CLOSED || stopped) return;
      if (last !== undefined) tell({ kind: 'gap' });
      setTimeout(open, reconnectMs(attempt, Math.random()));
      attempt += 1;
    });
  };
  const follow = tenantStore.subscribe(() => {
    source?.close();
    if (release !== undefined) open();
  });

  void navigator.locks
    .request(
      lockName,
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
          open();
        }),
    )
    .catch(() => undefined);

  return () => {
    stopped = true;
    follow();
    source?.close();
    release?.();
    channel.close();
    clearTimeout(timer);
  };
};
