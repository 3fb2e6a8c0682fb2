import { handlerOf } from '@interlock/platform';
import { levelDecider, postureConfigDecider, signalDecider } from '@interlock/posture';

// The handlers of commands of this process, one per decider.
export class LevelHandler extends handlerOf(levelDecider) {}
export class PostureConfigHandler extends handlerOf(postureConfigDecider) {}
export class SignalHandler extends handlerOf(signalDecider) {}
