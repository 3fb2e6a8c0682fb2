import type { Decider } from '../command/decider.js';
import { whereLowered, type Loosens } from './loosening.js';

/**
 * The number of people that a loosening change needs, including the requester if that is a person.
 */
export type RequiredPeople = 1 | 2 | 3;
/** The number that applies if neither the tenant nor the system has set one. */
const defaultRequiredPeople: RequiredPeople = 2;

/** The number of people for a tenant's loosening changes. Each tenant has one stream. */
export type RequiredPeopleEvent = {
  readonly type: 'RequiredPeopleSet';
  readonly data: { readonly required_people: RequiredPeople; readonly reason: string };
};
export type RequiredPeopleCommand = {
  readonly kind: 'SetRequiredPeople';
  readonly required_people: RequiredPeople;
  readonly reason: string;
};
/** Null: the tenant has set none. */
export type RequiredPeopleState = { readonly required_people: RequiredPeople | null };

/** The id of the stream with a tenant's number. Ids of change requests are UUIDs. */
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
 * Returns the number in force for a tenant: its own; otherwise 1 while its first founder is alone;
 * otherwise the system's; otherwise 2.
 */
export const requiredPeopleInForce = (
  own: RequiredPeople | null,
  ofSystem: RequiredPeople | null,
  isAlone = false,
): RequiredPeople => own ?? (isAlone ? 1 : (ofSystem ?? defaultRequiredPeople));

/**
 * Compares the numbers; fewer people loosen. A tenant's first number is compared with the default,
 * because the system's may change.
 */
export const requiredPeopleLoosens: Loosens<RequiredPeopleState> = (before, after) =>
  whereLowered(
    '/required_people',
    before.required_people ?? defaultRequiredPeople,
    after.required_people ?? defaultRequiredPeople,
  );
