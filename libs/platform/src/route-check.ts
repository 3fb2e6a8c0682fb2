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

/** Routes of all controllers that name neither a scope nor say that they are public. */
export const undeclaredRoutes = (modules: ModulesContainer): readonly string[] => {
  const scanner = new MetadataScanner();
  const found: string[] = [];
  for (const module of modules.values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as { [name: string]: object };
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name]!;
        const method: unknown = Reflect.getMetadata(methodKey, handler);
        if (method === undefined) continue;
        const declared = [scopeKey, publicKey].some((key) => [handler, metatype].some((target) => Reflect.hasMetadata(key, target)));
        if (!declared) found.push(`${RequestMethod[Number(method)] ?? 'ALL'} /${[...pathsOf(metatype), ...pathsOf(handler)].filter((p) => p !== '' && p !== '/').join('/')}`);
      }
    }
  }
  return found;
};

/** Refuses to start where a route is neither public nor scoped. */
export const refuseUndeclaredRoutes = (modules: ModulesContainer): void => {
  const routes = undeclaredRoutes(modules);
  if (routes.length > 0) {
    throw new ProblemError('missing-scope', `routes without a scope: ${routes.map((route) => `\`${route}\``).join(', ')}`, { remedy: 'decorate each with `@RequireScope` or `@Public`' });
  }
};
