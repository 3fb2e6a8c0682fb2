import { IsInt, Max, Min } from 'class-validator';

/** The environment of the relay. */
export class RelayConfig {
  /** The most events that may be in transit to the bus at once. */
  @IsInt()
  @Min(1)
  @Max(4096)
  INTERLOCK_RELAY_WINDOW: number = 256;

  /** Seconds without progress, while the log is ahead, after which the relay is not ready. */
  @IsInt()
  @Min(1)
  @Max(3600)
  INTERLOCK_RELAY_STALL_S: number = 30;
}
