import { entityPattern, namePattern } from '@interlock/contracts';
import { Matches } from 'class-validator';

/** An action type, a device, a site. */
export const IsName = (): PropertyDecorator =>
  Matches(namePattern, {
    message: ({ property }) => `${property} must be a name: small letters, digits, \`_\`, \`.\` and \`-\``,
  });

/** A tenant, `_system` among them. */
export const IsTenant = (): PropertyDecorator =>
  Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/, {
    message: ({ property }) => `${property} must be a tenant's name`,
  });

/** A cell or whatever an action is about. */
export const IsEntity = (): PropertyDecorator =>
  Matches(entityPattern, { message: ({ property }) => `${property} must be 1 to 256 printable characters` });
