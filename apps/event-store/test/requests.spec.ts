import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { passes, sortedPrefixes } from '../src/model/filter.js';
import { matchesLinear } from '@interlock/kernel/linear-pattern';
import { checkStreamName, NAME_LIMIT, parseProposal, uuidText } from '../src/model/proposal.js';
import { sharedMessages, streamsMessages } from '../src/wire/protocol.js';
import { parseReadRequest } from '../src/service/read-request.js';

const { ReadReq, AppendReq } = streamsMessages;
type Options = InstanceType<typeof ReadReq.Options>;

/** A request for a stream, changed by the test. */
function request(change: (options: Options) => void = () => undefined, stream = 'orders') {
  const options = new ReadReq.Options();
  const target = new ReadReq.Options.StreamOptions();
  const identifier = new sharedMessages.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream).toString('base64'));
  target.setStreamIdentifier(identifier);
  options.setStream(target);
  options.setCount('10');
  change(options);
  return new ReadReq().setOptions(options);
}

function all(
  options: Options,
  change: (target: InstanceType<typeof ReadReq.Options.AllOptions>) => void = () => undefined,
): void {
  const target = new ReadReq.Options.AllOptions();
  change(target);
  options.clearStream();
  options.setAll(target);
}

function filtered(
  options: Options,
  change: (filter: InstanceType<typeof ReadReq.Options.FilterOptions>) => void,
): void {
  all(options);
  const filter = new ReadReq.Options.FilterOptions();
  change(filter);
  options.setFilter(filter);
}

const expression = (regex: string, prefixes: string[] = []) =>
  new ReadReq.Options.FilterOptions.Expression().setRegex(regex).setPrefixList(prefixes);

describe('a read request', () => {
  it('is read with its defaults', () => {
    expect(parseReadRequest(request())).toEqual({
      target: { stream: 'orders' },
      from: 'start',
      backwards: false,
      count: 10,
      filter: undefined,
      resolveLinks: false,
      idFormat: 'structured',
      bounds: false,
    });
  });

  it('is a subscription without a count', () => {
    const subscription = request((options) =>
      options.setSubscription(new ReadReq.Options.SubscriptionOptions()),
    );
    expect(parseReadRequest(subscription).count).toBeUndefined();
  });

  it('begins at a revision or position, or at an end; the largest numbers keep their meaning', () => {
    expect(parseReadRequest(request((options) => options.getStream()?.setRevision('7'))).from).toBe(7);
    expect(
      parseReadRequest(request((options) => options.getStream()?.setEnd(new sharedMessages.Empty()))).from,
    ).toBe('end');
    const position = (commit: string) =>
      request((options) =>
        all(options, (target) => {
          target.setPosition(
            new ReadReq.Options.Position().setCommitPosition(commit).setPreparePosition(commit),
          );
        }),
      );
    expect(parseReadRequest(position('12'))).toMatchObject({ target: 'all', from: 12 });
    expect(parseReadRequest(position('18446744073709551614')).from).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseReadRequest(position('18446744073709551615')).from).toBe('end');
    expect(
      parseReadRequest(request((options) => options.getStream()?.setRevision('18446744073709551615'))).from,
    ).toBe('end');
  });

  it('counts a checkpoint interval in windows', () => {
    const every = (max: number | undefined, multiplier: number) =>
      parseReadRequest(
        request((options) =>
          filtered(options, (filter) => {
            filter.setEventType(expression('', ['A']));
            if (max === undefined) filter.setCount(new sharedMessages.Empty());
            else filter.setMax(max);
            filter.setCheckpointintervalmultiplier(multiplier);
          }),
        ),
      ).filter?.checkpointEvery;
    expect(every(10, 3)).toBe(30);
    expect(every(undefined, 2)).toBe(64);
    expect(every(0, 0)).toBe(1);
  });

  it.each<[string, ReturnType<typeof request>]>([
    ['no options', new ReadReq()],
    ['no target', request((options) => options.clearStream())],
    ['neither a count nor a subscription', request((options) => options.clearCount())],
    ['no stream name', request(undefined, '')],
    [
      'a subscription backwards',
      request((options) => {
        options.setSubscription(new ReadReq.Options.SubscriptionOptions());
        options.setReadDirection(ReadReq.Options.ReadDirection.BACKWARDS);
      }),
    ],
    [
      'a filter on a stream',
      request((options) => {
        options.setFilter(new ReadReq.Options.FilterOptions().setEventType(expression('a')));
      }),
    ],
    ['a filter of nothing', request((options) => filtered(options, () => undefined))],
    [
      'a broken regular expression',
      request((options) => filtered(options, (filter) => filter.setEventType(expression('[')))),
    ],
  ])('with %s is refused as an invalid argument', (_, bad) => {
    expect(() => parseReadRequest(bad)).toThrow(expect.objectContaining({ code: 3 }));
  });
});

describe('a filter', () => {
  const filter = (regex: string, prefixes: string[] = []) => {
    const { filter: parsed } = parseReadRequest(
      request((options) =>
        filtered(options, (change) => change.setStreamIdentifier(expression(regex, prefixes))),
      ),
    );
    if (parsed === undefined) throw new Error('no filter');
    return (name: string) => passes(parsed, name);
  };

  it('passes names with one of its prefixes', () => {
    const pass = filter('', ['a-', 'ä']);
    expect(['a-1', 'ä', 'a', 'xa-1', 'A-1', ''].map(pass)).toEqual([true, true, false, false, false, false]);
  });

  it('passes the same names whatever the order of its prefixes, and where one begins with another', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '-', 'ä', '\u{1f600}', '\ufffd'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), fc.array(name), (prefixes, names) => {
        expect(names.map(filter('', prefixes))).toEqual(
          names.map((one) => prefixes.some((prefix) => one.startsWith(prefix))),
        );
      }),
    );
  });

  it('compares a name with few of very many prefixes', () => {
    const prefixes = sortedPrefixes(Array.from({ length: 100_000 }, (_, n) => `stream-${n}x-`));
    let reads = 0;
    const counted = new Proxy(prefixes, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    const counting = { on: 'stream', by: { prefixes: counted }, checkpointEvery: 1 } as const;
    expect([passes(counting, 'stream-70000x-1'), passes(counting, 'stream-70000y')]).toEqual([true, false]);
    expect(reads).toBeLessThan(50);
  });

  it('passes names that match its regular expression, without state between calls', () => {
    const pass = filter('^[^\\$].*');
    expect(['$$a', 'a', 'a$', ''].map(pass)).toEqual([false, true, true, false]);
    expect(['a', 'a', 'a'].map(pass)).toEqual([true, true, true]);
    expect(filter('\\-x')('a-x')).toBe(true);
    expect(filter('^[+\\-!]x')('-x')).toBe(true);
  });

  it.each(['(?=a)b', '(a)\\1', '('])('is refused if it cannot be matched in linear time: `%s`', (regex) => {
    expect(() => filter(regex)).toThrow(/the filter's regular expression .* is /);
  });
});

describe('a proposed event', () => {
  const id = 'd8f2a6a0-1b5e-4f2e-9d5b-ffffffffffff';
  const proposal = (properties: Record<string, string>, uuid: string | undefined) => {
    const message = new AppendReq.ProposedMessage();
    for (const [key, value] of Object.entries(properties)) message.getMetadataMap().set(key, value);
    if (uuid !== undefined) message.setId(new sharedMessages.UUID().setString(uuid));
    return message;
  };

  it('is read with its id in lower case', () => {
    expect(
      parseProposal(proposal({ type: 'T', 'content-type': 'application/json' }, id.toUpperCase())),
    ).toMatchObject({ id, type: 'T', isJson: true });
    expect(parseProposal(proposal({ type: 'T', 'content-type': 'text/plain' }, id)).isJson).toBe(false);
  });

  it('accepts an id of two integers as the same', () => {
    const structured = new sharedMessages.UUID.Structured();
    structured.setMostSignificantBits(BigInt.asIntN(64, 0xd8f2a6a01b5e4f2en).toString());
    structured.setLeastSignificantBits(BigInt.asIntN(64, 0x9d5bffffffffffffn).toString());
    expect(uuidText(new sharedMessages.UUID().setStructured(structured))).toBe(id);
  });

  it('is refused with a type that some pattern could not match, and so is its stream', () => {
    const typed = (length: number) => () =>
      parseProposal(proposal({ type: 't'.repeat(length), 'content-type': 'x' }, id));
    expect(typed(NAME_LIMIT)().type).toHaveLength(NAME_LIMIT);
    expect(typed(NAME_LIMIT + 1)).toThrow(expect.objectContaining({ code: 3 }));
    expect(() => checkStreamName('s'.repeat(NAME_LIMIT))).not.toThrow();
    expect(() => checkStreamName('s'.repeat(NAME_LIMIT + 1))).toThrow(expect.objectContaining({ code: 3 }));
    expect(matchesLinear('a{0,60}b{0,60}$', 'é'.repeat(NAME_LIMIT))).toBe(true);
  });

  it('is refused without type, content type or id', () => {
    const missing = (properties: Record<string, string>) => () => parseProposal(proposal(properties, id));
    expect(missing({ type: 'T' })).toThrow(/content-type/);
    expect(missing({ 'content-type': 'x' })).toThrow(/type/);
    expect(missing({})).toThrow(expect.objectContaining({ code: 3 }));
    for (const bad of [undefined, '', 'no-uuid', `${id}0`]) {
      expect(() => parseProposal(proposal({ type: 'T', 'content-type': 'x' }, bad))).toThrow(/id/);
    }
  });
});
