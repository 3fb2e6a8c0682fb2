import { describe, expect, it } from '@jest/globals';
import { createValidationPipe, IfGiven, PageQuery, TenantScoped, WholeNumber } from '../src/index.js';

class CountQuery extends PageQuery {
  @IfGiven() @WholeNumber(0) override limit?: number;
}

const read = (metatype: new () => object, value: object): Promise<unknown> =>
  createValidationPipe().transform(value, { type: 'query', metatype });
const faults = (metatype: new () => object, value: object): Promise<unknown> =>
  read(metatype, value).then(
    () => [],
    (error: { readonly violations: readonly { readonly pointer: string; readonly detail: string }[] }) =>
      error.violations.map(({ pointer, detail }) => `${pointer} ${detail}`),
  );

describe('the query of a list', () => {
  it('may be empty', async () => expect(await read(PageQuery, {})).toEqual({}));

  it.each([
    ['1', 1],
    ['50', 50],
    ['0200', 200],
  ])('reads the limit %j', async (limit, number) =>
    expect(await read(PageQuery, { limit })).toEqual({ limit: number }),
  );

  it.each(['', ' 5', '5 ', '0', '201', '-1', '+5', '1.5', '1e2', '0x10', 'many', '9'.repeat(16), ['5', '6']])(
    'refuses the limit %j',
    async (limit) =>
      expect(await faults(PageQuery, { limit })).toEqual(['/limit must be a whole number from 1 to 200']),
  );

  it('refuses a cursor that is too long, or no text', async () => {
    expect(await faults(PageQuery, { cursor: 'a'.repeat(2049) })).toHaveLength(1);
    expect(await faults(PageQuery, { cursor: ['a', 'b'] })).not.toEqual([]);
  });

  it('may have another rule for a member', async () => {
    expect(await read(CountQuery, { limit: '5000' })).toEqual({ limit: 5000 });
    expect(await faults(CountQuery, { limit: 'x' })).toEqual(['/limit must be a whole number of at least 0']);
  });
});

describe('the tenant of a query or a body', () => {
  it.each(['demo', '_system'])('may be %s', async (tenant_id) =>
    expect(await read(TenantScoped, { tenant_id })).toEqual({ tenant_id }),
  );

  it.each([['Demo'], [''], [null], ['a b'], [['demo']], ['_other']])('is not %j', async (tenant_id) =>
    expect(await faults(TenantScoped, { tenant_id })).toEqual(["/tenant_id must be a tenant's name"]),
  );
});
