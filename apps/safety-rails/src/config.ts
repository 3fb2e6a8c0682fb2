import { defaults } from '@interlock/contracts';
import { IsInt, IsNumber, Max, Min } from 'class-validator';

/** What the environment sets of the rails; durations in seconds. */
export class RailsConfig {
  /** Effects with side effects at once per instance; waiting holds none, and what failed and is tried again has as many places of its own. */
  @IsInt() @Min(1) @Max(256) SAFETY_RAILS_WORKERS: number = defaults.workers;
  /** Gate walks at once per instance. */
  @IsInt() @Min(1) @Max(1024) SAFETY_RAILS_WALKS: number = 16;
  /** Intents that came over HTTP or by `submit` and are being decided at once, per instance; a tenant has at most half. What is beyond is answered `overloaded`. */
  @IsInt() @Min(1) @Max(10_000) SAFETY_RAILS_PLACES: number = 256;
  /** How many entities the actions of a tenant may affect together within an hour; what is beyond waits, and expires. */
  @IsInt() @Min(1) @Max(1_000_000_000) SAFETY_RAILS_BLAST_RADIUS_1H: number = defaults.blast_radius_1h;
  /** How long a change is observed before it is confirmed. */
  @IsNumber() @Min(0.1) @Max(3600) SAFETY_RAILS_SOAK_S: number = defaults.soak_s;
  /** Within so many seconds a channel must have told somebody of a confirmation window, where the tenant has channels; else an approval is asked for. */
  @IsNumber() @Min(0.1) @Max(3600) SAFETY_RAILS_TOLD_WITHIN_S: number = defaults.told_within_s;
  @IsNumber() @Min(0.5) @Max(3600) SAFETY_RAILS_SWEEP_S: number = defaults.sweep_interval_s;
  /** How many people the release of a kill switch takes; `1` where there is a sole operator. */
  @IsInt() @Min(1) @Max(2) KILL_SWITCH_RELEASE_PEOPLE: number = defaults.kill_switch_release_people;
}
