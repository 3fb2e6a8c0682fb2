import { handlerOf } from '@interlock/platform';
import {
  brakeDecider,
  checksDecider,
  levelDecider,
  postureConfigDecider,
  postureRunDecider,
  responseDecider,
  responseWorkDecider,
  signalDecider,
  trustLockDecider,
} from '@interlock/posture';

// The command handlers of this process, one per decider.
export class LevelHandler extends handlerOf(levelDecider) {}
export class PostureConfigHandler extends handlerOf(postureConfigDecider) {}
export class PostureRunHandler extends handlerOf(postureRunDecider) {}
export class SignalHandler extends handlerOf(signalDecider) {}
export class TrustLockHandler extends handlerOf(trustLockDecider) {}
export class BrakeHandler extends handlerOf(brakeDecider) {}
export class ChecksHandler extends handlerOf(checksDecider) {}
export class ResponseHandler extends handlerOf(responseDecider) {}
export class ResponseWorkHandler extends handlerOf(responseWorkDecider) {}
