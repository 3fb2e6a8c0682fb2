import type { Decider } from '../command/decider.js';
import { whereLowered, type Loosens } from './loosening.js';

/** How many people a loosening change needs, the requester among them if that is a person. */
export type RequiredPeople = 1 | 2 | 3;
/** Where neither the tenant nor the system has chosen a number. */
const defaultRequiredPeople: RequiredPeople = 2;

/** How many people a tenant's loosening changes need; one stream per tenant. */
export type RequiredPeopleEvent = {
  readonly type: 'RequiredPeopleSet';
  readonly data: { readonly required_people: RequiredPeople; readonly reason: string };
};
export type RequiredPeopleCommand = {
  readonly kind: 'SetRequiredPeople';
  readonly required_people: RequiredPeople;
  readonly reason: string;
};
/** null: the tenant has chosen none. */
export type RequiredPeopleState = { readonly required_people: RequiredPeople | null };

/** Id of the stream that holds a tenant's number. Those of change requests are UUIDs. */
export const requiredPeopleId = 'required_people';

export const requiredPeopleDecider: Decider<RequiredPeopleCommand, RequiredPeopleEvent, RequiredPeopleState> =
  {
    name: 'required people',
    types: ['RequiredPeopleSet'],
    initial: { required_people: null },
    decide: ({ required_people, reason }, state) =>
      state.required_people === required_people
        ? []
        : [{ type: 'RequiredPeopleSet', data: { required_people, reason } }],
    evolve: (_state, { data }) => ({ required_people: data.required_people }),
  };

/**
 * The number in force for a tenant: its own, else one while its first founder is alone, else the
 * system's, else two.
 */
export const requiredPeopleInForce = (
  own: RequiredPeople | null,
  ofSystem: RequiredPeople | null,
  isAlone = false,
): RequiredPeople => own ?? (isAlone ? 1 : (ofSystem ?? defaultRequiredPeople));

/**
 * Fewer people loosen. A tenant's first number is compared with the default, because the system's
 * may change.
 */
export const requiredPeopleLoosens: Loosens<RequiredPeopleState> = (before, after) =>
  whereLowered(
    '/required_people',
    before.required_people ?? defaultRequiredPeople,
    after.required_people ?? defaultRequiredPeople,
  );
