import type { NatsConnection } from 'nats';

/** Answers a request's JSON with a reply's JSON, as over the wire. */
export type LocalCommand = (payload: string, headers: { readonly [name: string]: string }) => Promise<string>;

const served = new WeakMap<NatsConnection, Map<string, LocalCommand[]>>();

/** Says that a subject is served in this process, over this connection; the answer takes it back. */
export const serveLocally = (connection: NatsConnection, subject: string, command: LocalCommand): (() => void) => {
  const bySubject = served.get(connection) ?? new Map<string, LocalCommand[]>();
  served.set(connection, bySubject);
  bySubject.set(subject, [...(bySubject.get(subject) ?? []), command]);
  return () => { bySubject.set(subject, (bySubject.get(subject) ?? []).filter((one) => one !== command)); };
};

/**
 * What serves a subject in this very process: a request then needs no way through the bus and back. `undefined` where nobody does, where several do (the
 * bus shares out among them), or where the payload is one that the bus would refuse.
 */
export const localCommand = (connection: NatsConnection, subject: string, payload: string): LocalCommand | undefined => {
  const commands = served.get(connection)?.get(subject) ?? [];
  return commands.length === 1 && payload.length * 3 < (connection.info?.max_payload ?? 0) ? commands[0] : undefined;
};
