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

/** Interfaces are named by their device, as `<device>/<interface>`. */
const placeOf = (entityId: string): { readonly device: string; readonly interface: string } => {
  const at = entityId.indexOf('/');
  return { device: entityId.slice(0, at), interface: entityId.slice(at + 1) };
};

/**
 * Gives leaves of one interface the values of its parameters, by their names in a binding. The
 * catalogue has no action type for interfaces, so the tests bring this one.
 */
const setInterface: NetworkHandler = {
  action_type: 'interface_set',
  entity: 'interface',
  changes: ['interface.enabled'],
  needs: 'inverse-edit',
  deviceOf: (entityId) => placeOf(entityId).device,
  modelOf: (models) => modelFor(models, 'interface'),
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
    const { device, interface: name } = placeOf(entity_id);
    const names = namesOf(model.binding, 'interface', name);
    const at = {
      device_id: device,
      site_id: null,
      neighbours: [],
      entries: [entryOf(model, 'interface', names)],
    };
    const effects = Object.entries(parameters as JsonObject).map(([leaf, value]): Effect => ({
      entity: 'interface',
      leaf,
      names,
      value: value as LeafValue,
    }));
    const { edits, violations } = editsOf(model, running, effects);
    return violations.length > 0
      ? refusedPlan(at, violations)
      : planOfEdits(at, model, profile.profile, running, edits);
  },
};

/** The handlers of the gateway, and the one of this file. */
export const withInterfaces: FindHandler = (actionType) =>
  actionType === setInterface.action_type ? setInterface : networkHandlerOf(actionType);
