import type { Reason } from '@interlock/contracts';
import type { ApiPropertyOptions, ApiResponseOptions } from '@nestjs/swagger';

/**
 * The key of additional information about a text or number, for the schema of an answer. No such
 * member exists at run time.
 */
declare const schema: unique symbol;
type Written<T extends string | number, Schema> = T & { readonly [schema]?: Schema };

/** A time in UTC, RFC 3339. */
export type Time = Written<string, { type: 'string'; format: 'date-time' }>;
/**
 * A position in the log, for the header `Interlock-Min-Position`. It is decimal, and too large for
 * a JSON number.
 */
export type LogPosition = Written<string, { type: 'string'; format: 'position'; pattern: '^\\d+(/\\d+)?$' }>;
/**
 * The revision of a stream, for the header `If-Match`. It is decimal, and too large for a JSON
 * number. -1 means that nothing was written yet.
 */
export type StreamRevision = Written<
  string,
  { type: 'string'; format: 'revision'; pattern: '^(?:-1|\\d+)$' }
>;
export type Uuid = Written<string, { type: 'string'; format: 'uuid' }>;
/** A day in UTC, e.g. `2026-11-26`. */
export type Day = Written<string, { type: 'string'; format: 'date' }>;
/** A number whose description comes from a table in the code. */
export type DescribedNumber<About extends string> = Written<number, { type: 'number'; description: About }>;
export type Integer = Written<number, { type: 'integer' }>;

/** A page of a list. `next` is the cursor of the next page; null on the last page. */
export type PageOf<T> = { readonly items: readonly T[]; readonly next: string | null };

/** A list that is returned completely. */
export type WholeListOf<T> = { readonly items: readonly T[]; readonly next: null };

/** The schema of a time in UTC, for a body. */
export const time = { type: String, format: 'date-time' } as const satisfies ApiPropertyOptions;

/** The schema of an object whose members the service does not define. */
export const anyObject = {
  type: 'object',
  additionalProperties: true,
} as const satisfies ApiPropertyOptions;

/** Returns the same schema, but with null allowed. */
export const nullable = <T extends ApiPropertyOptions>(options: T): ApiPropertyOptions =>
  ({ ...options, nullable: true }) as ApiPropertyOptions;

/** Returns the schema of an object whose names are data, and whose values have one schema. */
export const mapOf = (values: { readonly [member: string]: unknown }): ApiPropertyOptions =>
  ({ type: 'object', additionalProperties: values }) as ApiPropertyOptions;

/** Declares an answer that is not JSON, with its media type and a description. */
export const answerIn = (mediaType: string, description: string): ApiResponseOptions => ({
  description,
  content: { [mediaType]: { schema: { type: 'string' } } },
});

/** The KPIs of a changed entity before and after the change, over the soak. */
export type KpiObservationDto = {
  readonly before: { readonly [name: string]: number };
  readonly after: { readonly [name: string]: number };
  readonly delta: { readonly [name: string]: number };
  readonly samples: number;
  readonly breaches: readonly Reason[];
};

export type PersonActorDto = {
  readonly kind: 'person';
  readonly person_id: string;
  readonly namesake_id?: string;
};

export type ServiceActorDto = {
  readonly kind: 'service';
  readonly service: string;
};

/**
 * The result of a write. A query with this `position` includes the write. It is null if nothing had
 * to be written.
 */
export type WrittenDto = {
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};
