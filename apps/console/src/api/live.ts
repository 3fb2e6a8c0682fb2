import type { QueryClient } from '@tanstack/react-query';
import { liveTopics, type LiveNote } from '@interlock/contracts';
import { noteServerTime, serverNow } from '../state/clock.js';
import { createStore } from '../state/store.js';
import { tenantStore } from './client.js';
import { patchActions } from './patch.js';
import { reconnectMs, staleKeys } from './stale.js';

export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `lost` is what does not answer: the server, or the log behind a server that does. */
  | { readonly kind: 'offline'; readonly since: number; readonly lost: 'server' | 'log' };
export const streamState = createStore<StreamState>({ kind: 'connecting' });
/** Tries the connection at once, for whoever does not want to wait. */
export const retryLive = createStore<() => void>(() => undefined);

/** How soon what an event made old is read again. */
const soonMs = 400;
/**
 * Where events go on coming, they are read together: a reading after the last one not sooner than
 * this.
 */
const busyMs = 1000;
/**
 * The server says its time every 10 s: after so long without, nobody is there, whatever the
 * connection looks like.
 */
const silenceMs = 25_000;
/** A log that has not answered for so long is silent: nothing new can be told. */
const silentAfterMs = 5000;
/**
 * A stream that is back so soon was never away: nothing on the page says otherwise. It ends by
 * itself with every token, about each minute.
 */
const graceMs = 5000;
type Message =
  | { readonly kind: 'note'; readonly note: LiveNote }
  | { readonly kind: 'gap' }
  | { readonly kind: 'hello' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'state'; readonly state: StreamState };

/** What the event `time` says. */
type LiveTime = { readonly server_time: string; readonly log_age_ms?: number };

const readNote = (text: string): LiveNote | undefined => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'topic' in value ? (value as LiveNote) : undefined;
};

/**
 * Listens for one tenant. `again` where something was shown before: what happened meanwhile may
 * have been missed.
 */
const listen = (queries: QueryClient, tenant: string | undefined, again: boolean): (() => void) => {
  const name = `interlock-live:${tenant ?? ''}`;
  const channel = new BroadcastChannel(name);
  const waiting = new AbortController();
  const due = new Map<string, readonly string[]>();
  /** The actions that changed, each with where in the log it did last. */
  const changed = new Map<string, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let away: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let source: EventSource | undefined;
  /** Of the lock, where this tab leads. */
  let release: (() => void) | undefined;
  let last: string | undefined;
  let missed = again;
  let attempt = 0;
  let read = -Infinity;

  const flush = (): void => {
    timer = undefined;
    read = performance.now();
    const keys = [...due.values()];
    due.clear();
    for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
    if (changed.size > 0) void patchActions(queries, tenant, new Map(changed));
    changed.clear();
  };
  const take = (message: Message): void => {
    if (message.kind === 'state') {
      if (message.state.kind !== 'live' || streamState.get().kind !== 'live') streamState.set(message.state);
    } else if (message.kind === 'gap') void queries.invalidateQueries();
    else if (message.kind === 'note') {
      const { note } = message;
      for (const key of staleKeys(note)) due.set(key.join('/'), key);
      if (note.topic === 'actions') changed.set(note.id, note.position);
      timer ??= setTimeout(flush, Math.max(soonMs, read + busyMs - performance.now()));
    }
  };
  const tell = (message: Message): void => {
    take(message);
    channel.postMessage(message);
  };
  const offline = (): void => {
    if (streamState.get().kind === 'offline') return;
    const since = serverNow();
    away ??= setTimeout(() => {
      tell({ kind: 'state', state: { kind: 'offline', since, lost: 'server' } });
    }, graceMs);
  };
  /** The browser itself says that it has no network: there is nothing to wait for. */
  const offlineNow = (): void => {
    take({ kind: 'state', state: { kind: 'offline', since: serverNow(), lost: 'server' } });
  };
  const watch = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      if (release === undefined) offlineNow();
      else {
        offline();
        reopen();
      }
    }, silenceMs);
  };
  const reopen = (): void => {
    source?.close();
    missed = true;
    clearTimeout(retry);
    retry = setTimeout(open, reconnectMs(attempt, Math.random()));
    attempt += 1;
  };
  const retryNow = (): void => {
    if (release === undefined) {
      channel.postMessage({ kind: 'retry' } satisfies Message);
      return;
    }
    attempt = 0;
    source?.close();
    missed = true;
    clearTimeout(retry);
    open();
  };
  const open = (): void => {
    if (stopped) return;
    watch();
    const query = new URLSearchParams(tenant === undefined ? {} : { tenant_id: tenant });
    source = new EventSource(`/api/v1/live?${query.toString()}`);
    const now = source;
    now.addEventListener('time', (event: MessageEvent<string>) => {
      attempt = 0;
      clearTimeout(away);
      away = undefined;
      watch();
      const { server_time: time, log_age_ms: ageMs = 0 } = JSON.parse(event.data) as LiveTime;
      noteServerTime(time);
      if (ageMs > silentAfterMs) {
        tell({ kind: 'state', state: { kind: 'offline', since: serverNow() - ageMs, lost: 'log' } });
        return;
      }
      tell({ kind: 'state', state: { kind: 'live' } });
      if (missed) tell({ kind: 'gap' });
      missed = false;
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
      // The browser itself comes back with the last event's id, where there was an event; where it
      // gave up, so do we, anew.
      if (last === undefined) missed = true;
      if (now.readyState === EventSource.CLOSED && !stopped) reopen();
    });
  };

  channel.addEventListener('message', ({ data: message }: MessageEvent<Message>) => {
    if (release === undefined) {
      if (message.kind === 'state' && message.state.kind === 'live') watch();
      take(message);
    } else if (message.kind === 'retry') retryNow();
    else if (message.kind === 'hello')
      channel.postMessage({ kind: 'state', state: streamState.get() } satisfies Message);
  });
  watch();
  channel.postMessage({ kind: 'hello' } satisfies Message);
  addEventListener('online', retryNow);
  addEventListener('offline', offlineNow);
  retryLive.set(retryNow);
  void navigator.locks
    .request(
      name,
      { signal: waiting.signal },
      () =>
        new Promise<void>((resolve) => {
          if (stopped) {
            resolve();
            return;
          }
          release = resolve;
          // Another tab led until now: what came between it and this one is read again.
          if (streamState.get().kind !== 'connecting') missed = true;
          open();
        }),
    )
    .catch(() => undefined);

  return () => {
    stopped = true;
    waiting.abort();
    source?.close();
    release?.();
    channel.close();
    removeEventListener('online', retryNow);
    removeEventListener('offline', offlineNow);
    for (const one of [timer, retry, silence, away]) clearTimeout(one);
  };
};

/**
 * One connection for all tabs of this browser that look at the same tenant, in the tab that holds
 * the lock; the others hear it through a channel. A note makes what was read old, and it is read
 * again, of lists of actions the row alone; a gap makes everything old. Nothing is guessed from a
 * note.
 */
export const startLive = (queries: QueryClient): (() => void) => {
  let stop = listen(queries, tenantStore.get(), false);
  const unfollow = tenantStore.subscribe(() => {
    stop();
    streamState.set({ kind: 'connecting' });
    stop = listen(queries, tenantStore.get(), true);
  });
  // How often something is read by the clock depends on the stream: whoever shows it looks at that
  // again.
  const unwatch = streamState.subscribe(() => {
    for (const query of queries.getQueryCache().findAll({ type: 'active' }))
      for (const observer of query.observers) observer.setOptions(observer.options);
  });
  return () => {
    unfollow();
    unwatch();
    stop();
  };
};
