import { describe, expect, it } from '@jest/globals';
import { createValidationPipe } from '@interlock/platform';
import { AlertmanagerDto } from '../src/alertmanager/alertmanager.dto.js';
import { managedCall, managedCalls, type ManagedAlert } from '../src/alertmanager/alertmanager.js';

const since = '2026-08-03T09:52:26.739266876+02:00';
const alert = (labels: ManagedAlert['labels'], over: Partial<ManagedAlert> = {}): ManagedAlert => ({
  status: 'firing',
  labels: { alertname: 'DiskFull', ...labels },
  annotations: { summary: 'the disk is full' },
  startsAt: since,
  endsAt: '0001-01-01T00:00:00Z',
  ...over,
});
const resolved = { status: 'resolved', endsAt: '2026-08-03T10:00:00Z' } as const;
const raised = (one: ManagedAlert): { readonly name: string; readonly subject: string } => {
  const command = managedCall(one)?.command;
  if (command?.kind !== 'raise') throw new Error('it raises nothing');
  return { name: command.data.name, subject: command.data.subject ?? '' };
};
const named = (alertname: string): string => raised(alert({ alertname })).name;

/** As another maker's release writes it, with members that nobody here knows. */
const message = (over: object, ofAlert: object): object => ({
  version: '4',
  groupKey: `{}:{alertname="${'x'.repeat(5000)}"}`,
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'alerting',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager',
  notificationReason: 'first',
  alerts: [
    { ...alert({}), generatorURL: `http://p/?g0.expr=${'x'.repeat(5000)}`, fingerprint: 'f', ...ofAlert },
  ],
  ...over,
});
const read = async (body: object): Promise<AlertmanagerDto> =>
  (await createValidationPipe({ ignoresUnknown: true }).transform(JSON.parse(JSON.stringify(body)), {
    type: 'body',
    metatype: AlertmanagerDto,
  })) as AlertmanagerDto;

describe("a message of Alertmanager's webhook", () => {
  it.each([
    ['members that nobody knows, and long ones that nobody needs', {}, { updatedAt: since, silenceURL: 's' }],
    ['annotations that are null', {}, { annotations: null }],
    ['no annotations', {}, { annotations: undefined }],
    ['2000 alerts', { alerts: Array.from({ length: 2000 }, () => alert({})) }, {}],
  ])('is read with %s', async (_, over, ofAlert) => {
    const { alerts } = await read(message(over, ofAlert));
    expect(raised(alerts[0]!)).toEqual({ name: 'disk_full', subject: 'prometheus' });
  });

  it.each([
    ['another version', { version: '3' }, {}, '/version'],
    ['no list of alerts', { alerts: null }, {}, '/alerts'],
    ['an alert without labels', {}, { labels: undefined }, '/alerts/0/labels'],
    ['an alert without its time', {}, { startsAt: '' }, '/alerts/0/startsAt'],
  ])('is refused with %s', async (_, over, ofAlert, pointer) => {
    await expect(read(message(over, ofAlert))).rejects.toMatchObject({
      violations: expect.arrayContaining([expect.objectContaining({ pointer })]),
    });
  });

  it('loses no alert for its name: one that is no name here gets a hash', () => {
    expect(named('DiskFull')).toBe('disk_full');
    expect(named('5xxErrors')).toMatch(/^alert_5xx_errors_[0-9a-f]{8}$/);
    expect(named('\u78c1\u76d8')).toMatch(/^alert__[0-9a-f]{8}$/);
    expect(named('\u78c1\u76d8')).not.toBe(named('\u5185\u5b58'));
    const long = 'KubernetesPersistentVolumeFillingUpPredictedWithinFourDays';
    expect(named(`${long}A`.repeat(2))).not.toBe(named(`${long}B`.repeat(2)));
    expect(named('n'.repeat(300)).length).toBeLessThanOrEqual(64);
    expect(managedCall(alert({ alertname: '' }))).toBeUndefined();
  });

  it('keeps two alerts apart, however long their labels are', () => {
    const path = 'p'.repeat(300);
    const [one, other] = [raised(alert({ path, z: '1' })), raised(alert({ path, z: '2' }))];
    expect(one.subject).not.toBe(other.subject);
    expect(one.subject.length).toBeLessThanOrEqual(128);
  });

  it('keeps instances apart, but for those of a service', () => {
    const at = (labels: ManagedAlert['labels']): string => raised(alert(labels)).subject;
    expect(at({ job: 'node', instance: 'a:1' })).toBe('prometheus instance=a:1 job=node');
    expect(at({ service: 'relay', job: 'interlock', instance: 'a:1' })).toBe('relay');
  });

  it('ends no alert that another instance of the service keeps firing', () => {
    const [a, b] = [
      { service: 'relay', instance: 'a:1' },
      { service: 'relay', instance: 'b:1' },
    ];
    const kinds = (...alerts: readonly ManagedAlert[]): readonly unknown[] =>
      managedCalls(alerts).map((call) => call?.command.kind);
    expect(kinds(alert(a, resolved), alert(b))).toEqual(['raise']);
    expect(kinds(alert(a, resolved), alert(b, resolved))).toEqual(['end', 'end']);
    expect(kinds(alert(a, resolved), alert({ service: 'audit' }))).toEqual(['end', 'raise']);
  });
});
