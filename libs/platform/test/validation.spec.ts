import { describe, expect, it } from '@jest/globals';
import { ArrayMaxSize, IsArray, IsInt, IsNotEmpty, IsString, Max, MaxLength, Min } from 'class-validator';
import { faultsOf, IsTimestamp } from '../src/index.js';

class Sample {
  @IsInt() @Min(0) @Max(9) count: unknown = 1;
  @IsString() @IsNotEmpty() @MaxLength(3) text: unknown = 'a';
  @IsArray() @ArrayMaxSize(1) @IsString({ each: true }) names: unknown = [];
  @IsTimestamp() at: unknown = '2026-11-20T08:00:00Z';
}
const faults = (over: Partial<Sample>) =>
  faultsOf(Object.assign(new Sample(), over), { strict: true }).map(
    ({ pointer, detail }) => `${pointer} ${detail}`,
  );

describe('the faults of a value', () => {
  it('name only the type of a value that has another one', () => {
    expect(faults({ count: '3', text: 3 })).toEqual([
      '/count must be an integer number',
      '/text must be a string',
    ]);
  });
  it('name every other rule that it breaks', () => {
    expect(faults({ count: 9.5 }).toSorted()).toEqual([
      '/count must be an integer number',
      '/count must not be greater than 9',
    ]);
    expect(faults({ names: [1, 'b'] })).toHaveLength(2);
  });
  it('show how a time is written', () => {
    expect(faults({ at: 'tomorrow' })).toEqual([
      '/at must be a time of RFC 3339 that exists, such as `2026-11-20T08:00:00Z`',
    ]);
    expect(faults({ at: '2026-02-30T08:00:00Z' })).toEqual(faults({ at: 'tomorrow' }));
  });
});
