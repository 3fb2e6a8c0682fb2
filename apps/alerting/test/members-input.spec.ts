import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { faultsOf } from '@interlock/platform';
import { PutChannelDto } from '../src/delivery/channels/channels.dto.js';
import { AcknowledgeDto } from '../src/notices/notices.dto.js';

describe("an optional member of people's requests about alerts", () => {
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
  ])('is refused by name in a %s if it is null', (_, given, pointers) => {
    const named = faultsOf(given, { strict: true }).map(({ pointer }) => pointer);
    expect(named).toEqual(expect.arrayContaining([...pointers]));
  });
});
