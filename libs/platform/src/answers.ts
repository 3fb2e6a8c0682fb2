import type { Observation, Reason } from '@interlock/contracts';
import {
  ApiProperty,
  getSchemaPath,
  type ApiPropertyOptions,
  type ApiResponseOptions,
} from '@nestjs/swagger';

type Class<T = object> = new () => T;
type Part = { readonly [member: string]: unknown };

/** A time in UTC, as RFC 3339 writes it. */
export const time = { type: String, format: 'date-time' } as const satisfies ApiPropertyOptions;
/**
 * A place in the log: decimal, and too large for a number of JSON. It goes into
 * `Interlock-Min-Position`.
 */
export const logPosition = {
  type: String,
  format: 'position',
  pattern: '^\\d+(/\\d+)?$',
} as const satisfies ApiPropertyOptions;
/**
 * The revision of a stream: decimal, and too large for a number of JSON. It goes into `If-Match`;
 * -1 where nothing was written yet.
 */
export const streamRevision = {
  type: String,
  format: 'revision',
  pattern: '^(?:-1|\\d+)$',
} as const satisfies ApiPropertyOptions;
/** An object whose members are not the service's own. */
export const anyObject = {
  type: 'object',
  additionalProperties: true,
} as const satisfies ApiPropertyOptions;
/** Any JSON. */
export const anyJson = { type: () => Object, oneOf: [{}] } as const satisfies ApiPropertyOptions;

/** Where null may stand instead. */
export const nullable = <T extends ApiPropertyOptions>(options: T): ApiPropertyOptions =>
  ({ ...options, nullable: true }) as ApiPropertyOptions;

/** A list of lists, or of what else has no class. */
export const listOf = (items: Part): ApiPropertyOptions => ({ type: 'array', items }) as ApiPropertyOptions;

/** An object whose names are data, and whose values are all alike. */
export const mapOf = (values: Part): ApiPropertyOptions =>
  ({ type: 'object', additionalProperties: values }) as ApiPropertyOptions;

/** An answer that is no JSON: its media type, and what it holds, in words. */
export const answerIn = (mediaType: string, description: string): ApiResponseOptions => ({
  description,
  content: { [mediaType]: { schema: { type: 'string' } } },
});

/** Of one of several classes; each is named by `ApiExtraModels` on its owner. */
export const oneOf = (...classes: readonly Class[]): ApiPropertyOptions =>
  ({ oneOf: classes.map((part) => ({ $ref: getSchemaPath(part) })) }) as ApiPropertyOptions;

/**
 * A page of a list: a class to extend. `next` is the cursor of the page after it, null on the last.
 */
export const pageOf = <T extends object>(
  item: Class<T>,
): Class<{ readonly items: readonly T[]; readonly next: string | null }> => {
  class Page {
    readonly items!: readonly T[];
    readonly next!: string | null;
  }
  ApiProperty({ type: [item] })(Page.prototype, 'items');
  ApiProperty(nullable({ type: String }))(Page.prototype, 'next');
  return Page;
};

/** A list that is answered whole: a class to extend. */
export const wholeListOf = <T extends object>(
  item: Class<T>,
): Class<{ readonly items: readonly T[]; readonly next: null }> => {
  class List {
    readonly items!: readonly T[];
    readonly next!: null;
  }
  ApiProperty({ type: [item] })(List.prototype, 'items');
  ApiProperty({ type: 'null' as never })(List.prototype, 'next');
  return List;
};

/** Why something was decided or refused: a code, a sentence, and the data behind it. */
export const reason = {
  type: 'object',
  properties: { code: { type: 'string' }, detail: { type: 'string' } },
  required: ['code', 'detail'],
  additionalProperties: true,
} as const;

/** What the KPIs of a changed entity were before and after, over the soak. */
export class KpiObservationDto implements Observation {
  @ApiProperty(mapOf({ type: 'number' })) readonly before!: { readonly [name: string]: number };
  @ApiProperty(mapOf({ type: 'number' })) readonly after!: { readonly [name: string]: number };
  @ApiProperty(mapOf({ type: 'number' })) readonly delta!: { readonly [name: string]: number };
  @ApiProperty() readonly samples!: number;
  @ApiProperty(listOf(reason)) readonly breaches!: readonly Reason[];
}

export class PersonActorDto {
  @ApiProperty({ enum: ['person'] }) readonly kind!: 'person';
  @ApiProperty() readonly person_id!: string;
  @ApiProperty({ required: false }) readonly namesake_id?: string;
}

export class ServiceActorDto {
  @ApiProperty({ enum: ['service'] }) readonly kind!: 'service';
  @ApiProperty() readonly service!: string;
}

/**
 * Where a write stands: a query with this position sees it. Null where nothing had to be written.
 */
export class WrittenDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
