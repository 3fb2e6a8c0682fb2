import { describe, expect, it } from '@jest/globals';
import {
  childElements,
  NetconfRpcError,
  parseXml,
  serialiseXml,
  textOf,
  type NetconfClient,
} from '@interlock/netconf';
import { RAN_NS } from '../src/index.js';
import { demoFleet } from '../src/fleet.js';
import {
  device,
  failure,
  login,
  power,
  powerEdit,
  ran,
  setPower,
  simulate,
  until,
  useDevice,
} from './parts.js';

const NC = 'urn:ietf:params:xml:ns:netconf:base:1.0';
const MON = 'urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring';
const NOTIFY = 'urn:ietf:params:xml:ns:netconf:notification:1.0';

const running = useDevice();

/** Sends an operation as written, in the NETCONF namespace unless it names another. */
const send = (operation: string, over = running.client): Promise<unknown> =>
  over.rpc(parseXml(operation.replace(/^<([\w-]+)(?![^>]* xmlns=)/, `<$1 xmlns="${NC}" xmlns:nc="${NC}"`)));

const refusal = async (operation: string, over = running.client): Promise<unknown> => {
  const error = await failure(send(operation, over));
  if (!(error instanceof NetconfRpcError)) throw error;
  const [first] = error.errors;
  return [
    first?.tag,
    ...(first?.info === undefined
      ? []
      : childElements(first.info).map((one) => `${one.name} ${textOf(one)}`)),
  ];
};

const edit = (inner: string, before = '<target><candidate/></target>'): string =>
  `<edit-config>${before}<config>${inner}</config></edit-config>`;
const cell = (inner: string): string =>
  `<ran xmlns="${RAN_NS}"><cell><id>cell-001-1</id>${inner}</cell></ran>`;

describe('a device refuses invalid requests with the error of RFC 6241', () => {
  const both = '<candidate/><running/>';
  it.each([
    [
      'two targets beside one another',
      edit('', '<target><candidate/></target><target><running/></target>'),
      ['bad-element', 'bad-element target'],
    ],
    [
      'two datastores in one target',
      edit('', `<target>${both}</target>`),
      ['bad-element', 'bad-element target'],
    ],
    ['a target without a datastore', edit('', '<target/>'), ['missing-element', 'bad-element target']],
    ['a target with text', '<lock><target>running</target></lock>', ['bad-element', 'bad-element target']],
    [
      'a datastore that holds something',
      '<lock><target><running>yes</running></target></lock>',
      ['bad-element', 'bad-element running'],
    ],
    [
      'a parameter that the operation has not',
      '<get-config><source><running/></source><with-defaults>report-all</with-defaults></get-config>',
      ['unknown-element', 'bad-element with-defaults'],
    ],
    [
      'a misspelt parameter',
      edit('', '<target><candidate/></target><default-operations>none</default-operations>'),
      ['unknown-element', 'bad-element default-operations'],
    ],
    [
      'a parameter of another namespace',
      '<commit><confirmed xmlns="urn:x"/></commit>',
      ['unknown-namespace', 'bad-element confirmed'],
    ],
    [
      'a parameter where there are none',
      '<discard-changes><persist-id>x</persist-id></discard-changes>',
      ['unknown-element', 'bad-element persist-id'],
    ],
    ['text in an operation', '<commit>now</commit>', ['bad-element', 'bad-element commit']],
    [
      'text where nothing belongs',
      '<commit><confirmed>true</confirmed></commit>',
      ['bad-element', 'bad-element confirmed'],
    ],
    [
      'elements where text belongs',
      '<commit><confirmed/><persist><id>x</id></persist></commit>',
      ['bad-element', 'bad-element persist'],
    ],
    [
      'an attribute of an operation',
      '<commit confirmed="true"/>',
      ['unknown-attribute', 'bad-attribute confirmed', 'bad-element commit'],
    ],
    [
      'an unknown test-option',
      edit('', '<target><candidate/></target><test-option>test</test-option>'),
      ['invalid-value'],
    ],
    [
      'an unknown error-option',
      edit('', '<target><candidate/></target><error-option>ignore</error-option>'),
      ['invalid-value'],
    ],
    [
      'an unknown default-operation',
      edit('', '<target><candidate/></target><default-operation>create</default-operation>'),
      ['invalid-value'],
    ],
    [
      'a confirm-timeout without confirmed',
      '<commit><confirm-timeout>60</confirm-timeout></commit>',
      ['missing-element', 'bad-element confirmed'],
    ],
    [
      'a persist without confirmed',
      '<commit><persist>p</persist></commit>',
      ['missing-element', 'bad-element confirmed'],
    ],
    [
      'a confirm-timeout of no time',
      '<commit><confirmed/><confirm-timeout>0</confirm-timeout></commit>',
      ['invalid-value'],
    ],
    [
      'a confirm-timeout beyond what the type holds',
      '<commit><confirmed/><confirm-timeout>4294967296</confirm-timeout></commit>',
      ['invalid-value'],
    ],
    [
      'a copy of a datastore onto itself',
      '<copy-config><target><candidate/></target><source><candidate/></source></copy-config>',
      ['invalid-value'],
    ],
    ['no session to kill', '<kill-session/>', ['missing-element', 'bad-element session-id']],
    [
      'a session that is not a number',
      '<kill-session><session-id>1e0</session-id></kill-session>',
      ['invalid-value'],
    ],
    ['no schema to get', `<get-schema xmlns="${MON}"/>`, ['missing-element', 'bad-element identifier']],
    [
      'an unknown parameter of get-schema',
      `<get-schema xmlns="${MON}"><identifier>interlock-ran</identifier><revision>1</revision></get-schema>`,
      ['unknown-element', 'bad-element revision'],
    ],
    [
      'an unknown parameter of a subscription',
      `<create-subscription xmlns="${NOTIFY}"><streams>NETCONF</streams></create-subscription>`,
      ['unknown-element', 'bad-element streams'],
    ],
    [
      'a select beside a subtree filter',
      '<get><filter type="subtree" select="/ran"/></get>',
      ['bad-attribute'],
    ],
    ['text as a filter', '<get><filter>ran</filter></get>', ['bad-element', 'bad-element filter']],
    [
      'a filter of very many elements',
      `<get><filter>${`<ran xmlns="${RAN_NS}"/>`.repeat(1_001)}</filter></get>`,
      ['too-big'],
    ],
    ['text as a configuration', edit('power up'), ['bad-element', 'bad-element config']],
    [
      'text in a container',
      edit(cell('<attributes>LOCKED</attributes>')),
      ['bad-element', 'bad-element attributes'],
    ],
    ['text in a list entry', edit(cell('LOCKED')), ['bad-element', 'bad-element cell']],
    [
      'a leaf twice',
      edit(
        cell(
          '<attributes><configuredMaxTxPower>1</configuredMaxTxPower><configuredMaxTxPower>2</configuredMaxTxPower></attributes>',
        ),
      ),
      ['bad-element', 'bad-element configuredMaxTxPower'],
    ],
    [
      'a list entry twice',
      edit(`<ran xmlns="${RAN_NS}"><cell><id>a</id></cell><cell><id>a</id></cell></ran>`),
      ['bad-element', 'bad-element cell'],
    ],
    [
      'an operation in no namespace',
      edit(cell('<attributes operation="delete"/>')),
      ['unknown-attribute', 'bad-attribute operation', 'bad-element attributes'],
    ],
    [
      'an unknown operation',
      edit(cell(`<attributes xmlns:nc="${NC}" nc:operation="drop"/>`)),
      ['bad-attribute', 'bad-attribute operation', 'bad-element attributes'],
    ],
    [
      'a key longer than its type',
      edit(`<ran xmlns="${RAN_NS}"><cell><id>${'k'.repeat(257)}</id></cell></ran>`),
      ['invalid-value', 'bad-element id'],
    ],
  ])('%s', async (_what, operation, expected) => {
    const before = serialiseXml(await running.client.getConfig('candidate'));
    expect(await refusal(operation)).toEqual(expected);
    expect(serialiseXml(await running.client.getConfig('candidate'))).toBe(before);
    expect(running.simulator.control.tentative('gnb-001')).toBe(false);
  });

  it.each(['delete', 'remove'])(
    'an edit that would remove the key from its entry (%s), so that running never lacks one',
    async (operation) => {
      const keyless = edit(
        `<ran xmlns="${RAN_NS}" xmlns:nc="${NC}"><cell><id nc:operation="${operation}">cell-001-1</id></cell></ran>`,
      );
      expect(await refusal(keyless)).toEqual(['bad-attribute', 'bad-attribute operation', 'bad-element id']);
      await running.client.commit();
      expect(running.simulator.control.runningConfig('gnb-001').map(serialiseXml).join('')).toContain(
        '<id>cell-001-1</id>',
      );
      expect(serialiseXml(await running.client.getConfig('running'))).not.toMatch(/<cell>(?!<id>)/);
    },
  );

  it('a second subscription of a session, and continues with the first', async () => {
    await using listener = await login(device(running.simulator));
    const heard: string[] = [];
    listener.session.onNotification((one) => heard.push(one.name));
    await listener.subscribe();
    expect(await refusal(`<create-subscription xmlns="${NOTIFY}"/>`, listener)).toEqual(['operation-failed']);
    await using another = await login(device(running.simulator));
    await another.subscribe();
    await until(() => heard.length > 0);
  });

  it('an attribute in a filter that no data has selects nothing, instead of being ignored', async () => {
    const filter = (attribute: string): string =>
      `<get-config><source><running/></source><filter type="subtree"><ran xmlns="${RAN_NS}"><cell${attribute}><id>cell-001-1</id></cell></ran></filter></get-config>`;
    const cells = async (attribute: string): Promise<number> => {
      const { content } = (await send(filter(attribute))) as Awaited<ReturnType<NetconfClient['rpc']>>;
      return content.map(serialiseXml).join('').split('<cell>').length - 1;
    };
    expect(await cells('')).toBe(1);
    expect(await cells(' state="LOCKED"')).toBe(0);
    expect(await cells(` xmlns:x="urn:x" x:state="LOCKED"`)).toBe(0);
  });
});

describe('a confirm-timeout of more than 24 days', () => {
  it.each([2_147_484, 4_294_967_295])(
    'of %d s is waited for instead of rolling back at once',
    async (timeoutS) => {
      const own = await simulate({ devices: demoFleet().slice(0, 2) });
      try {
        await using first = await login(device(own));
        await using second = await login(device(own, 1));
        const before = power(own);
        await setPower(first, before - 10);
        await first.commit({ confirmed: { timeoutS, persist: 'long' } });
        // The test waits for the end of a timer that started later.
        await second.editConfig({ target: 'candidate', config: [ran('ran', ran('cell', ran('id', 'new')))] });
        await second.commit({ confirmed: { timeoutS: 1 } });
        await until(() => !own.control.tentative('gnb-002'));
        expect([own.control.tentative('gnb-001'), power(own)]).toEqual([true, before - 10]);
        await first.cancelCommit('long');
        expect([own.control.tentative('gnb-001'), power(own)]).toEqual([false, before]);
      } finally {
        await own.stop();
      }
    },
  );
});

describe('an edit of 20,000 cells', () => {
  it('creates, changes and deletes them, each in one edit', async () => {
    const own = await simulate();
    try {
      await using large = await login(device(own));
      const ids = Array.from({ length: 20_000 }, (_, i) => `c${i}`);
      const count = (): number => childElements(own.control.runningConfig('gnb-001')[0]!).length;
      const before = count();
      await large.editConfig({
        target: 'candidate',
        config: [
          ran(
            'ran',
            ...ids.map((id) => ran('cell', ran('id', id), ran('attributes', ran('configuredMaxTxPower', 1)))),
          ),
        ],
      });
      await large.commit();
      expect(count()).toBe(before + 20_000);
      await large.editConfig({
        target: 'candidate',
        config: [
          ran(
            'ran',
            ...ids
              .toReversed()
              .map((id) => ran('cell', ran('id', id), ran('attributes', ran('configuredMaxTxPower', 2)))),
          ),
        ],
      });
      await large.commit();
      expect(serialiseXml(own.control.runningConfig('gnb-001')[0]!)).not.toContain(
        '<configuredMaxTxPower>1<',
      );
      const removed = ids.map((id) => `<cell nc:operation="remove"><id>${id}</id></cell>`).join('');
      await send(edit(`<ran xmlns="${RAN_NS}" xmlns:nc="${NC}">${removed}</ran>`), large);
      await large.commit();
      expect(count()).toBe(before);
      await large.editConfig({ target: 'candidate', config: [powerEdit(400)] });
    } finally {
      await own.stop();
    }
  });
});
