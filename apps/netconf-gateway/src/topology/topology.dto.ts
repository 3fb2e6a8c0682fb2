import type { AffectedRelation, AffectedScope, Coverage } from '@interlock/network';
import { IsName, IsTime, PageQuery, TenantScoped, type PageOf, type Time } from '@interlock/platform';
import { IsOptional, MaxLength } from 'class-validator';
import type { CellViewDto } from '../devices/devices-answers.dto.js';

export class TopologyQuery extends PageQuery {
  /** The time at which the topology is shown; now if absent. */
  @IsOptional() @IsTime() @MaxLength(40) at?: string;
  @IsOptional() @IsName() site_id?: string;
}

export class AffectedQuery extends TenantScoped {
  /** The time at which the topology is shown; now if absent. */
  @IsOptional() @IsTime() @MaxLength(40) at?: string;
}

/** A device's place in the network. */
type PlacedDeviceDto = {
  readonly device_id: string;
  readonly site_id: string;
  readonly profile: string;
  readonly cells: readonly CellViewDto[];
  /** The time from which it holds. */
  readonly since: Time;
  /** The time until which it held; null while it still holds. */
  readonly until: Time | null;
};
export type TopologyPageDto = PageOf<PlacedDeviceDto>;

type AffectedCellDto = {
  readonly cell_id: string;
  /** The device of the cell; null if no device has it. */
  readonly device_id: string | null;
  readonly site_id: string | null;
  /**
   * `itself`: it is changed. `serves`: it serves the changed slice. `neighbour`: a changed cell
   * names it. `neighbour_of`: it names a changed cell. `same_site`: it is on the site of a changed
   * cell.
   */
  readonly relation: AffectedRelation;
  /** How far one of the two covers the other; null without a relation of neighbours. */
  readonly coverage: Coverage | null;
  /** The slices that it serves; null if they are unknown. */
  readonly slices: readonly string[] | null;
};

/** What a change of an entity may affect. */
export type AffectedDto = {
  readonly entity_id: string;
  readonly kind: AffectedScope['kind'];
  /** The time of the topology. */
  readonly at: Time;
  readonly devices: readonly string[];
  readonly sites: readonly string[];
  readonly cells: readonly AffectedCellDto[];
  /** The slices of these cells, as far as they are known. */
  readonly slices: readonly string[];
};
