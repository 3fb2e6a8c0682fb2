import type { Reason } from '@interlock/contracts';
import type { ApiPropertyOptions, ApiResponseOptions } from '@nestjs/swagger';

/**
 * What a text or a number is beside its type, for the schema of an answer. At run time there is no
 * such member.
 */
declare const schema: unique symbol;
type Written<T extends string | number, Schema> = T & { readonly [schema]?: Schema };

/** A time in UTC, as RFC 3339 writes it. */
export type Time = Written<string, { type: 'string'; format: 'date-time' }>;
/**
 * A place in the log: decimal, and too large for a number of JSON. It goes into
 * `Interlock-Min-Position`.
 */
export type LogPosition = Written<string, { type: 'string'; format: 'position'; pattern: '^\\d+(/\\d+)?$' }>;
/**
 * The revision of a stream: decimal, and too large for a number of JSON. It goes into `If-Match`;
 * -1 where nothing was written yet.
 */
export type StreamRevision = Written<
  string,
  { type: 'string'; format: 'revision'; pattern: '^(?:-1|\\d+)$' }
>;
export type Uuid = Written<string, { type: 'string'; format: 'uuid' }>;
/** A day in UTC, as `2026-11-26`. */
export type Day = Written<string, { type: 'string'; format: 'date' }>;
/** A number whose description a table of the code says. */
export type DescribedNumber<About extends string> = Written<number, { type: 'number'; description: About }>;
export type Integer = Written<number, { type: 'integer' }>;

/** A page of a list. `next` is the cursor of the page after it, null on the last. */
export type PageOf<T> = { readonly items: readonly T[]; readonly next: string | null };

/** A list that is answered whole. */
export type WholeListOf<T> = { readonly items: readonly T[]; readonly next: null };

/** A time in UTC, in the schema of a body. */
export const time = { type: String, format: 'date-time' } as const satisfies ApiPropertyOptions;

/** An object whose members are not the service's own. */
export const anyObject = {
  type: 'object',
  additionalProperties: true,
} as const satisfies ApiPropertyOptions;

/** Where null may stand instead. */
export const nullable = <T extends ApiPropertyOptions>(options: T): ApiPropertyOptions =>
  ({ ...options, nullable: true }) as ApiPropertyOptions;

/** An object whose names are data, and whose values are all alike. */
export const mapOf = (values: { readonly [member: string]: unknown }): ApiPropertyOptions =>
  ({ type: 'object', additionalProperties: values }) as ApiPropertyOptions;

/** An answer that is no JSON: its media type, and what it holds, in words. */
export const answerIn = (mediaType: string, description: string): ApiResponseOptions => ({
  description,
  content: { [mediaType]: { schema: { type: 'string' } } },
});

/** What the KPIs of a changed entity were before and after, over the soak. */
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
 * Where a write stands: a query with this position sees it. Null where nothing had to be written.
 */
export type WrittenDto = {
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};
