import type { ApiPath, MethodOf } from '@interlock/api-types';
import type { Command } from 'commander';

/** A route of the API as its document writes it: `GET /api/v1/devices/{id}`. */
export type Route = { readonly [P in ApiPath]: `${Uppercase<MethodOf<P>>} ${P}` }[ApiPath];

const asked = new WeakMap<Command, readonly Route[]>();

/** Says which routes a command asks; the reference of the commands and its test are made of it. */
export const calls = (command: Command, ...routes: readonly Route[]): Command => {
  asked.set(command, [...routesOf(command), ...routes]);
  return command;
};

/** The routes that a command says it asks. */
export const routesOf = (command: Command): readonly Route[] => asked.get(command) ?? [];

/**
 * Method and path of a route. `values` take the places of its parameters in their order; a tenant's
 * place is the tenant's.
 */
export const partsOf = (
  route: Route,
  values: readonly string[],
  tenant: () => string,
): { readonly method: string; readonly path: string } => {
  const [method = '', template = ''] = route.split(' ');
  const left = [...values];
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(name === 'tenantId' ? tenant() : (left.shift() ?? '')),
  );
  return { method, path };
};
