import { routeEffect, type RouteEffects } from '@interlock/contracts';

/** The extension of an OpenAPI operation that names the effect of a write. */
export const effectExtension = 'x-effect';

type Paths = { readonly [path: string]: object };

const methods = ['post', 'put', 'patch', 'delete'];

/**
 * Adds the effect of each write to its operation, as in the table. Returns the operations that have
 * no row.
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
