import { routeEffect, type RouteEffects } from '@interlock/contracts';

/** The effect of an operation that writes, in the OpenAPI document. */
export const effectExtension = 'x-effect';

type Paths = { readonly [path: string]: object };

const methods = ['post', 'put', 'patch', 'delete'];

/**
 * Says in each operation that writes what a call of it may do, as the table has it. Returns the
 * operations that have no row.
 */
export const declareEffects = (paths: Paths, effects?: RouteEffects): readonly string[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as { readonly [method: string]: Record<string, unknown> })
      .filter(([method]) => methods.includes(method))
      .flatMap(([method, operation]) => {
        const effect = routeEffect(method, path, effects);
        if (effect === undefined) return [`${method.toUpperCase()} ${path}`];
        operation[effectExtension] = effect;
        return [];
      }),
  );
