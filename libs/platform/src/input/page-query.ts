import { applyDecorators } from '@nestjs/common';
import { maxLimit } from '@interlock/postgres';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';

import { IsTenant } from '../base/names.js';
import { IfGiven } from './if-given.js';

/**
 * Validates a whole number, and reads it from the text of a query if the text has only decimal
 * digits. `Number` would also read `0x10`, `1e2`, ` 5` and the empty text.
 */
export const WholeNumber = (least: number, most?: number): PropertyDecorator => {
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  const message = { message: `must be a whole number ${range}` };
  return applyDecorators(
    Transform(({ value }: { readonly value: unknown }) =>
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ),
    IsInt(message),
    Min(least, message),
    ...(most === undefined ? [] : [Max(most, message)]),
  );
};

/** A query or a body that may name its tenant, if the token allows several. */
export class TenantScoped {
  @IfGiven() @IsTenant() tenant_id?: string;
}

/** The query of a list in pages. */
export class PageQuery extends TenantScoped {
  @IfGiven() @WholeNumber(1, maxLimit) limit?: number;
  /** The `next` of the previous page. */
  @IfGiven() @IsString() @MaxLength(2048) cursor?: string;
}
