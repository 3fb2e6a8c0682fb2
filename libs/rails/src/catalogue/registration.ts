import {
  answeredOnly,
  handlerSteps,
  namePattern,
  schemaFaultText,
  type ActionTypeV1,
  type HandlerEndpoint,
  type HandlerStep,
  type JsonObject,
  type Violation,
} from '@interlock/contracts';
import { isObject, refuseViolations, sameJson } from '@interlock/kernel';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { compileParameters } from './catalogue.js';
import { schemaViolations } from './parameters-schema.js';

/** A tenant's registration: the content of a version of one of its action types. */
export type ActionTypeContent = Omit<ActionTypeV1, 'version'>;

type Written = {
  readonly action_type?: string;
  readonly title?: string;
  readonly parameters?: JsonObject;
  readonly impact?: NonNullable<ActionTypeV1['impact']>;
  readonly read_only?: boolean;
  readonly reversible?: boolean;
  readonly external_contact?: boolean;
  readonly confidence_threshold?: number;
  readonly kpis?: readonly string[];
  readonly undo_within_s?: number;
  readonly on_unknown?: 'undo' | 'ask';
  readonly handler?: {
    readonly kind: 'webhook' | 'nats';
    readonly url?: string;
    readonly urls?: { readonly [step in HandlerStep]?: string };
    readonly secret_ref?: string;
    readonly steps?: readonly HandlerStep[];
    readonly timeout_ms?: number;
    readonly max_calls?: number;
  } | null;
};

const address: JsonObject = { type: 'string', minLength: 1, maxLength: 2048 };
const parameter: JsonObject = { type: 'string', minLength: 1, maxLength: 128 };
const bodySchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    // Members of answers have no meaning here, so that an answer can be sent back.
    ...Object.fromEntries(answeredOnly.map((member) => [member, {}])),
    action_type: { type: 'string' },
    title: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[^\\p{C}]+$' },
    parameters: { type: 'object' },
    impact: {
      type: 'object',
      additionalProperties: false,
      properties: { affected_entities: parameter, cost: parameter, compute: parameter },
    },
    read_only: { type: 'boolean' },
    reversible: { type: 'boolean' },
    external_contact: { type: 'boolean' },
    confidence_threshold: { type: 'number', minimum: 0, maximum: 1 },
    kpis: {
      type: 'array',
      maxItems: 32,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,62}$' },
    },
    undo_within_s: { type: 'integer', minimum: 1, maximum: 31_536_000 },
    on_unknown: { enum: ['undo', 'ask'] },
    handler: {
      type: ['object', 'null'],
      required: ['kind'],
      additionalProperties: false,
      properties: {
        service: {},
        name: {},
        kind: { enum: ['webhook', 'nats'] },
        url: address,
        urls: {
          type: 'object',
          additionalProperties: false,
          properties: Object.fromEntries(handlerSteps.map((step) => [step, address])),
        },
        secret_ref: { type: 'string', maxLength: 256, pattern: '^(?:env|file):.+$' },
        steps: { type: 'array', uniqueItems: true, items: { enum: [...handlerSteps] } },
        timeout_ms: { type: 'integer', minimum: 100, maximum: 30_000 },
        max_calls: { type: 'integer', minimum: 1, maximum: 100 },
      },
    },
  },
};
/**
 * The validator of bodies, compiled when the first body arrives. Most programs with this library
 * register nothing, and compiling takes longer than loading all the rest.
 */
let compiled: ValidateFunction<Written> | undefined;
const validatorOfBody = (): ValidateFunction<Written> =>
  (compiled ??= new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile<Written>(
    bodySchema,
  ));

const violationOf = (fault: ErrorObject): Violation => {
  const { instancePath, params } = fault;
  const name: unknown = params['additionalProperty'] ?? params['missingProperty'];
  return {
    pointer: typeof name === 'string' ? `${instancePath}/${name}` : instancePath,
    detail: fault.keyword === 'additionalProperties' ? 'is not known' : schemaFaultText(fault),
    code: fault.keyword,
  };
};

/**
 * Returns the fault of the address of a tenant's handler or MCP server; null if there is none.
 * Credentials in an address are refused, because the log would store them.
 */
export const addressFault = (text: string): string | null => {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with `https://` or `http://`';
  if (url.username !== '' || url.password !== '') return 'must name no user and no password';
  return url.hash === '' ? null : 'must have no fragment';
};

const handlerFaults = ({
  handler,
  reversible,
  kpis,
  undo_within_s: seconds,
  on_unknown: onUnknown,
}: Written): readonly Violation[] => {
  if (handler === undefined || handler === null) return [];
  const steps = stepsOf(handler.steps, reversible === true);
  const faults: Violation[] = [];
  const fault = (pointer: string, detail: string): void => {
    faults.push({ pointer, detail });
  };
  if (handler.kind === 'webhook') {
    if (handler.url === undefined) fault('/handler/url', 'is required for a webhook');
    if (handler.secret_ref === undefined) fault('/handler/secret_ref', 'is required for a webhook');
    for (const [pointer, text] of [
      ['/handler/url', handler.url] as const,
      ...Object.entries(handler.urls ?? {}).map(([step, text]) => [`/handler/urls/${step}`, text] as const),
    ]) {
      const wrong = text === undefined ? null : addressFault(text);
      if (wrong !== null) fault(pointer, wrong);
    }
  } else {
    for (const name of ['url', 'urls', 'secret_ref'] as const)
      if (handler[name] !== undefined) fault(`/handler/${name}`, 'has no place for a handler on the bus');
  }
  if (reversible === true && !steps.includes('undo'))
    fault('/handler/steps', 'must name `undo`, because the type is reversible');
  if ((kpis ?? []).length > 0 && !steps.includes('observe'))
    fault('/handler/steps', 'must name `observe`, because the type declares KPIs');
  if (seconds !== undefined && reversible !== true)
    fault('/undo_within_s', 'has a place only where the type is reversible');
  if (onUnknown === 'undo' && reversible !== true)
    fault('/on_unknown', 'can be `undo` only where the type is reversible');
  return faults;
};

const stepsOf = (given: readonly HandlerStep[] | undefined, reversible: boolean): readonly HandlerStep[] => {
  const wanted = new Set<HandlerStep>([
    'apply',
    'status',
    ...(given ?? (reversible ? (['undo'] as const) : [])),
  ]);
  return handlerSteps.filter((step) => wanted.has(step));
};

const endpointOf = ({ handler, reversible }: Written): HandlerEndpoint | null => {
  if (handler === undefined || handler === null) return null;
  const terms = {
    steps: stepsOf(handler.steps, reversible === true),
    timeout_ms: handler.timeout_ms ?? 10_000,
    max_calls: handler.max_calls ?? 8,
  };
  if (handler.kind === 'nats') return { kind: 'nats', ...terms };
  return {
    kind: 'webhook',
    url: handler.url ?? '',
    ...(handler.urls === undefined ? {} : { urls: handler.urls }),
    secret_ref: handler.secret_ref ?? '',
    ...terms,
  };
};

const parametersFaults = (schema: JsonObject | undefined): readonly Violation[] => {
  if (schema === undefined) return [];
  const bounds = schemaViolations(schema, '/parameters');
  if (bounds.length > 0) return bounds;
  const fault = compileParameters(schema);
  return fault === null ? [] : [{ pointer: '/parameters', detail: fault, code: 'schema' }];
};

/** Returns a violation for each member of a built-in type that a tenant may not override. */
const builtInFaults = (body: Written, builtIn: ActionTypeV1): readonly Violation[] => {
  const own: { readonly [name: string]: unknown } = {
    title: builtIn.title,
    parameters: builtIn.parameters_schema,
    read_only: builtIn.read_only,
    reversible: builtIn.reversible,
    external_contact: builtIn.external_contact,
    confidence_threshold: builtIn.min_confidence,
  };
  return Object.entries(body)
    .filter(([name, value]) => Object.hasOwn(own, name) && !sameJson(own[name], value))
    .map(([name]) => ({ pointer: `/${name}`, detail: 'is that of the built-in type and cannot be changed' }));
};

/** Returns the fault of a body that names another type than its address does. */
const otherNameFaults = (name: string, { action_type: named }: Written): readonly Violation[] =>
  named === undefined || named === name
    ? []
    : [{ pointer: '/action_type', detail: 'must be the name in the address' }];

/** Returns a violation for each reference to a secret that the tenant may not use. */
const secretFaults = (
  { handler }: Written,
  secretFault: (reference: string) => string | null,
): readonly Violation[] => {
  const { secret_ref: reference } = handler ?? {};
  const detail = reference === undefined ? null : secretFault(reference);
  return detail === null ? [] : [{ pointer: '/handler/secret_ref', detail }];
};

const nameFaults = (name: string): readonly Violation[] => {
  if (!namePattern.test(name))
    return [{ pointer: '/action_type', detail: 'must be a name: small letters, digits, `_`, `.` and `-`' }];
  return name.startsWith('mcp.')
    ? [{ pointer: '/action_type', detail: 'must not begin with `mcp.`, which tools of MCP servers do' }]
    : [];
};

/**
 * Reads a tenant's registration of an action type. For a built-in agent type (one without a
 * handler), the tenant sets only the handler, KPIs, impact, `undo_within_s` and `on_unknown`.
 * `secretFault` returns why the tenant may not use a reference to a secret, or null. Throws
 * `validation-failed` with every violation.
 */
export const checkActionType = (
  name: string,
  body: unknown,
  builtIn: ActionTypeV1 | undefined,
  secretFault: (reference: string) => string | null = () => null,
): ActionTypeContent => {
  const subject = `the action type \`${name.slice(0, 64)}\``;
  const validate = validatorOfBody();
  const missing = (given: unknown): readonly Violation[] =>
    builtIn === undefined && isObject(given)
      ? ['title', 'parameters'].filter((member) => given[member] === undefined).map(required)
      : [];
  if (!validate(body))
    return refuse(
      [...nameFaults(name), ...missing(body), ...(validate.errors ?? []).slice(0, 64).map(violationOf)],
      subject,
    );
  const inherited: Written =
    builtIn === undefined
      ? body
      : { ...body, reversible: builtIn.reversible, read_only: builtIn.read_only, title: builtIn.title };
  const faults = [
    ...nameFaults(name),
    ...(builtIn === undefined ? [] : builtInFaults(body, builtIn)),
    ...missing(body),
    ...(builtIn === undefined ? parametersFaults(body.parameters) : []),
    ...otherNameFaults(name, body),
    ...handlerFaults(inherited),
    ...secretFaults(body, secretFault),
    ...impactFaults(body, builtIn?.parameters_schema ?? body.parameters),
  ];
  refuseViolations(faults, subject);
  const endpoint = endpointOf(inherited);
  return {
    action_type: name,
    title: inherited.title ?? name,
    parameters_schema: builtIn?.parameters_schema ?? body.parameters ?? {},
    handler: endpoint === null ? null : { service: 'agent-gateway', name, endpoint },
    impact_fields: body.kpis ?? builtIn?.impact_fields ?? [],
    reversible: inherited.reversible === true,
    read_only: inherited.read_only === true,
    external_contact: builtIn?.external_contact ?? body.external_contact ?? true,
    ...(body.confidence_threshold === undefined ? {} : { min_confidence: body.confidence_threshold }),
    ...(body.impact === undefined ? {} : { impact: body.impact }),
    ...(body.kpis === undefined ? {} : { kpis: body.kpis }),
    ...(body.undo_within_s === undefined ? {} : { undo_within_s: body.undo_within_s }),
    on_unknown: body.on_unknown ?? 'ask',
  };
};

const required = (name: string): Violation => ({
  pointer: `/${name}`,
  detail: 'is required',
  code: 'required',
});
const refuse = (violations: readonly Violation[], subject: string): never => {
  refuseViolations(violations, subject);
  throw new Error('a body that does not fit has a violation');
};

/**
 * Returns a violation for each parameter that counts as impact but is not declared in the schema.
 */
const impactFaults = ({ impact }: Written, schema: JsonObject | undefined): readonly Violation[] => {
  const properties = isObject(schema?.['properties']) ? schema['properties'] : {};
  return Object.entries(impact ?? {})
    .filter(([, name]) => typeof name === 'string' && !Object.hasOwn(properties, name))
    .map(([what]) => ({
      pointer: `/impact/${what}`,
      detail: 'must name a parameter that the schema declares',
    }));
};
