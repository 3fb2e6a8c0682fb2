import { everyAccount, isTimeZone } from '@interlock/autonomy';
import { namePattern } from '@interlock/contracts';
import { isDay } from '@interlock/kernel';
import { ValidateBy } from 'class-validator';

export { IsName, IsTenant } from '@interlock/platform';

/** Validates an account, or `_all` for all accounts of a tenant together. */
export const IsAccount = (): PropertyDecorator =>
  by(
    'isAccount',
    (value) => typeof value === 'string' && (value === everyAccount || namePattern.test(value)),
    'must be a name: small letters, digits, `_`, `.` and `-`; or `_all` for all accounts together',
  );

const by = (name: string, holds: (value: unknown) => boolean, detail: string): PropertyDecorator =>
  ValidateBy({
    name,
    validator: { validate: holds, defaultMessage: (args) => `${args?.property ?? 'it'} ${detail}` },
  });

export const IsDay = (): PropertyDecorator =>
  by('isDay', (value) => typeof value === 'string' && isDay(value), 'must be a day as YYYY-MM-DD');

export const IsTimeZone = (): PropertyDecorator =>
  by('isTimeZone', (value) => typeof value === 'string' && isTimeZone(value), 'must be an IANA time zone');

export const highestLimit = 1_000_000_000;

const isLimit = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= highestLimit;
const isLimits = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, limit]) => namePattern.test(name) && isLimit(limit));

/** Validates limits by action type. */
export const IsLimits = (): PropertyDecorator =>
  by('isLimits', isLimits, `must be whole numbers from 0 to ${highestLimit} by action type`);
