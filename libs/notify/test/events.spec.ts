import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  channelDecider,
  deliveryDecider,
  linkDecider,
  rotaDecider,
  routeDecider,
  webhookDecider,
} from '../src/index.js';
import { exampleEvents } from './golden.js';

describe('the events of notify', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/notify/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('each have a checked-in example', () => {
    const types = [
      channelDecider,
      routeDecider,
      deliveryDecider,
      linkDecider,
      rotaDecider,
      webhookDecider,
    ].flatMap(({ types: all }): readonly string[] => all);
    expect(Object.keys(examples).sort()).toEqual([...types].sort());
  });

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(plain(exampleEvents()[type])).toEqual(examples[type]),
  );
});
