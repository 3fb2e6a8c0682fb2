import type { NatsConnection } from 'nats';

/** Answers a request's JSON with a reply's JSON, as over the wire; `subject` says who calls, as there. */
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

/** The services of one process have a connection each, to the same bus: what one of them serves, the others reach without the way through it. */
export const shareLocally = (connections: readonly NatsConnection[]): void => {
  const all: CommandTable = new Map();
  for (const connection of connections) served.set(connection, all);
};

/** Says that a command (`<service>.<command>`) is served in this process, over this connection; the answer takes it back. */
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
 * What serves a command in this very process: a request then needs no way through the bus and back. `undefined` where nobody does, where several do (the
 * bus shares out among them), or where the payload is one that the bus would refuse.
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
