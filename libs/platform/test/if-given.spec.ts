import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { IsInt, IsString } from 'class-validator';
import { faultsOf, IfGiven } from '../src/index.js';

class Given {
  @IfGiven() @IsString() name?: string;
  @IfGiven() @IsInt() count?: number;
}
const faults = (given: object): readonly string[] =>
  faultsOf(Object.assign(new Given(), given), { strict: true }).map(
    ({ pointer, detail }) => `${pointer} ${detail}`,
  );

describe('a member that may be left out', () => {
  it('is not asked for, and fits where it is given', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ name: 'n', count: 1 })).toEqual([]);
  });

  it('is refused where it is null, each one by its name', () => {
    expect(faults({ name: null, count: null })).toEqual([
      '/name must be a string',
      '/count must be an integer number',
    ]);
  });
});
