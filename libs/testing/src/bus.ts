import type { NatsConnection } from 'nats';

/** Makes the streams of the bus. */
export const provisionBus = async (connection: NatsConnection): Promise<void> => {
  const name = '@interlock/jetstream';
  const { provision } = await import(name) as { readonly provision: (connection: NatsConnection) => Promise<unknown> };
  await provision(connection);
};
