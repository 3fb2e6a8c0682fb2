import { parseStream } from '@interlock/contracts';
import { SettingChanges, type Setting } from '@interlock/platform';
import {
  postureConfigDecider,
  postureConfigStream,
  postureLoosens,
  type PostureConfigCommand,
  type PostureConfigEvent,
  type PostureConfigState,
} from '@interlock/posture';
import { postureTableOf } from '@interlock/rails';
import { Injectable } from '@nestjs/common';
import { PostureConfigHandler } from './handlers.js';

/**
 * The configuration of the posture as a setting. A change that loosens it needs the approval of
 * people.
 */
@Injectable()
export class PostureSettings {
  readonly config: Setting<PostureConfigCommand, PostureConfigEvent, PostureConfigState>;

  constructor(
    readonly changes: SettingChanges,
    handler: PostureConfigHandler,
  ) {
    const loosens = postureLoosens(postureTableOf({}));
    this.config = changes.add({
      holds: (stream) => stream === postureConfigStream(parseStream(stream)?.tenant ?? ''),
      decider: postureConfigDecider,
      handler,
      scope: 'POSTURE_WRITE',
      loosens: () => (before, after) => loosens(before.config, after.config),
    });
  }
}
