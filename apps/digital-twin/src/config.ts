import { twinMethods, type TwinMethod } from '@interlock/twin';
import { IsIn } from 'class-validator';

/** The environment variables of the digital twin. */
export class TwinConfig {
  /**
   * How traces make a prediction. `nearest`: the nearest 25 with intervals from past errors, from
   * 50 traces on. `top_three`: always the nearest three. A prediction by `top_three` says so in
   * its `input`.
   */
  @IsIn(twinMethods)
  TWIN_METHOD: TwinMethod = 'nearest';
}
