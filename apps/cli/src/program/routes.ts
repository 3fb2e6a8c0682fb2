import type { Answer, ApiPath, MethodOf, Schema } from '@interlock/api-types';
import type { Command } from 'commander';

/** A route of the API in the form of its document: `GET /api/v1/devices/{id}`. */
export type Route = { readonly [P in ApiPath]: `${Uppercase<MethodOf<P>>} ${P}` }[ApiPath];
/** The answer to a route, other than a change request. */
export type AnswerTo<R extends Route> = R extends `${infer M} ${infer P extends ApiPath}`
  ? Exclude<Answer<P, Extract<MethodOf<P>, Lowercase<M>>>, Schema<'ChangeRequestedDto'>>
  : never;

const asked = new WeakMap<Command, readonly Route[]>();

/** Declares the routes that a command requests, for the command reference and its test. */
export const calls = (command: Command, ...routes: readonly Route[]): Command => {
  asked.set(command, [...routesOf(command), ...routes]);
  return command;
};

/** The declared routes of a command. */
export const routesOf = (command: Command): readonly Route[] => asked.get(command) ?? [];

/**
 * Method and path of a route. `values` fill its parameters in order; the session's tenant fills a
 * tenant parameter.
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
