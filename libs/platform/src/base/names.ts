import { anyTenantPattern, entityPattern, isTimestamp, namePattern } from '@interlock/contracts';
import { applyDecorators } from '@nestjs/common';
import { IsISO8601, isRFC3339, IsRFC3339, Matches, ValidateBy } from 'class-validator';

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
  );

/**
 * Validates a time of RFC 3339. A leap second and a day such as 30 February are refused, because
 * `Date` does not read the one and reads the other as another day.
 */
export const IsTimestamp = (): PropertyDecorator =>
  applyDecorators(
    IsRFC3339(),
    ValidateBy({
      name: 'isTimestamp',
      validator: {
        validate: (time: unknown) => !isRFC3339(time) || isTimestamp(time as string),
        defaultMessage: (about) =>
          `${about?.property ?? ''} must be a time that exists in UTC without leap seconds`,
      },
    }),
  );
