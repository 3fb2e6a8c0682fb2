import { describe, expect, it } from '@jest/globals';
import { elementBuilder, type RpcReply } from '@interlock/netconf';
import { commitIdIn } from '../src/sessions/commit-ids.js';

const namespace = 'urn:huawei:yang:huawei-cfg';
const found = (text: string, of = namespace): string | null =>
  commitIdIn({ content: [elementBuilder(of)('commit-id', text)] } as unknown as RpcReply);

describe('the id in the reply to a commit', () => {
  it('is taken without the white space around it', () => expect(found('\n 1000033830 ')).toBe('1000033830'));

  it.each(['', 'a b', '1\u202e2', '1\u001b[0m', 'x'.repeat(65)])('is none if it is %j', (text) =>
    expect(found(text)).toBeNull(),
  );

  it('is none in another namespace or without one', () => {
    expect(found('1', 'urn:example:other')).toBeNull();
    expect(commitIdIn({ content: [] } as unknown as RpcReply)).toBeNull();
  });
});
