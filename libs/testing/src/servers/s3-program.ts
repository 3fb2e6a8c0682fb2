import { startGuarded } from '@interlock/embedded';
import { testProgram } from '../guarded-program.js';
import type { S3Server, startS3Server } from './s3-server.js';

/**
 * The tests' S3 server in a process or container of its own, as `testProgram` starts it. It ends
 * with this process.
 */
export const startS3Program = async (
  options: Parameters<typeof startS3Server>[0],
): Promise<Pick<S3Server, 'endpoint' | 'stop'>> => {
  const { match, stop } = await startGuarded(testProgram('s3-server', options));
  return { endpoint: match[1]!, stop };
};
