import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
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

/** Every HTTP route of a controller's class. */
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

/** Routes of all controllers that neither name a scope nor are declared public. */
const undeclaredRoutes = (modules: ModulesContainer): readonly string[] =>
  [...modules.values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) =>
      typeof metatype === 'function' ? routesOf(metatype as Route['controller']) : [],
    )
    .filter(({ declares }) => declares === 'nothing')
    .map(({ method, path }) => `${method} ${path}`);

/** Stops the start if a route is neither public nor scoped. */
export const refuseUndeclaredRoutes = (modules: ModulesContainer): void => {
  const routes = undeclaredRoutes(modules);
  if (routes.length > 0) {
    throw new ProblemError(
      'missing-scope',
      `routes without a scope: ${routes.map((route) => `\`${route}\``).join(', ')}`,
      { remedy: 'decorate each with `@RequireScope` or `@Public`' },
    );
  }
};
