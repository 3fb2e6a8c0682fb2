/**
 * Finds the changes of a public API that break a client of the previous one. Requests that were
 * accepted must still be accepted. Members of answers must still exist, with the same type.
 */

const resolved = (document, schema) => {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : document.components?.schemas?.[name];
};
const jsonOf = (holder) => holder?.content?.['application/json']?.schema;
const list = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const without = (all, some) => list(all).filter((one) => !list(some).includes(one));

/**
 * Compares two schemas; `direction` says who writes such a value: `request` means the client,
 * `answer` the service.
 */
const schemaChanges = (before, after, direction, at, [was, is], seen = new Set()) => {
  const pair = `${was?.$ref} ${is?.$ref}`;
  if (was?.$ref !== undefined && seen.has(pair)) return [];
  const next = new Set([...seen, pair]);
  const [old, now] = [resolved(before, was), resolved(after, is)];
  if (old === undefined) return [];
  if (now === undefined) return [`${at}: no longer states its type`];
  const asks = direction === 'request';
  const types = asks ? without(old.type, now.type) : without(now.type, old.type);
  const changes =
    list(old.type).length > 0 && types.length > 0 ? [`${at}: the type is another (${types})`] : [];
  if (asks && now.enum !== undefined)
    changes.push(...without(old.enum, now.enum).map((value) => `${at}: no longer takes \`${value}\``));
  const required = asks ? without(now.required, old.required) : without(old.required, now.required);
  changes.push(
    ...required
      .filter((name) => asks || now.properties?.[name] !== undefined)
      .map((name) => `${at}.${name}: is ${asks ? 'now required' : 'no longer always there'}`),
  );
  for (const [name, property] of Object.entries(old.properties ?? {})) {
    const place = `${at}.${name}`;
    const found = now.properties?.[name];
    if (found === undefined) changes.push(`${place}: was removed`);
    else changes.push(...schemaChanges(before, after, direction, place, [property, found], next));
  }
  if (old.items !== undefined)
    changes.push(...schemaChanges(before, after, direction, `${at}[]`, [old.items, now.items], next));
  return changes;
};

const operationChanges = (before, after, route, was, is) => {
  const key = ({ in: place, name }) => `${place} ${name}`;
  const [old, now] = [list(was.parameters), list(is.parameters)];
  const known = new Map(old.map((one) => [key(one), one]));
  const kept = new Set(now.map(key));
  return [
    ...old
      .filter((one) => !kept.has(key(one)))
      .map((one) => `${route}: parameter \`${one.name}\` was removed`),
    ...now.flatMap((one) => {
      const earlier = known.get(key(one));
      if (one.required === true && earlier?.required !== true)
        return [`${route}: parameter \`${one.name}\` is now required`];
      return earlier === undefined
        ? []
        : schemaChanges(before, after, 'request', `${route} ${one.name}`, [earlier.schema, one.schema]);
    }),
    ...(is.requestBody?.required === true && was.requestBody === undefined
      ? [`${route}: a body is now required`]
      : schemaChanges(before, after, 'request', `${route} body`, [
          jsonOf(was.requestBody),
          jsonOf(is.requestBody),
        ])),
    ...Object.entries(was.responses ?? {})
      .filter(([status]) => status.startsWith('2'))
      .flatMap(([status, answer]) =>
        is.responses?.[status] === undefined
          ? [`${route}: no longer answers ${status}`]
          : schemaChanges(before, after, 'answer', `${route} ${status}`, [
              jsonOf(answer),
              jsonOf(is.responses[status]),
            ]),
      ),
  ];
};

/**
 * Each change of an OpenAPI document that breaks a client, in words.
 * @param {object} before the released document
 * @param {object} after
 * @returns {string[]}
 */
export const breakingChanges = (before, after) =>
  Object.entries(before.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const route = `${method.toUpperCase()} ${path}`;
      const now = after.paths?.[path]?.[method];
      return now === undefined
        ? [`${route}: was removed`]
        : operationChanges(before, after, route, operation, now);
    }),
  );
