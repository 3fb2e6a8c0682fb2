import {
  Catch,
  Controller,
  Module,
  type ExceptionFilter,
  type INestMicroservice,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import type { NatsConnection } from 'nats';
import { JetStreamTransport, type BusLogger, type TransportMetrics } from '../src/index.js';

/** Lets an error of a handler through to the transport, as the platform's filter does. */
@Catch()
class Rethrow implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

export type LogLine = {
  readonly level: string;
  readonly facts: { readonly [name: string]: unknown };
  readonly message: string;
};
export const recordingLogger = (): BusLogger & { readonly lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (facts: object, message: string): void => {
      lines.push({ level, facts: { ...facts }, message });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
};

/** Boots a Nest microservice with controllers on the transport. */
export const startNest = async (
  connection: NatsConnection,
  service: string,
  controllers: readonly Type[],
  over: { readonly logger?: BusLogger; readonly metrics?: TransportMetrics } = {},
): Promise<INestMicroservice> => {
  class Service {}
  Module({ controllers: [...controllers] })(Service);
  for (const controller of controllers) Controller()(controller);
  const app = await NestFactory.createMicroservice(Service, {
    strategy: new JetStreamTransport({ connection, service, ...over }),
    logger: false,
  });
  app.useGlobalFilters(new Rethrow());
  await app.listen();
  return app;
};
