import { readAddress } from './address.js';
import { discardClient, openClient } from './client.js';
import { readProblem } from './errors.js';

/** Protected in the official client 6.2.1. */
type WithCapabilities = { readonly capabilities: Promise<{ readonly serverVersion: string }> };

/**
 * The version that the server of the log says it has. Throws `validation-failed` for an invalid
 * connection string, and `log-unavailable` if the server does not answer.
 */
export const readServerVersion = async (connectionString: string): Promise<string> => {
  const client = openClient(readAddress(connectionString).url);
  try {
    return (await (client as unknown as WithCapabilities).capabilities).serverVersion;
  } catch (error) {
    throw readProblem(error, 'asking for the version');
  } finally {
    await discardClient(client);
  }
};
