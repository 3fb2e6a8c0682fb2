import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { sealedBy, type People } from '@interlock/people';
import { mergeMap, type Observable } from 'rxjs';

import { stateOf } from './request-state.js';

type Opener = Pick<People, 'open'>;

/**
 * Returns true for a plain object, and for an instance of a class without methods, such as a DTO.
 * Streams, dates, buffers and replies have methods, so they are not searched.
 */
const isData = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    prototype === Object.prototype ||
    (Object.getOwnPropertyNames(prototype).every((name) => name === 'constructor') && isData(prototype))
  );
};
const copyOf = (value: object): object =>
  Array.isArray(value)
    ? [...(value as unknown[])]
    : Object.assign(Object.create(Object.getPrototypeOf(value) as object | null) as object, value);

const gather = (value: unknown, found: Set<string>): void => {
  if (typeof value === 'string') {
    if (sealedBy(value) !== undefined) found.add(value);
  } else if (typeof value === 'object' && value !== null && (Array.isArray(value) || isData(value))) {
    for (const member of Object.values(value)) gather(member, found);
  }
};

/**
 * Returns the value with these texts replaced. A value without any of them is returned unchanged.
 */
const replaced = (value: unknown, opened: ReadonlyMap<string, string>): unknown => {
  if (typeof value === 'string') return opened.get(value) ?? value;
  if (typeof value !== 'object' || value === null || !(Array.isArray(value) || isData(value))) return value;
  let copy: { [name: string]: unknown } | undefined;
  for (const [name, member] of Object.entries(value)) {
    const other = replaced(member, opened);
    if (other !== member) (copy ??= copyOf(value) as { [name: string]: unknown })[name] = other;
  }
  return copy ?? value;
};

/**
 * Returns an answer in which the sealed texts of these tenants' people are decrypted. Each becomes
 * the text, `[erased]` or `[unreadable]`. The value itself is not changed.
 */
export const openTexts = async <T>(people: Opener, tenants: readonly string[], value: T): Promise<T> => {
  const found = new Set<string>();
  gather(value, found);
  return found.size === 0 ? value : (replaced(value, await people.open(tenants, found)) as T);
};

/**
 * The one place that decrypts texts for HTTP: at the edge of a service, for the tenants of the
 * caller. Live events are decrypted as they are sent (`sse`).
 */
export class OpeningInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const { principal } = stateOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (principal === undefined) return next.handle();
    return next
      .handle()
      .pipe(mergeMap((value: unknown) => openTexts(principal.people, principal.tenants, value)));
  }
}
