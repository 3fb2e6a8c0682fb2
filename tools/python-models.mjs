// Writes the models of the Python client from `docs/openapi.json`. They are generated and not in
// git; the packages have them. `npm run build` runs this.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const contract = new URL('../docs/openapi.json', import.meta.url);
/** The generated file. */
export const pythonModels = fileURLToPath(
  new URL('../clients/python/src/interlock_client/models.py', import.meta.url),
);

/** The schemas that the surface of the client names; those they refer to follow. */
const answers = ['AcceptedActionDto', 'ActionDto', 'Problem'];
const requests = ['ActionIntentDto', 'DecisionDto'];

/** Names of objects that a schema declares in place, by the member that holds them. */
const inPlace = { reasons: 'Reason', violations: 'Violation' };

/** Words of Python and of pydantic's classes that no member may have as its name. */
const reserved = new Set([
  ...['and', 'as', 'class', 'def', 'del', 'for', 'from', 'global', 'if', 'import', 'in', 'is', 'not', 'or'],
  ...['async', 'await', 'lambda', 'pass', 'raise', 'return', 'try', 'while', 'with', 'yield', 'None'],
  ...['construct', 'copy', 'dict', 'fields', 'json', 'schema', 'validate'],
]);

const pascal = (name) => name.replaceAll(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
const literal = (values) => `Literal[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
const text = (words) => JSON.stringify(words);

/** Makes the classes of a document, each after those that it names. */
class Models {
  #schemas;
  #classes = new Map();
  #byShape = new Map();

  constructor(document) {
    this.#schemas = document.components.schemas;
  }

  get source() {
    return [...this.#classes.values()].join('\n\n');
  }

  /** Adds the class of a schema. Answers its name. */
  add(name, base) {
    const schema = this.#schemas[name];
    if (schema === undefined) throw new Error(`docs/openapi.json has no schema \`${name}\``);
    return this.#class(name.replace(/Dto$/, ''), schema, base);
  }

  #class(name, schema, base) {
    if (this.#classes.has(name)) return name;
    const required = new Set(schema.required);
    const members = Object.entries(schema.properties).map(([member, of]) => {
      const type = this.#type(of, { owner: name, member, base });
      const isOptional = !required.has(member);
      const shown = isOptional && !/(^| )None$/.test(type) && type !== 'Any' ? `${type} | None` : type;
      const parts = [
        ...(isOptional ? ['default=None'] : []),
        ...(reserved.has(member) ? [`alias=${text(member)}`] : []),
        ...(of.description === undefined ? [] : [`description=${text(of.description)}`]),
      ];
      const value =
        parts.length === 0
          ? ''
          : parts[0] === 'default=None' && parts.length === 1
            ? ' = None'
            : ` = Field(${parts.join(', ')})`;
      return `    ${reserved.has(member) ? `${member}_` : member}: ${shown}${value}`;
    });
    const about =
      schema.description === undefined ? '' : `    ${text(schema.description).replace(/^"|"$/g, '"""')}\n\n`;
    this.#classes.set(name, `class ${name}(${base}):\n${about}${members.join('\n')}\n`);
    return name;
  }

  #type(schema, place) {
    if (schema.$ref !== undefined) return this.add(schema.$ref.split('/').at(-1), place.base);
    if (schema.anyOf !== undefined)
      return [...new Set(schema.anyOf.map((one) => this.#type(one, place)))].join(' | ');
    const types = [schema.type ?? []].flat();
    const nullable = types.includes('null') ? ' | None' : '';
    const [type = 'any', ...others] = types.filter((one) => one !== 'null');
    if (types.length === 1 && types[0] === 'null') return 'None';
    if (others.length > 0)
      throw new Error(`${place.owner}.${place.member} has the types ${types.join(', ')}`);
    return `${this.#plain(type, schema, place)}${nullable}`;
  }

  #plain(type, schema, place) {
    switch (type) {
      case 'any':
        return 'Any';
      case 'string':
        if (schema.enum !== undefined) return this.#enum(schema.enum, place);
        return schema.format === 'date-time' ? 'datetime' : 'str';
      // Pydantic 1 would cut 1.5 to 1.
      case 'integer':
        return place.base === 'Request' ? 'StrictInt' : 'int';
      case 'number':
        return schema.enum?.every(Number.isInteger) ? 'int' : 'float';
      case 'boolean':
        return place.base === 'Request' ? 'StrictBool' : 'bool';
      case 'array':
        return `list[${this.#type(schema.items, place)}]`;
      case 'object':
        return this.#object(schema, place);
      default:
        throw new Error(`${place.owner}.${place.member} has the unknown type ${type}`);
    }
  }

  /** A newer Interlock may answer a value that this version does not know. */
  #enum(values, { base }) {
    const known = literal(values.filter((value) => value !== null));
    return base === 'Answer' ? `${known} | str` : known;
  }

  #object(schema, place) {
    if (schema.properties === undefined) {
      const { additionalProperties: of } = schema;
      return `dict[str, ${typeof of === 'object' ? this.#type(of, place) : 'Any'}]`;
    }
    const shape = JSON.stringify([schema.properties, schema.required]);
    const name = this.#byShape.get(shape) ?? inPlace[place.member] ?? `${place.owner}${pascal(place.member)}`;
    this.#byShape.set(shape, name);
    return this.#class(name, schema, place.base);
  }
}

/**
 * The Python source of the models of an OpenAPI document, for pydantic 1.10 and 2.
 * @param {object} document
 * @returns {string}
 */
export function pythonModelsOf(document) {
  const models = new Models(document);
  for (const name of requests) models.add(name, 'Request');
  for (const name of answers) models.add(name, 'Answer');
  return `# Generated from docs/openapi.json by tools/python-models.mjs.
"""The requests and answers of Interlock's API that the client uses."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictInt

from ._model import Answer, Request


${models.source}`;
}

/**
 * Writes the models if they differ from `docs/openapi.json`.
 * @returns {boolean} whether they were written
 */
export function writePythonModels() {
  const source = pythonModelsOf(JSON.parse(readFileSync(contract, 'utf8')));
  if (existsSync(pythonModels) && readFileSync(pythonModels, 'utf8') === source) return false;
  mkdirSync(dirname(pythonModels), { recursive: true });
  writeFileSync(pythonModels, source);
  return true;
}
