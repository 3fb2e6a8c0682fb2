import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { faultsOf } from '@interlock/platform';
import { PutChannelDto } from '../src/delivery/channels.dto.js';
import { AcknowledgeDto } from '../src/notices.dto.js';

describe('a member that may be left out, of what people write about alerts', () => {
  it.each<[string, object, readonly string[]]>([
    [
      'channel',
      Object.assign(new PutChannelDto(), { kind: 'email', url: null, port: null }),
      ['/url', '/port'],
    ],
    [
      'acknowledgement',
      Object.assign(new AcknowledgeDto(), { note: null, episode: null }),
      ['/note', '/episode'],
    ],
  ])('is refused in a %s where it is null, each by its name', (_, given, pointers) => {
    const named = faultsOf(given, { strict: true }).map(({ pointer }) => pointer);
    expect(named).toEqual(expect.arrayContaining([...pointers]));
  });
});
