import { busServicesAccount } from '@interlock/contracts';
import { busSystemAccount, type BusJwts } from './jwts.js';

/**
 * Where a nats-server has accounts from. `full`: each server keeps them in a folder of its own, learns of changes while it runs and hands them to the others.
 * `memory`: they stand in its configuration, and a change needs another one.
 */
export type Resolver = { readonly kind: 'full'; readonly dir: string } | { readonly kind: 'memory' };

/** How often servers of a cluster compare what they have. */
const compareEvery = '30s';

/**
 * The part of nats-server's configuration for operator mode.
 * INVARIANT: with `full` the accounts of tenants do not stand in it: an old file would let in at the next start who was removed since.
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
