import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Schema = { readonly [member: string]: unknown };
type Operation = {
  readonly responses?: {
    readonly [status: string]: {
      readonly content?: { readonly [type: string]: { readonly schema?: Schema } };
    };
  };
};
type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components?: { readonly schemas?: { readonly [name: string]: Schema } };
};

const documentId = 'openapi.json';
const formats = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  position: true,
  revision: true,
  uri: true,
} as const;

/** Makes undeclared members of an object a fault, unless its schema says otherwise. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, member]) => [name, closed(member)]));
  return 'properties' in schema && 'type' in schema && !('additionalProperties' in schema)
    ? { ...members, additionalProperties: false }
    : members;
};

/** Compares answers with a service's OpenAPI document. */
export class DeclaredAnswers {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, formats });
  readonly #routes: readonly {
    readonly pattern: RegExp;
    readonly path: string;
    readonly operations: Document['paths'][string];
  }[];
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: Document) {
    this.#ajv.addSchema({ $id: documentId, components: closed(document.components ?? {}) } as never);
    this.#routes = Object.entries(document.paths)
      .map(([path, operations]) => ({
        path,
        operations,
        pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`),
      }))
      // Literal paths go before paths with parameters.
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  }

  /**
   * Describes the fault of an answer. Null if it is as declared, or of a route outside the
   * document.
   */
  faultOf(method: string, pathname: string, status: number, type: string, text: string): string | null {
    const route = this.#routes.find(
      ({ pattern, operations }) => pattern.test(pathname) && operations[method.toLowerCase()] !== undefined,
    );
    if (route === undefined) return null;
    const { path, operations } = route;
    const at = `${method} ${path} answered ${status}`;
    const declared = operations[method.toLowerCase()]!.responses?.[`${status}`];
    if (declared === undefined) return `${at}, which is not declared`;
    const schema = declared.content?.[type]?.schema;
    if (schema === undefined) return `${at} in \`${type}\`, which is not declared`;
    if (type !== 'application/json') return null;
    const key = `${method} ${path} ${status}`;
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      const absolute = JSON.parse(JSON.stringify(closed(schema)), (name, value: unknown) =>
        name === '$ref' && typeof value === 'string' ? `${documentId}${value}` : value,
      ) as Schema;
      validate = this.#ajv.compile(absolute);
      this.#compiled.set(key, validate);
    }
    if (validate(JSON.parse(text))) return null;
    const faults = (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`,
    );
    return `${at} otherwise than it declares:\n  ${faults.slice(0, 20).join('\n  ')}`;
  }
}

const apiOf = (input: Parameters<typeof fetch>[0]): URL | undefined => {
  const url = new URL(input instanceof Request ? input.url : input);
  return url.hostname === '127.0.0.1' && url.pathname.startsWith('/api/v1/') ? url : undefined;
};

/**
 * From now on, every successful answer that this suite fetches from a service of Interlock is
 * compared with the service's own OpenAPI document. `fetch` rejects if they differ. Streams are
 * ignored.
 */
export const checkAnswers = (): void => {
  const plain = globalThis.fetch;
  if ('checksAnswers' in plain) return;
  const documents = new Map<string, Promise<DeclaredAnswers>>();
  const declaredBy = (origin: string): Promise<DeclaredAnswers> => {
    const known = documents.get(origin);
    if (known !== undefined) return known;
    const read = plain(`${origin}/openapi.json`).then(
      async (response) => new DeclaredAnswers((await response.json()) as Document),
    );
    documents.set(origin, read);
    return read;
  };
  const checked = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const response = await plain(input, init);
    const url = apiOf(input);
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    if (url === undefined || !response.ok || type === 'text/event-stream') return response;
    const declared = await declaredBy(url.origin);
    const text = type === 'application/json' ? await response.clone().text() : '';
    const fault = declared.faultOf(init?.method ?? 'GET', url.pathname, response.status, type, text);
    if (fault !== null) throw new Error(fault);
    return response;
  };
  globalThis.fetch = Object.assign(checked, { checksAnswers: true });
};
