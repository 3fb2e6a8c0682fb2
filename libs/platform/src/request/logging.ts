import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

import { activeState } from './request-state.js';

/** Paths that never appear in a log line. */
const secrets = [
  'authorization',
  'token',
  'password',
  'secret',
  'headers.authorization',
  'headers.cookie',
  '*.authorization',
  '*.token',
  '*.password',
  '*.secret',
  '*.headers.authorization',
  '*.headers.cookie',
];

const active = (): object => {
  const span = trace.getActiveSpan()?.spanContext();
  const tenant = activeState()?.principal?.tenant_id;
  return {
    ...(span !== undefined && isSpanContextValid(span)
      ? { trace_id: span.traceId, span_id: span.spanId }
      : {}),
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
  };
};

/**
 * Creates the process's logger: JSON lines with `trace_id` and `tenant_id` of the current request,
 * without secrets.
 */
export const createLogger = (
  options: { readonly level?: string; readonly name?: string; readonly destination?: DestinationStream } = {},
): Logger => {
  const settings = {
    level: options.level ?? 'info',
    base: options.name === undefined ? {} : { name: options.name },
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    mixin: active,
    redact: { paths: secrets, censor: '[left out]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
};

/** Adapts the logger for Nest's own lines. Nest's messages during the start go to debug. */
export const nestLogger = (logger: Logger): LoggerService => {
  const text = (message: unknown): string => (message instanceof Error ? message.message : String(message));
  return {
    log: (message: unknown) => logger.debug(text(message)),
    warn: (message: unknown) => logger.warn(text(message)),
    error: (message: unknown, ...rest: unknown[]) =>
      logger.error({ err: message instanceof Error ? message : rest[0] }, text(message)),
    debug: (message: unknown) => logger.debug(text(message)),
    verbose: (message: unknown) => logger.trace(text(message)),
    fatal: (message: unknown) => logger.fatal(text(message)),
  };
};
