import { describe, expect, it } from '@jest/globals';
import { inMemoryPeopleTable, newMasterKey, parseMasterKeys, People } from '@interlock/people';
import { openTexts, sealedLooking } from '../src/index.js';

const people = new People({
  table: inMemoryPeopleTable(),
  keys: parseMasterKeys(newMasterKey()),
  logger: { warn: () => undefined },
});
const ann = { tenant_id: 'demo', person_id: await people.idOf('demo', 'ann') };
const text = await people.seal(ann, 'because', 'c');

describe('an answer', () => {
  it('has its sealed texts opened wherever they stand, and is not changed itself', async () => {
    const at = new Date(0);
    const answer = {
      note: text,
      items: [{ comment: text, of: 1, none: null }],
      at,
      plain: 'enc:1',
      deep: { deeper: [[text]] },
    };
    expect(await openTexts(people, ['demo'], answer)).toEqual({
      note: 'because',
      items: [{ comment: 'because', of: 1, none: null }],
      at,
      plain: 'enc:1',
      deep: { deeper: [['because']] },
    });
    expect(answer.note).toBe(text);
  });

  it('has them opened in instances of classes without methods, and stays such an instance', async () => {
    class Loosened {
      readonly detail = text;
    }
    class Invitation extends Loosened {
      readonly loosened = [new Loosened()];
    }
    class Reply {
      readonly detail = text;
      send(): void {
        throw new Error('not called');
      }
    }
    const answer = { invitation: new Invitation(), reply: new Reply() };
    const opened = await openTexts(people, ['demo'], answer);
    expect(opened.invitation).toBeInstanceOf(Invitation);
    expect(opened.invitation).toMatchObject({ detail: 'because', loosened: [{ detail: 'because' }] });
    expect(opened.reply).toBe(answer.reply);
    expect(answer.invitation.detail).toBe(text);
  });

  it('without one is answered as it is', async () => {
    const answer = { note: 'plain', of: [1n] };
    expect(await openTexts(people, ['demo'], answer)).toBe(answer);
    expect(await openTexts(people, ['demo'], undefined)).toBeUndefined();
  });

  it('shows nobody a text of a tenant that they may not see', async () => {
    expect(await openTexts(people, ['other'], { note: text })).toEqual({ note: '[erased]' });
  });
});

describe('a body', () => {
  it('may hold a sealed text only where people write: it gets sealed again there', () => {
    expect(sealedLooking({ comment: text, note: text, reason: text, other: 'x' })).toEqual([]);
    expect(
      sealedLooking({ name: text, rules: [{ reason: text }], comment: { inner: text } }).map(
        ({ pointer }) => pointer,
      ),
    ).toEqual(['/name', '/rules/0/reason', '/comment/inner']);
    expect(sealedLooking(`{"trace":"${text}"}\n`)).toHaveLength(1);
    expect(sealedLooking([1, null, 'enc:1:', { a: true }])).toEqual([]);
  });
});
