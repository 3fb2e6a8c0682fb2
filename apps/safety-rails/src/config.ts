import { defaults } from '@interlock/contracts';
import { IsInt, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** What the environment sets of the rails; durations in seconds. */
export class RailsConfig {
  /**
   * Effects with side effects at once per instance; waiting holds none, and what failed and is
   * tried again has as many places of its own.
   */
  @IsInt() @Min(1) @Max(256) SAFETY_RAILS_WORKERS: number = defaults.workers;
  /** Gate walks at once per instance. */
  @IsInt() @Min(1) @Max(1024) SAFETY_RAILS_WALKS: number = 16;
  /**
   * Intents that came over HTTP or by `submit` and are being decided at once, per instance; a
   * tenant has at most half. What is beyond is answered `overloaded`.
   */
  @IsInt() @Min(1) @Max(10_000) SAFETY_RAILS_PLACES: number = 256;
  @IsNumber() @Min(0.5) @Max(3600) SAFETY_RAILS_SWEEP_S: number = defaults.sweep_interval_s;
  /** How many people the release of a kill switch takes; `1` where there is a sole operator. */
  @IsInt() @Min(1) @Max(2) KILL_SWITCH_RELEASE_PEOPLE: number = defaults.kill_switch_release_people;
  /**
   * How many people a loosening change needs where neither the tenant nor `_system` has chosen a
   * number. It is written to the log at the first start, and later values change nothing.
   */
  @IsInt() @Min(1) @Max(3) CHANGE_REQUIRED_PEOPLE: number = 2;
  /**
   * Public keys that stop where nobody can log in, as `interlock break-glass create` prints them:
   * `NAME KEY, NAME KEY`.
   */
  @IsOptional() @IsString() @MaxLength(10_000) KILL_SWITCH_BREAK_GLASS_KEYS?: string;
  /** File of such keys, one a line, read anew whenever one is used. */
  @IsOptional() @IsString() @MaxLength(4096) KILL_SWITCH_BREAK_GLASS_FILE?: string;
}
