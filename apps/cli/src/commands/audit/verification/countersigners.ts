import { join } from 'node:path';
import { env } from 'node:process';
import type { VerifyOptions, CheckTimestamp } from '@interlock/verify';
import { readText } from '../../../reading.js';
import { CliError } from '../../../connection/session.js';
import { readVerifier } from '../files.js';
import type { Values } from '../../../program/options.js';
import { parseCertificates, TimestampFault, verifyToken } from '@interlock/timestamp';

/**
 * Signers other than the log itself: witnesses, a time-stamp authority, and the events' services.
 */
export const countersignerOptions = {
  '--witness <key>': { about: 'public key of a witness, or a file with it (repeatable)', several: true },
  '--quorum <n>': 'how many of the witnesses must have cosigned; default: all',
  '--tsa-ca <file>':
    'certificates (PEM) of time-stamp authorities: one must have stamped the time of all events',
  '--writers <file>':
    'public keys of the services, if they sign their events (writers.json in EVENT_KEYS_DIR)',
} as const;
type Countersigners = Values<typeof countersignerOptions>;

/** Checks time stamps by the certificates in a file. */
const timestampsBy = (file: string): CheckTimestamp => {
  let trusted: ReturnType<typeof parseCertificates>;
  try {
    trusted = parseCertificates(readText(file));
  } catch (error) {
    if (!(error instanceof TimestampFault)) throw error;
    throw new CliError(`--tsa-ca: the file \`${file}\` does not hold certificates: ${error.message}`, 2);
  }
  return async (text, token) => {
    try {
      const { at, signer } = await verifyToken(token, text, trusted);
      return { at: at.toISOString(), signer };
    } catch (error) {
      if (!(error instanceof TimestampFault)) throw error;
      return { fault: error.message, untrusted: error.untrusted };
    }
  };
};

/**
 * Returns the check of an event's signature if services sign their events. It uses the public keys
 * that the verifier names.
 */
const signaturesBy = async ({
  writers = env['EVENT_KEYS_DIR'] ? join(env['EVENT_KEYS_DIR'], 'writers.json') : undefined,
}: Countersigners): Promise<VerifyOptions['signatureFault']> => {
  if (writers === undefined) return undefined;
  const { readWriterKeys, signatureFault } = await import('@interlock/eventstore');
  const keys = readWriterKeys(readText(writers), writers);
  return (event) => signatureFault(keys, event);
};

/** Returns the checks of further signatures that the options request. */
export const countersignersOf = async (
  options: Countersigners,
): Promise<Pick<VerifyOptions, 'witnesses' | 'quorum' | 'checkTimestamp' | 'signatureFault'>> => {
  const witnesses = options.witness.map((text) => readVerifier(text, 'witness', '--witness'));
  const quorum = options.quorum === undefined ? undefined : Number(options.quorum);
  if (quorum !== undefined && (!Number.isInteger(quorum) || quorum < 1 || quorum > witnesses.length))
    throw new CliError('--quorum is a number from 1 to that of the witnesses', 2);
  const signatureFault = await signaturesBy(options);
  return {
    witnesses,
    ...(quorum === undefined ? {} : { quorum }),
    ...(signatureFault === undefined ? {} : { signatureFault }),
    ...(options.tsaCa === undefined ? {} : { checkTimestamp: timestampsBy(options.tsaCa) }),
  };
};
