import { atThisPace } from '@interlock/pace';
import { declareExamples } from './examples.js';
import type { EdgeService } from './routing.js';

type Schemas = { readonly [name: string]: unknown };
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: { readonly [path: string]: object };
  readonly components?: { readonly schemas?: Schemas; readonly [kind: string]: object | undefined };
};
/** A service's document, or null if it could not be read. */
export type ServiceDocument = { readonly service: EdgeService; readonly document: OpenApiDocument | null };

const description = [
  'An operation needs a bearer token with one of the scopes in `x-required-scopes`.',
  'The header `X-Tenant-Id` chooses one of the tenants of the token.',
  'A write takes the header `Idempotency-Key`: a repeated request with the same key is answered from the first one.',
  'Errors are problem details (RFC 9457); `docs/problems` has a page for each code.',
].join(' ');

/** Sorts members by name, so that the order does not depend on where their code lies. */
const sortedByName = <T>(members: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));

const pointerTo = (name: string): string => `#/components/schemas/${name}`;

/** Returns a document with some schemas renamed. */
const renamed = (document: OpenApiDocument, names: ReadonlyMap<string, string>): OpenApiDocument => {
  const pointers = new Map([...names].map(([from, to]) => [pointerTo(from), pointerTo(to)]));
  const copy = JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? (pointers.get(value) ?? value) : value,
  ) as OpenApiDocument;
  const schemas = Object.fromEntries(
    Object.entries(copy.components?.schemas ?? {}).map(([name, schema]) => [names.get(name) ?? name, schema]),
  );
  return { ...copy, components: { ...copy.components, schemas } };
};

/**
 * Merges the documents of all services into one, with an example of each answer. If schemas with
 * the same name have different content, they get the service's name. Services that could not be
 * read are listed in `x-unavailable-services`.
 */
export const mergeOpenApi = (
  documents: readonly ServiceDocument[],
): OpenApiDocument & { readonly 'x-unavailable-services': readonly string[] } => {
  let paths: OpenApiDocument['paths'] = {};
  let schemas: Schemas = {};
  let others: { readonly [kind: string]: object } = {};
  for (const { service, document } of documents) {
    if (document === null) continue;
    const taken = new Map(
      Object.entries(document.components?.schemas ?? {})
        .filter(
          ([name, schema]) => name in schemas && JSON.stringify(schemas[name]) !== JSON.stringify(schema),
        )
        .map(([name]) => [name, `${service.name.replaceAll('-', '_')}_${name}`]),
    );
    const own = renamed(document, taken);
    const { schemas: ownSchemas, ...rest } = own.components ?? {};
    paths = { ...paths, ...own.paths };
    schemas = { ...schemas, ...ownSchemas };
    for (const [kind, parts] of Object.entries(rest))
      others = { ...others, [kind]: { ...others[kind], ...parts } };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Interlock', version: '1', description },
    paths: declareExamples(sortedByName(paths), schemas),
    components: { ...others, schemas: sortedByName(schemas) },
    'x-unavailable-services': documents
      .filter(({ document }) => document === null)
      .map(({ service }) => service.name),
  };
};

/**
 * Reads the documents of all services at once. A service builds its document at the first request,
 * which takes a while on a busy machine.
 */
export const readDocuments = (
  services: readonly EdgeService[],
  timeoutMs = atThisPace(10_000),
): Promise<readonly ServiceDocument[]> =>
  Promise.all(
    services.map(async (service): Promise<ServiceDocument> => {
      try {
        const response = await fetch(`${service.origin}/openapi.json`, {
          signal: AbortSignal.timeout(timeoutMs),
        });
        return { service, document: response.ok ? ((await response.json()) as OpenApiDocument) : null };
      } catch {
        return { service, document: null };
      }
    }),
  );
