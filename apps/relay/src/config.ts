import { IsInt, Max, Min } from 'class-validator';

/** What the relay reads from the environment. */
export class RelayConfig {
  /** How many events may be under way to the bus at once. */
  @IsInt()
  @Min(1)
  @Max(4096)
  INTERLOCK_RELAY_WINDOW: number = 256;

  /**
   * Seconds without progress, while the log is ahead, after which the relay counts as not ready.
   */
  @IsInt()
  @Min(1)
  @Max(3600)
  INTERLOCK_RELAY_STALL_S: number = 30;
}
