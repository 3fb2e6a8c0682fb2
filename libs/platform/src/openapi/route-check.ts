import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { routeEffect, type RouteEffects } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import { publicKey, scopeKey } from './decorators.js';

const pathKey = 'path';
const methodKey = 'method';

const pathsOf = (target: object): readonly string[] => {
  const paths: unknown = Reflect.getMetadata(pathKey, target);
  return (Array.isArray(paths) ? paths : [paths]).map((path) => String(path ?? ''));
};

/** A route as its controller declares it. */
export type Route = {
  readonly controller: abstract new (...args: never) => object;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly declares: 'scopes' | 'public' | 'nothing';
};

const declaredBy = (handler: object, controller: object): Route['declares'] => {
  const has = (key: string): boolean =>
    [handler, controller].some((target) => Reflect.hasMetadata(key, target));
  return has(scopeKey) ? 'scopes' : has(publicKey) ? 'public' : 'nothing';
};

/** Returns every HTTP route of a controller's class. */
export const routesOf = (controller: Route['controller']): readonly Route[] => {
  const prototype = controller.prototype as { [name: string]: object };
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method: unknown = Reflect.getMetadata(methodKey, handler);
    if (method === undefined) return [];
    const path = `/${[...pathsOf(controller), ...pathsOf(handler)].filter((part) => part !== '' && part !== '/').join('/')}`;
    return [
      {
        controller,
        name,
        method: RequestMethod[Number(method)] ?? 'ALL',
        path,
        declares: declaredBy(handler, controller),
      },
    ];
  });
};

const routesIn = (modules: ModulesContainer): readonly Route[] =>
  [...modules.values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) =>
      typeof metatype === 'function' ? routesOf(metatype as Route['controller']) : [],
    );

const listed = (routes: readonly Route[]): string =>
  routes.map(({ method, path }) => `\`${method} ${path}\``).join(', ');

/**
 * Throws, and so stops the start, if a route is neither public nor scoped, or if the table of
 * effects lacks its row.
 */
export const refuseUndeclaredRoutes = (modules: ModulesContainer, effects: RouteEffects): void => {
  const routes = routesIn(modules);
  const unscoped = routes.filter(({ declares }) => declares === 'nothing');
  if (unscoped.length > 0)
    throw new ProblemError('missing-scope', `routes without a scope: ${listed(unscoped)}`, {
      remedy: 'decorate each with `@RequireScope` or `@Public`',
    });
  const unknown = routes.filter(({ method, path }) => routeEffect(method, path, effects) === undefined);
  if (unknown.length > 0)
    throw new ProblemError('missing-scope', `routes without an effect: ${listed(unknown)}`, {
      remedy: 'say in the table of route effects whether each tightens, loosens or does neither',
    });
};
