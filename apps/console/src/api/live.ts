import type { QueryClient } from '@tanstack/react-query';
import { liveTopics, type LiveNote } from '@interlock/contracts';
import { noteServerTime, serverNow } from '../state/clock.js';
import { createStore } from '../state/store.js';
import { includeInReads, tenantStore } from './client.js';
import { patchActions } from './patch.js';
import { reconnectMs, staleKeys } from './stale.js';

export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `lost` names what does not answer: the server, or the log of a server that answers. */
  | { readonly kind: 'offline'; readonly since: number; readonly lost: 'server' | 'log' };
export const streamState = createStore<StreamState>({ kind: 'connecting' });
/** Reconnects at once instead of waiting for the next attempt. */
export const retryLive = createStore<() => void>(() => undefined);

/** The delay in milliseconds between a note and the next read. */
const soonMs = 400;
/**
 * The shortest time in milliseconds between two reads, so that a burst of events is read together.
 */
const busyMs = 1000;
/**
 * The server sends its time every 10 s. After this time without one, the connection counts as dead,
 * whatever its state says.
 */
const silenceMs = 25_000;
/** After this time without an answer, the log counts as silent and the page as offline. */
const silentAfterMs = 5000;
/**
 * A stream that reconnects within this time does not count as offline. It ends with every token,
 * which happens about once a minute.
 */
const graceMs = 5000;
type Message =
  | { readonly kind: 'note'; readonly note: LiveNote }
  | { readonly kind: 'gap' }
  | { readonly kind: 'hello' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'state'; readonly state: StreamState };

/** The data of the event `time`. */
type LiveTime = { readonly server_time: string; readonly log_age_ms?: number };

const readNote = (text: string): LiveNote | undefined => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'topic' in value ? (value as LiveNote) : undefined;
};

/**
 * Follows the events of one tenant. `again` says that another tenant was followed before, so that
 * events may have been missed and everything is read again.
 */
const listen = (queries: QueryClient, tenant: string | undefined, again: boolean): (() => void) => {
  const name = `interlock-live:${tenant ?? ''}`;
  const channel = new BroadcastChannel(name);
  const waiting = new AbortController();
  const due = new Map<string, readonly string[]>();
  /** The changed actions, each with the log position of its latest change. */
  const changed = new Map<string, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let away: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let source: EventSource | undefined;
  /** Releases the lock; undefined while another tab holds it. */
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
    // The read model may not have the announced events yet, and nothing announces them again.
    for (const position of changed.values()) includeInReads('/api/v1/autonomous', position);
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
    away ??= setTimeout(
      () => tell({ kind: 'state', state: { kind: 'offline', since, lost: 'server' } }),
      graceMs,
    );
  };
  /** The browser itself reports that it is offline, so the grace period does not apply. */
  const offlineNow = (): void =>
    take({ kind: 'state', state: { kind: 'offline', since: serverNow(), lost: 'server' } });
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
    now.addEventListener('gap', () => tell({ kind: 'gap' }));
    for (const topic of Object.keys(liveTopics))
      now.addEventListener(topic, (event: MessageEvent<string>) => {
        last = event.lastEventId;
        const note = readNote(event.data);
        if (note !== undefined) tell({ kind: 'note', note });
      });
    now.addEventListener('error', () => {
      offline();
      // The browser reconnects by itself and sends the id of the last event, if there was one. If
      // it gives up, this code opens a new connection.
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
          // Another tab held the connection until now. Events between the two connections are read
          // again.
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
 * Follows the events with one connection for all tabs of this browser that show the same tenant.
 * The tab that holds the lock has the connection and forwards messages over a channel.
 * A note marks data as stale, and the data is read again. Lists of actions read only the changed
 * rows. A gap marks everything as stale. No value is derived from a note itself.
 */
export const startLive = (queries: QueryClient): (() => void) => {
  let stop = listen(queries, tenantStore.get(), false);
  const unfollow = tenantStore.subscribe(() => {
    stop();
    streamState.set({ kind: 'connecting' });
    stop = listen(queries, tenantStore.get(), true);
  });
  // The polling interval of a query depends on the stream's state, so each observer sets its
  // options again.
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
