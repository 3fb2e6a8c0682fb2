import { subject } from '@interlock/contracts';

export const tenant = 'acme';
export const account = 'ran-north';
export const agent = 'ran-optimizer';
export const upstreamUser = `${tenant}.upstream`;
export const intentsSubject = subject({ kind: 'intents', tenant, user: upstreamUser });

let serial = 0;
/** A name that no other test of this run uses. */
export const unique = (what: string): string => `${what}-${process.pid}-${(serial += 1)}`;
