import { describe, expect, it } from '@jest/globals';
import { channelKinds, channelMembers } from '@interlock/contracts';
import { channelBody, channelFields, missingIn } from '../src/reach/channel-fields.js';

describe('the form of a channel', () => {
  it.each(channelKinds)('has a field for each member of kind %s, in its order', (kind) => {
    expect(channelFields[kind].map(({ name, required }) => [name, required])).toEqual(
      channelMembers(kind).map(({ name, isNeeded }) => [name, isNeeded]),
    );
  });

  it('is complete without members that have a default', () => {
    const values = { host: 'smtp.example.org', from: 'a@example.org', to: 'b@example.org, c@example.org' };
    expect(missingIn('email', values)).toBeUndefined();
    expect(missingIn('email', { ...values, from: ' ' })).toBe('From is missing');
    expect(channelBody('email', values)).toEqual({
      kind: 'email',
      host: 'smtp.example.org',
      security: 'tls',
      from: 'a@example.org',
      to: ['b@example.org', 'c@example.org'],
    });
  });
});
