import { parseCertificates, TimestampFault, verifyToken } from '@interlock/timestamp';
import type { CheckTimestamp } from '@interlock/verify';
import { readText } from '../../../reading.js';
import { CliError } from '../../../connection/session.js';

/** Checks time stamps by the certificates in a file. */
export const timestampsBy = (file: string): CheckTimestamp => {
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
