import { until } from './until.js';

/**
 * Waits until the service at an address (`http://127.0.0.1:PORT`) says that it is ready. Throws with
 * its last answer if it waits in vain.
 */
export const untilReady = async (http: string): Promise<void> => {
  await until(async () => {
    const answer = await fetch(`${http}/health/ready`);
    if (!answer.ok) throw new Error(`${http}/health/ready: ${answer.status} ${await answer.text()}`);
    return true;
  }, `${http} is ready`);
};
