import { describe, expect, it } from '@jest/globals';
import { StreamsService } from '../../src/wire/protocol.js';
import type { Context } from './context.js';

type Features = { readonly serverVersion: string; supports(method: unknown): boolean };

/** The server's announced features, and the client's use of them. */
export function features(context: Context): void {
  describe('the features of the server', () => {
    it('include its version and its methods, by which the client chooses how to append', async () => {
      const capabilities = await (context.client as unknown as { capabilities: Promise<Features> })
        .capabilities;
      expect(capabilities.serverVersion).toMatch(/^\d+\.\d+\.\d+/);
      for (const method of [
        StreamsService.batchAppend,
        StreamsService.append,
        StreamsService.read,
        StreamsService.delete,
        StreamsService.tombstone,
      ])
        expect(capabilities.supports(method)).toBe(true);
    });
  });
}
