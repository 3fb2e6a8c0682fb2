import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The services that take part in the contract of the API: their names and titles, as each `main.ts`
 * gives them.
 */
export const services = globSync('apps/*/src/main.ts', { cwd: root })
  .sort()
  .flatMap((path) => {
    const [, title] =
      /startService\([^;]*title: '([^']+)'/s.exec(readFileSync(join(root, path), 'utf8')) ?? [];
    return title === undefined ? [] : [{ service: path.split('/')[1], title }];
  });

/**
 * The folders whose compiled code the contract is made from. None of them may refer to the types of
 * the API, because these follow from the contract.
 */
export const contractProjects = [
  ...new Set([...services.map(({ service }) => `apps/${service}`), 'apps/edge']),
];
