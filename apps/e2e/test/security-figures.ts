import { systemTenant } from '@interlock/contracts';
import { tenant } from './names.js';
import { ask } from './security-doors.js';

/**
 * The metrics addresses that answer callers other than the system's readers, or refuse these. Their
 * texts, and those of the edge's open documents, are added to `said`.
 */
export const openFigures = async (
  http: string,
  bearer: (of: string, scopes?: readonly string[]) => string,
  said: string[],
): Promise<readonly string[]> => {
  for (const path of ['/openapi.json', '/', '/health/ready']) said.push((await ask(http, 'GET', path)).text);
  const { metrics } = JSON.parse((await ask(http, 'GET', '/')).text) as {
    readonly metrics: readonly string[];
  };
  const wrong: string[] = metrics.length > 10 ? [] : ['services are missing'];
  for (const path of metrics) {
    const statuses = [
      (await ask(http, 'GET', path)).status,
      (await ask(http, 'GET', path, { authorization: bearer(tenant) })).status,
    ];
    const { text } = await ask(http, 'GET', path, { authorization: bearer(systemTenant, ['METRICS_READ']) });
    said.push(text);
    if (statuses.join() !== '401,403' || !text.includes('process_cpu_seconds_total'))
      wrong.push(`${path} ${statuses.join()}`);
  }
  return wrong;
};
