import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, ValidateNested } from 'class-validator';
import { createValidationPipe } from '../src/index.js';

class Leaf {
  @IsInt()
  n!: number;
}
class Branch {
  @ValidateNested()
  @Type(() => Leaf)
  leaf!: Leaf;
}
class Tree {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Branch)
  branches!: Branch[];

  @IsOptional()
  @ValidateNested()
  @Type(() => Leaf)
  extra?: Leaf;
}

const faults = async (value: unknown): Promise<readonly string[]> => {
  try {
    await createValidationPipe().transform(value, { type: 'body', metatype: Tree });
    return [];
  } catch (error) {
    return (error as { violations: readonly { pointer: string; detail: string }[] }).violations
      .map(({ pointer, detail }) => `${pointer} ${detail}`)
      .sort();
  }
};

describe('nested parts', () => {
  it('that fit pass, optional ones missing or null', async () => {
    expect(await faults({ branches: [{ leaf: { n: 1 } }] })).toEqual([]);
    expect(await faults({ branches: [], extra: { n: 1 } })).toEqual([]);
    expect(await faults({ branches: [], extra: null })).toEqual([]);
  });

  it('that are missing deep in a list are named', async () => {
    expect(await faults({ branches: [{ leaf: { n: 1 } }, {}] })).toEqual(['/branches/1/leaf is required']);
  });

  it('that are faulty deep in a list are named', async () => {
    expect(await faults({ branches: [{ leaf: { n: 'x' } }] })).toEqual([
      '/branches/0/leaf/n must be an integer number',
    ]);
  });

  it('that are lists in place of objects are refused, and the other way round', async () => {
    expect(await faults({ branches: [{ leaf: [] }], extra: [] })).toEqual([
      '/branches/0/leaf must be an object',
      '/extra must be an object',
    ]);
    expect(await faults({ branches: { leaf: { n: 1 } } })).toContain('/branches must be a list');
  });

  it.each([[[[]]], [[[[]]]], [[[{ leaf: { n: 1 } }]]]])(
    'that are a list within a list are refused, not taken for nothing: %j',
    async (branches) => {
      expect(await faults({ branches })).toContain('/branches/0 must be an object');
    },
  );

  it('are not there where the body is null, which is not a body at all', async () => {
    expect(await faults(null)).toEqual([' must be an object']);
  });

  it('are missing with the whole list', async () => {
    expect(await faults({})).toEqual(['/branches is required']);
  });
});
