import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

type Member = {
  readonly type?: unknown;
  readonly properties?: object;
  readonly additionalProperties?: unknown;
};
const document = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: Readonly<Record<string, Member>> }>>;
  };
};

it('no member of the API document is an object of nothing, which a generated client cannot fill', () => {
  const empty = Object.entries(document.components.schemas).flatMap(([name, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, member]) => member.type === 'object' && !('properties' in member))
      .filter(([, member]) => !('additionalProperties' in member))
      .map(([member]) => `${name}.${member}`),
  );
  expect(empty).toEqual([]);
});
