import { busServicesAccount } from '@interlock/contracts';
import { busSystemAccount, type BusJwts } from './jwts.js';

/**
 * Where a nats-server reads accounts. `full`: each server keeps them in its own folder, receives
 * changes while it runs, and passes them on. `memory`: they are in its configuration, and a change
 * needs a new one.
 */
export type Resolver = { readonly kind: 'full'; readonly dir: string } | { readonly kind: 'memory' };

/** How often servers of a cluster compare their accounts. */
const compareEvery = '30s';

/**
 * The part of nats-server's configuration for operator mode. INVARIANT: with `full`, it does not
 * contain the tenants' accounts. An old file would admit removed users at the next start.
 */
export const resolverText = (
  { operator, accounts }: Pick<BusJwts, 'operator' | 'accounts'>,
  resolver: Resolver,
): string => {
  const preloaded = accounts.filter(
    ({ name }) => resolver.kind === 'memory' || name === busSystemAccount || name === busServicesAccount,
  );
  return [
    '# Made by `interlock bus accounts`; do not edit. It holds no secret.',
    `operator: ${JSON.stringify(operator)}`,
    `system_account: ${accounts.find(({ name }) => name === busSystemAccount)!.public_key}`,
    resolver.kind === 'memory'
      ? 'resolver: MEMORY'
      : `resolver: { type: full, dir: ${JSON.stringify(resolver.dir)}, allow_delete: true, interval: "${compareEvery}" }`,
    'resolver_preload: {',
    ...preloaded.flatMap(({ name, public_key, jwt }) => [
      `  # ${name}`,
      `  ${public_key}: ${JSON.stringify(jwt)}`,
    ]),
    '}',
    '',
  ].join('\n');
};
