import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage, IsInt, IsString, validateSync } from 'class-validator';
import { rememberLookups } from '../src/input/validator-lookups.js';

class Above {
  @IsString() name!: string;
}
class Below extends Above {
  @IsInt() count!: number;
}
class Sibling extends Above {}

const faultsOf = (object: object): readonly string[] =>
  validateSync(object)
    .map(({ property }) => property)
    .sort();

describe('the rules of a class', () => {
  it('are the same remembered as gathered anew, those of the class above among them, for each class its own', () => {
    const anew = [new Above(), new Below(), new Sibling()].map(faultsOf);
    expect(anew).toEqual([['name'], ['count', 'name'], ['name']]);
    rememberLookups();
    rememberLookups();
    for (let n = 0; n < 2; n += 1)
      expect([new Above(), new Below(), new Sibling()].map(faultsOf)).toEqual(anew);
    expect(faultsOf(Object.assign(new Below(), { name: 'a', count: 1 }))).toEqual([]);
  });

  it('are gathered once', () => {
    rememberLookups();
    const storage = getMetadataStorage();
    const of = (): unknown => storage.getTargetValidationMetadatas(Below, '', false, false);
    expect(of()).toBe(of());
  });

  it('are gathered anew where groups are asked for', () => {
    rememberLookups();
    class Grouped {
      @IsInt({ groups: ['a'] }) one!: number;
      @IsInt({ groups: ['b'] }) other!: number;
    }
    const of = (group: string): readonly string[] =>
      validateSync(new Grouped(), { groups: [group] }).map(({ property }) => property);
    expect([of('a'), of('b'), of('a')]).toEqual([['one'], ['other'], ['one']]);
  });
});
