import { parseStream, systemTenant, tenantPattern } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import { requireTenant, type Caller } from './principal.js';

/** The parts of a request that may name its tenant. */
export type TenantSource = {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly query?: unknown;
  readonly params?: unknown;
  readonly body?: unknown;
};
type Named = { readonly pointer: string; readonly tenant: string };

const isTenant = (value: unknown): value is string =>
  typeof value === 'string' && (value === systemTenant || tenantPattern.test(value));
const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [name: string]: unknown })[name]
    : undefined;

const named = (value: unknown, pointer: string): readonly Named[] => {
  if (value === undefined || value === null || value === '') return [];
  if (!isTenant(value))
    throw new ProblemError('validation-failed', 'the tenant is not a tenant name', {
      violations: [{ pointer, detail: 'must be a tenant name' }],
    });
  return [{ pointer, tenant: value }];
};

/**
 * Returns the tenants that a path names: as `:tenantId`, or through a stream. A name that is no
 * tenant name there belongs to no tenant.
 */
const ofPath = (params: unknown): readonly Named[] => {
  const tenant = member(params, 'tenantId');
  if (typeof tenant === 'string') return [{ pointer: '/path/tenantId', tenant }];
  const stream = member(params, 'stream');
  const owner = typeof stream === 'string' ? parseStream(stream)?.tenant : undefined;
  return owner === undefined ? [] : [{ pointer: '/path/stream', tenant: owner }];
};

/**
 * Returns the tenant of a request: from the header `X-Tenant-Id`, the query's `tenant_id`, the path
 * or the body's `tenant_id`, otherwise the token's own. Throws `wrong-tenant` if the token does not
 * allow it. Throws `validation-failed` for an invalid name, and if two places name different
 * tenants. With `judgesBody`, the route itself refuses a body of another tenant. The body then
 * chooses the tenant only if nothing else does and the token allows it.
 */
export const tenantOf = (
  caller: Pick<Caller, 'tenant_id' | 'tenants'>,
  request: TenantSource,
  judgesBody = false,
): string => {
  const asked = [
    ...named(request.headers['x-tenant-id'], '/headers/x-tenant-id'),
    ...named(member(request.query, 'tenant_id'), '/query/tenant_id'),
    ...ofPath(request.params),
  ];
  const inBody = member(request.body, 'tenant_id');
  const ofBody = judgesBody
    ? asked.length === 0 && isTenant(inBody) && caller.tenants.includes(inBody)
      ? named(inBody, '/tenant_id')
      : []
    : named(inBody, '/tenant_id');
  const all = [...asked, ...ofBody];
  for (const { tenant } of all) requireTenant(caller, tenant);
  const [first] = all;
  const other = all.find(({ tenant }) => tenant !== first?.tenant);
  if (first !== undefined && other !== undefined) {
    throw new ProblemError(
      'validation-failed',
      `the request names two tenants, \`${first.tenant}\` and \`${other.tenant}\``,
      {
        violations: [
          {
            pointer: other.pointer,
            detail: `must be \`${first.tenant}\`, as in ${first.pointer}, or be left out`,
          },
        ],
      },
    );
  }
  return first?.tenant ?? caller.tenant_id;
};
