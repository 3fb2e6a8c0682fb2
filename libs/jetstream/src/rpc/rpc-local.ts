import type { NatsConnection } from 'nats';

/**
 * Answers a request's JSON with a reply's JSON, as on the bus; `subject` names the caller, as
 * there.
 */
export type LocalCommand = (
  payload: string,
  subject: string,
  headers: { readonly [name: string]: string },
) => Promise<string>;

type CommandTable = Map<string, LocalCommand[]>;
const served = new WeakMap<NatsConnection, CommandTable>();

const servedOver = (connection: NatsConnection): CommandTable => {
  const known = served.get(connection) ?? new Map<string, LocalCommand[]>();
  served.set(connection, known);
  return known;
};

/**
 * The services of one process have one connection each to the same bus. They reach each other
 * without going through the bus.
 */
export const shareLocally = (connections: readonly NatsConnection[]): void => {
  const all: CommandTable = new Map();
  for (const connection of connections) served.set(connection, all);
};

/**
 * Declares that a command (`<service>.<command>`) is served in this process over this connection;
 * the returned function withdraws it.
 */
export const serveLocally = (
  connection: NatsConnection,
  name: string,
  command: LocalCommand,
): (() => void) => {
  const byName = servedOver(connection);
  byName.set(name, [...(byName.get(name) ?? []), command]);
  return () => {
    byName.set(
      name,
      (byName.get(name) ?? []).filter((one) => one !== command),
    );
  };
};

/**
 * The server of a command in this very process, so that a request need not go through the bus.
 * `undefined` if there is none, if there are several (the bus distributes among them), or if the
 * bus would refuse the payload.
 */
export const localCommand = (
  connection: NatsConnection,
  name: string,
  payload: string,
): LocalCommand | undefined => {
  const commands = servedOver(connection).get(name) ?? [];
  return commands.length === 1 && payload.length * 3 < (connection.info?.max_payload ?? 0)
    ? commands[0]
    : undefined;
};
