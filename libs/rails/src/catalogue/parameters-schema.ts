import type { JsonObject, JsonValue, Violation } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { linearPatternFault } from '@interlock/kernel/linear-pattern';

/** The limits of a parameters schema, which bound the time to compile it and to check with it. */
export const schemaLimits = { characters: 32_768, depth: 24, work: 2000, checks: 500_000 } as const;

const refused = new Set([
  '$id',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
  '$vocabulary',
]);

/** The keywords whose value is an object of schemas. The names in it are no keywords. */
const schemasByName = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
]);

const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const at = (root: JsonValue, reference: string): JsonValue | undefined => {
  let found: JsonValue | undefined = root;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = (found as readonly JsonValue[])[Number(name)];
    else if (isObject(found) && Object.hasOwn(found, name)) found = (found as JsonObject)[name];
    else return undefined;
  }
  return found;
};

type Walk = {
  readonly root: JsonObject;
  readonly violations: Violation[];
  work: number;
  /** The number of values in `enum` and `const`, which a check compares one by one. */
  compared: number;
};

/** Returns the number of JSON values within a value, including itself. */
export const nodesOf = (value: JsonValue): number => {
  let nodes = 0;
  for (const left = [value]; left.length > 0;) {
    const one = left.pop();
    nodes += 1;
    if (typeof one === 'object' && one !== null)
      for (const child of Object.values(one as JsonObject)) left.push(child);
  }
  return nodes;
};

/**
 * Walks a schema with every reference replaced by its target, to measure the work of a check. A
 * reference to itself never ends. `byName`: the node is an object of schemas, whose names may equal
 * keywords, such as a parameter that is called `properties`.
 */
const walk = (
  state: Walk,
  node: JsonValue,
  pointer: string,
  depth: number,
  through: readonly string[],
  byName = false,
): void => {
  if (state.work > schemaLimits.work || state.violations.length > 32) return;
  state.work += 1;
  if (depth > schemaLimits.depth) {
    state.violations.push({
      pointer,
      detail: `is nested more than ${schemaLimits.depth} deep`,
      code: 'depth',
    });
    state.work = Infinity;
    return;
  }
  if (Array.isArray(node)) {
    (node as readonly JsonValue[]).forEach((one, i) => {
      walk(state, one, `${pointer}/${i}`, depth + 1, through);
    });
    return;
  }
  if (!isObject(node)) return;
  for (const [name, value] of Object.entries(node as JsonObject)) {
    const here = `${pointer}/${pointerPart(name)}`;
    const keyword = !byName;
    if (keyword && refused.has(name))
      state.violations.push({ pointer: here, detail: 'is not taken', code: name });
    if (keyword && name === '$ref') {
      refer(state, value, here, depth, through);
      continue;
    }
    if (keyword && name === 'pattern' && typeof value === 'string') {
      const fault = linearPatternFault(value);
      if (fault !== null) state.violations.push({ pointer: here, detail: fault, code: 'pattern' });
    }
    if (keyword && name === 'patternProperties' && isObject(value))
      for (const pattern of Object.keys(value)) {
        const fault = linearPatternFault(pattern);
        if (fault !== null)
          state.violations.push({
            pointer: `${here}/${pointerPart(pattern)}`,
            detail: fault,
            code: 'pattern',
          });
      }
    if (keyword && (name === 'enum' || name === 'const')) state.compared += nodesOf(value);
    else if (!(keyword && (name === 'examples' || name === 'default')))
      walk(state, value, here, depth + 1, through, keyword && schemasByName.has(name));
  }
};

const refer = (
  state: Walk,
  value: JsonValue,
  pointer: string,
  depth: number,
  through: readonly string[],
): void => {
  const push = (detail: string): void => {
    state.violations.push({ pointer, detail, code: '$ref' });
  };
  if (typeof value !== 'string' || !/^#(?:\/|$)/.test(value)) {
    push('refers to something outside of the schema');
    return;
  }
  if (through.includes(value)) {
    push('leads back to itself');
    return;
  }
  const target = value === '#' ? state.root : at(state.root, value);
  if (target === undefined) push('refers to something that is not there');
  else walk(state, target, pointer, depth + 1, [...through, value]);
};

/**
 * Returns why a schema cannot be checked in bounded time; empty if it can. The compiler decides
 * whether it is valid JSON Schema.
 */
export const schemaViolations = (schema: JsonObject, pointer: string): readonly Violation[] => {
  const size = JSON.stringify(schema).length;
  if (size > schemaLimits.characters)
    return [{ pointer, detail: `has more than ${schemaLimits.characters} characters`, code: 'size' }];
  const state: Walk = { root: schema, violations: [], work: 0, compared: 0 };
  walk(state, schema, pointer, 0, ['#']);
  if (state.violations.length === 0 && state.work > schemaLimits.work)
    return [
      {
        pointer,
        detail: `asks for more than ${schemaLimits.work} checks when its references are followed`,
        code: 'work',
      },
    ];
  return state.violations;
};

/**
 * Returns the number of checks of a schema with its references followed; infinite if they never
 * end.
 */
export const checksOf = (schema: JsonObject): number => {
  const state: Walk = { root: schema, violations: [], work: 0, compared: 0 };
  walk(state, schema, '', 0, ['#']);
  return state.violations.length === 0 ? state.work + state.compared : Infinity;
};
