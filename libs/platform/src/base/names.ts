import { anyTenantPattern, entityPattern, namePattern } from '@interlock/contracts';
import { applyDecorators } from '@nestjs/common';
import { isExistingTime, isOrderedTime } from '@interlock/kernel';
import { IsISO8601, Matches, ValidateBy } from 'class-validator';

/** Validates the name of an account, an action type, an agent, a device or a site. */
export const IsName = (): PropertyDecorator =>
  Matches(namePattern, {
    message: ({ property }) => `${property} must be a name: small letters, digits, \`_\`, \`.\` and \`-\``,
  });

/** Validates a tenant, including `_system`. */
export const IsTenant = (): PropertyDecorator =>
  Matches(anyTenantPattern, { message: ({ property }) => `${property} must be a tenant's name` });

/** Validates the cell or other entity that an action changes. */
export const IsEntity = (): PropertyDecorator =>
  Matches(entityPattern, { message: ({ property }) => `${property} must be 1 to 256 printable characters` });

const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Validates a time with its zone, or a date, which means its beginning in UTC. Other forms of ISO
 * 8601 are refused, because `Date` does not read them, or reads them in the zone of the machine.
 */
export const IsTime = (): PropertyDecorator =>
  applyDecorators(
    IsISO8601(
      { strict: true },
      { message: ({ property }) => `${property} must be a time, such as 2026-11-29T10:00:00Z` },
    ),
    Matches(timePattern, {
      message: ({ property }) => `${property} must be a time with its zone, or a date`,
    }),
    ValidateBy({
      name: 'isOrderedTime',
      validator: {
        validate: (value) => typeof value === 'string' && isOrderedTime(value),
        defaultMessage: (args) => `${args?.property ?? 'it'} must be in the years 1 to 9999 of UTC`,
      },
    }),
  );

/** Validates a time of RFC 3339 that exists (`isExistingTime`). */
export const IsTimestamp = (): PropertyDecorator =>
  ValidateBy({
    name: 'isRFC3339',
    validator: {
      validate: isExistingTime,
      defaultMessage: (args) =>
        `${args?.property ?? 'it'} must be a time of RFC 3339 that exists, such as \`2026-11-20T08:00:00Z\``,
    },
  });
