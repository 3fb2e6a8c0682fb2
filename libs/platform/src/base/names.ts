import { anyTenantPattern, entityPattern, namePattern } from '@interlock/contracts';
import { Matches } from 'class-validator';

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
