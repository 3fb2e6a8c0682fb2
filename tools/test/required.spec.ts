import 'reflect-metadata';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionTypeV1, Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { createValidationPipe } from '@interlock/platform';
import { checkBundle, checkComparison, checkPolicy, fieldCatalogue } from '@interlock/policy';
import { builtInActionTypes, checkParameters } from '@interlock/rails';
import type { getMetadataStorage } from 'class-validator';

type Class = new () => { [member: string]: unknown };
type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

const root = fileURLToPath(new URL('../..', import.meta.url));
// class-validator keeps the rules of every loaded class in one storage, by class only.
const { getMetadataStorage: storageOf } = createRequire(join(root, 'libs/platform/package.json'))(
  'class-validator',
) as { readonly getMetadataStorage: typeof getMetadataStorage };

const rulesOf = (owner: Class): readonly Metadata[] =>
  storageOf().getTargetValidationMetadatas(owner, '', false, false);

/**
 * The required members: they have a rule, no rule that makes them optional, and no default value.
 */
const requiredOf = (owner: Class): readonly string[] => {
  const rules = rulesOf(owner).filter(({ type }) => type !== 'whitelistValidation');
  const initial = new owner();
  const isLeftOut = ({ type, propertyName, constraints }: Metadata): boolean =>
    type === 'conditionalValidation' &&
    !(constraints[0] as (object: object, value: unknown) => boolean)(initial, initial[propertyName]);
  const optional = new Set(rules.filter(isLeftOut).map(({ propertyName }) => propertyName));
  return [...new Set(rules.map(({ propertyName }) => propertyName))]
    .filter((name) => !optional.has(name) && initial[name] === undefined)
    .sort();
};

const violationsOf = async (owner: Class): Promise<readonly Violation[]> => {
  try {
    await createValidationPipe().transform({}, { type: 'body', metatype: owner });
    return [];
  } catch (error) {
    return (error as { readonly violations: readonly Violation[] }).violations;
  }
};

const knowing: ActionTypeV1 = {
  ...builtInActionTypes[0]!,
  parameters_schema: {
    type: 'object',
    required: ['name'],
    properties: { list: { type: 'array', items: { type: 'object', required: ['id'] } } },
  },
};

const classes = new Map<string, Class>();

beforeAll(async () => {
  const isTest = /[\\/](?:dist|test|node_modules)[\\/]/;
  const files = globSync(
    ['apps/*/src/**/*.controller.ts', 'apps/*/src/**/*.dto.ts', 'apps/*/src/**/*.rpc.ts'],
    { cwd: root },
  )
    .filter((file) => !isTest.test(file))
    .sort();
  for (const file of files) await import(pathToFileURL(join(root, file)).href);
  const { validationMetadatas } = storageOf() as unknown as {
    readonly validationMetadatas: ReadonlyMap<unknown, readonly unknown[]>;
  };
  for (const owner of validationMetadatas.keys())
    if (typeof owner === 'function') classes.set(owner.name, owner as Class);
});

describe('the messages to every service', () => {
  it('are described by classes of every service', () => {
    expect([...classes.keys()]).toEqual(
      expect.arrayContaining(['ActionIntentDto', 'KillSwitchDto', 'ExtendDto']),
    );
    expect(classes.size).toBeGreaterThan(40);
  });

  it('are refused once for each missing required member, and for nothing else', async () => {
    const wrong: object[] = [];
    for (const [name, owner] of classes) {
      const expected = requiredOf(owner).map((member) => `/${member} is required`);
      const found = (await violationsOf(owner)).map(({ pointer, detail }) => `${pointer} ${detail}`).sort();
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ name, told: found, expected });
    }
    expect(wrong).toEqual([]);
  });

  it.each<readonly [string, () => unknown, readonly string[]]>([
    ['a policy', () => checkPolicy({}, fieldCatalogue([])), ['/name', '/action_types', '/decision']],
    ['a bundle', () => checkBundle({}, fieldCatalogue([])), ['/version', '/rules']],
    ['a comparison', () => checkComparison({}), ['/a', '/b', '/dataset']],
    [
      'parameters of an action',
      () => {
        throw new ProblemError('validation-failed', 'x', {
          violations: checkParameters(knowing, { list: [{}] }),
        });
      },
      ['/parameters/name', '/parameters/list/0/id'],
    ],
  ])('with a schema require the same members: %s', (_, check, pointers) => {
    let found: readonly Violation[] = [];
    try {
      check();
    } catch (error) {
      found = (error as ProblemError).violations;
    }
    expect(found.map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual(
      pointers.map((pointer) => `${pointer} is required`),
    );
  });
});
