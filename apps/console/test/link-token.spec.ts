import { describe, expect, it } from '@jest/globals';
import { targetOf } from '../src/login/link-token.js';

describe('the page of a message', () => {
  it.each([
    ['/approvals?id=a-1&digest=d', { id: 'a-1', digest: 'd' }],
    ['/plans/p-1?digest=d', { id: 'p-1', digest: 'd' }],
    ['/plans/p%201?digest=d', { id: 'p 1', digest: 'd' }],
    ['/approvals?change=c-1&digest=d', undefined],
    ['/approvals?id=a-1', undefined],
    ['/autonomy?digest=d', undefined],
  ])('%s is about %j', (page, target) => expect(targetOf(page)).toEqual(target));
});
