import { describe, expect, it } from '@jest/globals';
import { isFounderAlone, noneSignedIn, withSignIn, type SignedIn } from '../src/index.js';

const used = (person: string, made_by: 'installation' | 'person') =>
  [person, { type: 'InvitationUsed', data: { made_by } }] as const;
const began = (person: string) => [person, { type: 'SessionStarted', data: {} }] as const;
const after = (...events: readonly (readonly [string, { type: string; data: object }])[]): SignedIn =>
  events.reduce<SignedIn>((known, [person, event]) => withSignIn(known, person, event), noneSignedIn);

describe('a founder', () => {
  it('is alone after the first sign-in with a link of the installation', () => {
    expect(isFounderAlone(after(used('ada', 'installation'), began('ada')))).toBe(true);
    expect(isFounderAlone(after(used('ada', 'installation'), began('ada'), began('ada')))).toBe(true);
  });

  it('is not alone where nobody has signed in, nor once a second person has', () => {
    expect(isFounderAlone(noneSignedIn)).toBe(false);
    expect(isFounderAlone(after(used('ada', 'installation')))).toBe(false);
    const two = after(used('ada', 'installation'), began('ada'), used('bo', 'installation'), began('bo'));
    expect(isFounderAlone(two)).toBe(false);
    expect(isFounderAlone(after(used('ada', 'installation'), began('ada'), began('puppet')))).toBe(false);
  });

  it('is nobody whom a person invited, nor a person of a provider', () => {
    expect(isFounderAlone(after(used('ada', 'person'), began('ada')))).toBe(false);
    expect(isFounderAlone(after(began('ada')))).toBe(false);
  });
});
