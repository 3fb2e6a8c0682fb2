import type { Reason } from '@interlock/contracts';
import {
  childElement,
  childElements,
  childText,
  elementBuilder,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import {
  automaticBindings,
  bindTo,
  type BoundModel,
  type NetworkHandler,
  type YangLibrary,
  type YangModule,
} from '@interlock/network';
import type { InventoryEntry } from './inventory.js';

const namespace = 'urn:ietf:params:xml:ns:yang:ietf-yang-library';
const library = elementBuilder(namespace);
/** The capabilities by which a hello announces the YANG library (RFC 7895, RFC 8525). */
const announced = [
  'urn:ietf:params:netconf:capability:yang-library:1.0',
  'urn:ietf:params:netconf:capability:yang-library:1.1',
];

const texts = (element: XmlElement, name: string): readonly string[] =>
  childElements(element, name).map((one) =>
    one.children
      .filter((child) => typeof child === 'string')
      .join('')
      .trim(),
  );

const moduleOf = (element: XmlElement, deviations: readonly string[]): YangModule => {
  const revision = childText(element, 'revision') ?? '';
  return {
    name: childText(element, 'name') ?? '',
    revision: revision === '' ? null : revision,
    namespace: childText(element, 'namespace') ?? '',
    features: texts(element, 'feature'),
    deviations,
  };
};

/**
 * Reads `modules-state` (RFC 7895). Modules that are only imported have no data, so they are left
 * out.
 */
const ofModulesState = (state: XmlElement): YangLibrary => ({
  source: 'rfc7895',
  id: childText(state, 'module-set-id') ?? null,
  modules: childElements(state, 'module')
    .filter((module) => childText(module, 'conformance-type') !== 'import')
    .map((module) =>
      moduleOf(
        module,
        childElements(module, 'deviation').map((one) => childText(one, 'name') ?? ''),
      ),
    ),
});

/** Reads the module sets of the running datastore's schema (RFC 8525). */
const ofYangLibrary = (top: XmlElement): YangLibrary => {
  const running = childElements(top, 'datastore').find(
    (one) => (childText(one, 'name') ?? '').replace(/^.*:/, '') === 'running',
  );
  const schemaName = running === undefined ? undefined : childText(running, 'schema');
  const schema = childElements(top, 'schema').find((one) => childText(one, 'name') === schemaName);
  const sets = schema === undefined ? [] : texts(schema, 'module-set');
  return {
    source: 'rfc8525',
    id: childText(top, 'content-id') ?? null,
    modules: childElements(top, 'module-set')
      .filter((set) => sets.includes(childText(set, 'name') ?? ''))
      .flatMap((set) => childElements(set, 'module'))
      .map((module) => moduleOf(module, texts(module, 'deviation'))),
  };
};

/** Reads the modules that a hello lists as capabilities, as in YANG 1.0 (RFC 6020, 5.6.4). */
const ofHello = (capabilities: readonly string[]): YangLibrary => ({
  source: 'hello',
  id: null,
  modules: capabilities.flatMap((uri): readonly YangModule[] => {
    const [base = '', query] = uri.split('?');
    const parameters = new URLSearchParams(query ?? '');
    const name = parameters.get('module');
    const listed = (parameter: string): readonly string[] =>
      (parameters.get(parameter) ?? '').split(',').filter((one) => one !== '');
    return name === null
      ? []
      : [
          {
            name,
            revision: parameters.get('revision'),
            namespace: base,
            features: listed('features'),
            deviations: listed('deviations'),
          },
        ];
  }),
});

const readLibrary = async (client: NetconfClient): Promise<YangLibrary> => {
  if (!announced.some((uri) => client.has(uri))) return ofHello(client.capabilities);
  const data = await client.get({ subtree: [library('yang-library'), library('modules-state')] });
  const found = (name: string): XmlElement | undefined => childElement(data, name, namespace);
  const [current, earlier] = [found('yang-library'), found('modules-state')];
  if (current !== undefined) return ofYangLibrary(current);
  return earlier === undefined ? ofHello(client.capabilities) : ofModulesState(earlier);
};

const known = new WeakMap<NetconfClient, Promise<YangLibrary>>();

/**
 * Returns the modules of a device, read once in a session. Throws what `NetconfClient.get` throws.
 */
export const yangLibraryOf = (client: NetconfClient): Promise<YangLibrary> => {
  const before = known.get(client);
  if (before !== undefined) return before;
  const reading = readLibrary(client);
  known.set(client, reading);
  reading.catch(() => known.delete(client));
  return reading;
};

/** Returns the device's bindings, bound to the modules that the device has. */
export const modelsOf = async (
  client: NetconfClient,
  { bindings: chosen, table }: Pick<InventoryEntry, 'bindings' | 'table'>,
): Promise<readonly BoundModel[]> => {
  const modules = await yangLibraryOf(client);
  return (chosen ?? automaticBindings).flatMap((name) => {
    const binding = table.get(name);
    return binding === undefined ? [] : [bindTo(binding, modules)];
  });
};

/** Returns the reason why none of the models serves a handler. */
export const missingModel = ({ entity }: NetworkHandler, models: readonly BoundModel[]): Reason => ({
  code: 'binding-unfit',
  detail: [
    entity === 'device'
      ? 'the device has no binding that the leaves can be changed over'
      : `no binding of the device places the class \`${entity}\``,
    ...models
      .filter(({ binding }) => entity === 'device' || binding.classes[entity] !== undefined)
      .flatMap(({ binding, reasons }) =>
        reasons.map(({ detail }) => `\`${binding.name}\`: ${String(detail)}`),
      ),
  ].join('; '),
});
