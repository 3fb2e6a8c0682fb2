import { handlerOf } from '@interlock/platform';
import {
  checksDecider,
  levelDecider,
  postureConfigDecider,
  postureRunDecider,
  signalDecider,
  trustLockDecider,
} from '@interlock/posture';

// The handlers of commands of this process, one per decider.
export class LevelHandler extends handlerOf(levelDecider) {}
export class PostureConfigHandler extends handlerOf(postureConfigDecider) {}
export class PostureRunHandler extends handlerOf(postureRunDecider) {}
export class SignalHandler extends handlerOf(signalDecider) {}
export class ChecksHandler extends handlerOf(checksDecider) {}
export class TrustLockHandler extends handlerOf(trustLockDecider) {}
