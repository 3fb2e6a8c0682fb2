import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The images of `deploy/images.json` with which suites start containers. */
export const images = JSON.parse(
  readFileSync(new URL('../../../../deploy/images.json', import.meta.url), 'utf8'),
) as { readonly [part in 'node' | 'nats' | 'postgres' | 'eventstoredb']: string };

const docker = (...args: readonly string[]): boolean => {
  try {
    execFileSync('docker', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/**
 * What a suite lacks that starts containers of these images, for `suiteWhere`. `asked` is the value
 * of INTERLOCK_CONTAINERS; without `true` there no suite starts any.
 */
export const missingContainers = (
  asked: string | undefined,
  ...images: readonly string[]
): readonly string[] => {
  if (asked !== 'true') return ['container engine here: npm run test:containers'];
  if (!docker('version')) return ['container engine that answers'];
  return images.filter((image) => !docker('image', 'inspect', image)).map((image) => `image ${image}`);
};

/** The time for a container's start in milliseconds, also on a busy machine. */
export const containerStartMs = 600_000;

/**
 * The package that starts containers. Each suite stops its own, because the package's guard against
 * forgotten ones is an image that an engine without a registry cannot get.
 */
export const loadTestcontainers = (): Promise<typeof import('testcontainers')> => {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  return import('testcontainers');
};
