import { describe, expect, it } from '@jest/globals';
import { Admission } from '../src/intents/admission.js';
import type { Accepted } from '../src/intents/intent-intake.js';

const accepted = (id: string): Accepted => ({
  action_id: id,
  intent_id: id,
  position: '1',
  state: 'PENDING',
});

/** An admission with four places, and a way to bring each of its actions to rest. */
const scene = (): {
  readonly admission: Admission;
  readonly rest: (id: string) => void;
  readonly submit: (id: string, tenant?: string) => Promise<Accepted>;
} => {
  const resting = new Map<string, () => void>();
  const admission = new Admission(
    { SAFETY_RAILS_PLACES: 4 },
    {
      rested: (_tenant, id) => new Promise((resolve) => resting.set(id, resolve)),
    },
  );
  return {
    admission,
    rest: (id) => resting.get(id)!(),
    submit: (id, tenant = 'demo') => admission.orRefuse(tenant, () => Promise.resolve(accepted(id))),
  };
};

describe('admission of callers who wait for the answer', () => {
  it('refuses who comes when a tenant has half of the places, before anything is accepted', async () => {
    const { admission, submit } = scene();
    await submit('a');
    await submit('b');
    let begun = false;
    await expect(
      admission.orRefuse('demo', () => {
        begun = true;
        return Promise.resolve(accepted('c'));
      }),
    ).rejects.toMatchObject({ code: 'overloaded' });
    expect(begun).toBe(false);
  });

  it('lets another tenant in meanwhile, until all places are taken', async () => {
    const { submit } = scene();
    for (const [id, tenant] of [
      ['a', 'demo'],
      ['b', 'demo'],
      ['c', 'acme'],
      ['d', 'acme'],
    ] as const)
      await submit(id, tenant);
    await expect(submit('e', 'other')).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('gives a place back when its action has come to rest', async () => {
    const { submit, rest } = scene();
    await submit('a');
    await submit('b');
    rest('a');
    await new Promise(setImmediate);
    await expect(submit('c')).resolves.toMatchObject({ action_id: 'c' });
    await expect(submit('d')).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('gives a place back when the intent is refused', async () => {
    const { admission, submit } = scene();
    for (let n = 0; n < 5; n += 1)
      await expect(
        admission.orRefuse('demo', () => Promise.reject(new Error('it is refused'))),
      ).rejects.toThrow('it is refused');
    await expect(submit('a')).resolves.toMatchObject({ action_id: 'a' });
  });
});

describe('admission from the bus', () => {
  it('answers when the action has come to rest, and takes no place of those who wait', async () => {
    const { admission, rest, submit } = scene();
    const order: string[] = [];
    const taken = admission
      .fromBus('demo', () => Promise.resolve(accepted('a')))
      .then(() => order.push('answered'));
    await submit('b');
    await submit('c');
    order.push('rests');
    rest('a');
    await taken;
    expect(order).toEqual(['rests', 'answered']);
  });
});
