import type { JsonObject } from '@interlock/contracts';
import {
  editsOf,
  entryOf,
  modelFor,
  namesOf,
  networkHandlerOf,
  planOfEdits,
  refusedPlan,
  type Effect,
  type LeafValue,
  type NetworkHandler,
} from '@interlock/network';
import type { FindHandler } from '../src/handlers.js';

/** Things are named by their device, as `<device>/<id>`. */
const placeOf = (entityId: string): { readonly device: string; readonly id: string } => {
  const at = entityId.indexOf('/');
  return { device: entityId.slice(0, at), id: entityId.slice(at + 1) };
};

const classes = ['interface', 'route', 'ipv6_route', 'queue', 'network_instance', 'counter'] as const;

/**
 * Gives leaves of one thing the values of its parameters, by their names in a binding. The
 * catalogue has no action type for things of these classes, so the tests bring these.
 */
const setter = (entity: (typeof classes)[number]): NetworkHandler => ({
  action_type: `${entity}_set`,
  entity,
  changes: [],
  needs: 'inverse-edit',
  deviceOf: (entityId) => placeOf(entityId).device,
  modelOf: (models) => modelFor(models, entity),
  limits: {
    users_kept_min: 0,
    drop_rate_rise_max_pct: 100,
    latency_rise_max_ms: 1000,
    neighbour_load_max_pct: 100,
  },
  watched: () => [],
  estimateImpact: ({ entity_id }, topology) => ({
    affected_entity_count: 1,
    device_id: placeOf(entity_id).device,
    site_id: null,
    neighbours: [],
    kpis: [],
    users_affected: 0,
    connection_drops: 0,
    latency_increase_ms: {},
    topology_version: topology.version,
  }),
  plan: ({ entity_id, parameters }, running, _topology, profile, model) => {
    const { device, id } = placeOf(entity_id);
    const names = namesOf(model.binding, entity, id);
    const at = {
      device_id: device,
      site_id: null,
      neighbours: [],
      entries: [entryOf(model, entity, names)],
    };
    const effects = Object.entries(parameters as JsonObject).map(([leaf, value]): Effect => ({
      entity,
      leaf,
      names,
      value: value as LeafValue,
    }));
    const { edits, violations } = editsOf(model, running, effects);
    return violations.length > 0
      ? refusedPlan(at, violations)
      : planOfEdits(at, model, profile.profile, running, edits);
  },
});

const setters = new Map(classes.map((entity) => [`${entity}_set`, setter(entity)]));

/** The handlers of the gateway, and those of this file. */
export const withSetters: FindHandler = (actionType) =>
  setters.get(actionType) ?? networkHandlerOf(actionType);
