import { readFileSync } from 'node:fs';

import { Parser } from '@asyncapi/parser';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { busStreams, parseSubject, rpcCallers } from '@interlock/contracts';

const text = readFileSync(new URL('../../docs/asyncapi.json', import.meta.url), 'utf8');
type Document = NonNullable<Awaited<ReturnType<Parser['parse']>>['document']>;

const parse = (source: string): ReturnType<Parser['parse']> => new Parser().parse(source);

describe('docs/asyncapi.json', () => {
  let document: Document;
  beforeAll(async () => {
    const { document: parsed, diagnostics } = await parse(text);
    expect(diagnostics.filter(({ severity }) => severity < 2)).toEqual([]);
    document = parsed!;
  });

  it('is refused by the same parser once a message that it refers to is missing', async () => {
    const broken = text.replaceAll('#/components/messages/outcomes"', '#/components/messages/gone"');
    expect((await parse(broken)).diagnostics.filter(({ severity }) => severity === 0)).not.toEqual([]);
  });

  it('has an address that the subjects of the contracts parse, in every channel', () => {
    const addresses = document
      .channels()
      .all()
      .flatMap((channel) => channel.address() ?? []);
    const kinds = addresses.map((address) => parseSubject(address.replaceAll(/[{}]/g, ''))?.kind);
    expect(kinds).not.toContain(undefined);
    expect([...new Set(kinds)].sort()).toEqual([
      'accepted',
      'dead',
      'events',
      'handled',
      'handlers',
      'intents',
      'outcomes',
      'rejected',
      'rpc',
      'signals',
    ]);
  });

  it('has every command with its callers, and every stream', () => {
    const callers = Object.fromEntries(
      document
        .channels()
        .all()
        .flatMap((channel) => {
          const extension = channel.extensions().get('x-callers');
          return extension === undefined ? [] : [[channel.json<string>('title'), extension.value()] as const];
        }),
    );
    expect(callers).toEqual(rpcCallers);
    const streams = document
      .channels()
      .all()
      .flatMap((channel) => channel.extensions().get('x-jetstream-stream')?.value<string>() ?? []);
    expect([...new Set(streams)].sort()).toEqual(busStreams.map(({ name }) => name).sort());
  });

  it("describes an intent's members as the contracts have them", () => {
    const data = document.components().messages().get('intents')!.payload()!.json() as {
      readonly properties: { readonly data: { readonly required: readonly string[] } };
    };
    expect(data.properties.data.required).toEqual(
      expect.arrayContaining(['intent_id', 'tenant_id', 'agent', 'action_type', 'entity_id']),
    );
  });
});
