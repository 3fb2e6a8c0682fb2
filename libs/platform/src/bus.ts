import type { CustomTransportStrategy } from '@nestjs/microservices';

import type { ServiceContext } from './context.js';

type TransportClass = new (options: { readonly connection: unknown; readonly service: string; readonly logger: unknown }) => CustomTransportStrategy;

/** The transport that serves a service's patterns on the context's connection. */
export const busTransport = async (context: ServiceContext): Promise<CustomTransportStrategy | undefined> => {
  const name = '@interlock/jetstream';
  const loaded = await import(name).catch(() => undefined) as { readonly JetStreamTransport?: TransportClass } | undefined;
  return loaded?.JetStreamTransport === undefined ? undefined : new loaded.JetStreamTransport({ connection: context.nats, service: context.service, logger: context.logger });
};
