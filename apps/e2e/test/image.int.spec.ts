import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { images, missingContainers, suiteWhere } from '@interlock/testing';
import { docker } from './compose.js';
import { repository } from './stack.js';

const tags = [`interlock:first-${process.pid}`, `interlock:second-${process.pid}`] as const;
/** Docker writes these into each container. */
const written = /^(?:etc\/(?:hostname|hosts|resolv\.conf)|\.dockerenv|(?:dev|proc|sys)(?:\/|$))/;
/** At most this much above the base image. */
const mostBytes = 150_000_000;

suiteWhere(describe, 'The image', missingContainers(process.env['INTERLOCK_CONTAINERS'], images.node), () => {
  const build = (tag: string, ...options: readonly string[]): Promise<string> =>
    docker(
      ...['build', '--quiet', '--file', `${repository}/deploy/docker/Dockerfile`, '--tag', tag],
      ...options,
      repository,
    );
  const inside = (tag: string, program: string): Promise<string> =>
    docker('run', '--rm', '--user', '0', '--network', 'none', '--entrypoint', 'sh', tag, '-c', program);
  /** Each path with its type, mode, owner, target of a link, and the hash of a file's content. */
  const contentsOf = async (tag: string): Promise<readonly string[]> => {
    const listed = await inside(
      tag,
      `cd / && find . -xdev -printf '%P\\t%M %U:%G %l\\n' && find . -xdev -type f -print0 | xargs -0 sha256sum | sed -E 's,^(.{64})  ./(.*),\\2\\t\\1,'`,
    );
    return listed
      .split('\n')
      .filter((line) => !written.test(line))
      .sort();
  };
  const sizeOf = async (tag: string): Promise<number> =>
    Number(await docker('image', 'inspect', '--format', '{{.Size}}', tag));

  beforeAll(async () => {
    await build(tags[0]);
    await build(tags[1], '--no-cache');
  });
  afterAll(() => docker('image', 'rm', '--force', ...tags));

  it('has the same paths, modes, owners and contents in a second build from nothing', async () => {
    const [first, second] = [await contentsOf(tags[0]), await contentsOf(tags[1])];
    expect(first.length).toBeGreaterThan(10_000);
    expect(second.filter((line) => !first.includes(line))).toEqual([]);
    expect(second.length).toBe(first.length);
  });

  it('adds at most 150 MB to its base image', async () => {
    const added = (await sizeOf(tags[1])) - (await sizeOf(images.node));
    process.stderr.write(`image: ${(added / 1e6).toFixed(1)} MB above ${images.node}\n`);
    expect(added).toBeLessThanOrEqual(mostBytes);
  });

  it('has no program or module of one processor in what it adds of our own', async () => {
    const binaries = `find /app -type f | while read -r file; do head -c 4 "$file" | grep -q ELF && echo "$file"; done; find /app -name '*.node'`;
    expect(await inside(tags[1], binaries)).toBe('');
  });

  it('has no build tools', async () => {
    const found = 'for program in gcc cc make ld tsc python3; do command -v $program; done; true';
    expect(await inside(tags[1], found)).toBe('');
  });
});
