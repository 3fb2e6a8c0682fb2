import { defaults } from '@interlock/contracts';
import { IsInt, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** The settings of safety-rails from the environment; durations in seconds. */
export class RailsConfig {
  /**
   * The number of effects with side effects that an instance runs at once. Waiting takes no place.
   * Retries have the same number of places of their own.
   */
  @IsInt() @Min(1) @Max(256) SAFETY_RAILS_WORKERS: number = defaults.workers;
  /** The number of gate walks that an instance runs at once. */
  @IsInt() @Min(1) @Max(1024) SAFETY_RAILS_WALKS: number = 16;
  /**
   * The number of intents from HTTP or `submit` that an instance decides at once. A tenant may take
   * half of them. Further intents are refused with `overloaded`.
   */
  @IsInt() @Min(1) @Max(10_000) SAFETY_RAILS_PLACES: number = 256;
  @IsNumber() @Min(0.5) @Max(3600) SAFETY_RAILS_SWEEP_S: number = defaults.sweep_interval_s;
  /** The number of people needed to release a kill switch. Use `1` for a sole operator. */
  @IsInt() @Min(1) @Max(2) KILL_SWITCH_RELEASE_PEOPLE: number = defaults.kill_switch_release_people;
  /**
   * The number of people that a loosening change needs if neither the tenant nor `_system` has set
   * one. It is written to the log at the first start; later values have no effect.
   */
  @IsInt() @Min(1) @Max(3) CHANGE_REQUIRED_PEOPLE: number = 2;
  /**
   * Public keys that can engage a kill switch when nobody can log in: `NAME KEY, NAME KEY`.
   * `interlock break-glass create` prints them.
   */
  @IsOptional() @IsString() @MaxLength(10_000) KILL_SWITCH_BREAK_GLASS_KEYS?: string;
  /** A file with such keys, one per line. It is read each time that a key is used. */
  @IsOptional() @IsString() @MaxLength(4096) KILL_SWITCH_BREAK_GLASS_FILE?: string;
}
