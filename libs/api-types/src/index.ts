import type { components, paths } from './openapi.js';

export type { paths } from './openapi.js';

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type Good = 200 | 201 | 202;
type JsonOf<R> = R extends { readonly content: { readonly 'application/json': infer T } } ? T : never;
type AnswerOf<O> = O extends { readonly responses: infer R }
  ? { [S in keyof R & Good]: JsonOf<R[S]> }[keyof R & Good]
  : never;

/** A path of the API as the OpenAPI document writes it, `{id}` included. */
export type ApiPath = keyof paths;

/** The methods that a path has. */
export type MethodOf<P extends ApiPath> = {
  [M in Method & keyof paths[P]]: paths[P][M] extends undefined ? never : M;
}[Method & keyof paths[P]];

/** What a route answers where it answers well, in JSON. */
export type Answer<P extends ApiPath, M extends Method = MethodOf<P>> = AnswerOf<
  paths[P][M & keyof paths[P]]
>;

/** A schema of the OpenAPI document by its name. */
export type Schema<N extends keyof components['schemas']> = components['schemas'][N];
