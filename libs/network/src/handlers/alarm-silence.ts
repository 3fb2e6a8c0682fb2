import type { JsonObject, Reason } from '@interlock/contracts';
import { linearPatternFault, matchesLinear } from '@interlock/kernel/linear-pattern';
import type { BoundModel } from '../bindings/fit.js';
import { modelFor } from '../bindings/fit.js';
import { deviceImpact } from './device-impact.js';
import type { NetworkHandler } from './handler.js';
import { editsOf, entryOf, planOfEdits, refusedPlan, valueOf, type Effect } from './plan-edits.js';

/** The criteria of a shelf (RFC 8632): the alarms of one type at one resource. */
type Shelf = {
  readonly name: string;
  readonly resource: string;
  /** The alarm type as `<module>:<identity>`. */
  readonly alarm_type: string;
  /** The required qualifier of the alarms; '' for alarms without one. */
  readonly qualifier: string;
};

const reason = (code: string, detail: string): Reason => ({ code, detail });
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const shelfIn = ({ shelf, resource, alarm_type, qualifier }: JsonObject): Shelf => ({
  name: text(shelf),
  resource: text(resource),
  alarm_type: text(alarm_type),
  qualifier: text(qualifier),
});

/** Names of resources that have nothing in common. */
const unlike = ['eth0', "/a:b[c='D']/9", '~ é'];

/**
 * True if a resource's pattern (RFC 8632, a regular expression over the whole name) matches
 * everything: it consists of pattern characters alone, or matches names that are unlike. A counted
 * repetition counts as any.
 */
const matchesAll = (pattern: string): boolean => {
  if (/^[\s.*+?^$()|[\]\\/]*$/.test(pattern)) return true;
  const whole = `^(?:${pattern.replace(/\{\d+(?:,\d*)?\}/g, '*')})$`;
  return linearPatternFault(whole) === null && unlike.every((name) => matchesLinear(whole, name));
};

/** Words in the names of alarm types that protect people; such alarms are never shelved. */
const safety = /fire|smoke|flood|gas|intrusion|safety|emergency|security|evacuat|radiation/i;

const guards = (
  { name, resource, alarm_type: type, qualifier }: Shelf,
  model: BoundModel,
): readonly Reason[] => {
  const module = type.split(':')[0]!;
  return [
    ...(/^[\w.-]{1,64}$/.test(name)
      ? []
      : [reason('shelf-name', 'a shelf has a name of letters and digits')]),
    ...(matchesAll(resource)
      ? [reason('shelf-without-criteria', `the resource \`${resource}\` would silence every alarm`)]
      : []),
    ...(/[*+?^$()|[\]\\]/.test(qualifier)
      ? [reason('shelf-without-criteria', `the qualifier \`${qualifier}\` is a pattern, and not one alarm`)]
      : []),
    ...(model.namespaces.has(module)
      ? []
      : [reason('alarm-type-unknown', `the device has no module \`${module}\` with the alarm type`)]),
    ...(type === 'ietf-alarms:alarm-type-id'
      ? [reason('shelf-without-criteria', 'every alarm is of the base type')]
      : []),
    ...(safety.test(type) || safety.test(qualifier)
      ? [reason('safety-alarm', `\`${type}\` is an alarm of safety, which is never silenced`)]
      : []),
  ];
};

/** Shelves the alarms of one type at one resource of a device, which is its entity. */
export const alarmSilence: NetworkHandler = {
  action_type: 'alarm_silence',
  entity: 'device',
  changes: ['shelf.name', 'shelf.resource', 'shelf.alarm_type'],
  needs: 'inverse-edit',
  deviceOf: (entityId, topology) => (topology.devices.has(entityId) ? entityId : undefined),
  modelOf: (models) => modelFor(models, 'shelf'),
  limits: null,
  watched: () => [],
  estimateImpact: ({ entity_id }, topology) => deviceImpact(entity_id, topology),
  plan: ({ entity_id, parameters }, running, topology, profile, model) => {
    const shelf = shelfIn(parameters);
    const at = {
      device_id: entity_id,
      site_id: topology.devices.get(entity_id)?.site_id ?? null,
      neighbours: [],
      entries: [],
    };
    const refusals = guards(shelf, model);
    if (refusals.length > 0) return refusedPlan(at, refusals);
    const [module, identity] = shelf.alarm_type.split(':') as [string, string];
    const namespace = model.namespaces.get(module)!;
    const type = namespace === model.binding.namespace ? identity : `{${namespace}}${identity}`;
    const names = { shelf: shelf.name, alarm_type: type, qualifier: shelf.qualifier };
    if (valueOf(model, running, { entity: 'shelf', leaf: 'name', names }) !== undefined)
      return refusedPlan(at, [
        reason('shelf-exists', `the device has a shelf \`${shelf.name}\` already, which is not changed`),
      ]);
    const effect = (leaf: string, value: string): Effect => ({ entity: 'shelf', leaf, names, value });
    const { edits, violations } = editsOf(model, running, [
      effect('name', shelf.name),
      effect('resource', shelf.resource),
      effect('alarm_type', type),
      effect('qualifier', shelf.qualifier),
    ]);
    return violations.length > 0
      ? refusedPlan(at, violations)
      : planOfEdits(
          { ...at, entries: [entryOf(model, 'shelf', names)] },
          model,
          profile.profile,
          running,
          edits,
        );
  },
};
