import type { DeviceDiff, LeafChange } from '@interlock/contracts';
import { NetconfError } from '@interlock/netconf';
import type { Binding, DeviceProfile } from '@interlock/network';
import { ChangeSession } from '../sessions/change-session.js';
import { missingCapabilities } from './device-reading.js';
import type { DeviceAddress, DeviceSessions } from '../sessions/sessions.js';

/** How long the device may take to answer, in milliseconds, because a caller waits for the plan. */
const mostMs = 4000;

const without = (source: DeviceDiff['source'], why: string): DeviceDiff => ({ source, changes: null, why });

/**
 * Returns the difference from running that the device itself shows once its candidate holds the
 * edit. The candidate is discarded afterwards, and nothing is committed. It never waits. If the
 * candidate is in use or the device rejects the edit, there is no difference, and `why` gives the
 * reason.
 */
export const readDeviceDiff = async (
  sessions: DeviceSessions,
  address: DeviceAddress,
  profile: DeviceProfile,
  binding: Binding,
  xml: string,
): Promise<DeviceDiff> => {
  if (profile.candidate === 'absent')
    return without('read-back', 'the device has no candidate, so running is compared after the edit');
  let session: ChangeSession | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const client = await sessions.open(address);
    timer = setTimeout(() => client.destroy(), mostMs);
    session = new ChangeSession(
      client,
      profile,
      binding,
      () => Promise.resolve(),
      () => undefined,
    );
    if (missingCapabilities(client, profile).length > 0)
      return without('unavailable', 'the device does not offer what the change needs');
    if (!(await session.tryLock('candidate')))
      return without('unavailable', 'another session has the candidate locked');
    const running = await session.running();
    if ((await session.difference(running)).length > 0)
      return without('unavailable', 'the candidate holds changes of others');
    await session.edit(xml);
    return { source: 'candidate', changes: await session.difference(running), why: null };
  } catch (error) {
    if (!(error instanceof NetconfError)) throw error;
    return without('unavailable', `the device did not show it: ${error.message}`);
  } finally {
    clearTimeout(timer);
    await session?.close();
  }
};

/** How many leaves a refusal names at most. */
const mostNamed = 5;

/** Describes the changes that only one of two lists contains. */
export const disagreement = (ours: readonly LeafChange[], theirs: readonly LeafChange[]): string => {
  const text = ({ path, before, after }: LeafChange): string =>
    `\`${path}\` from \`${before ?? 'not there'}\` to \`${after ?? 'not there'}\``;
  const other = (a: readonly LeafChange[], b: readonly LeafChange[]): string => {
    const known = new Set(b.map(text));
    const only = a.map(text).filter((one) => !known.has(one));
    const more = only.length > mostNamed ? ` and ${only.length - mostNamed} more` : '';
    return only.length === 0 ? 'nothing more' : `${only.slice(0, mostNamed).join(', ')}${more}`;
  };
  return `the device shows ${other(theirs, ours)}, and the plan has ${other(ours, theirs)}`;
};
