import { Injectable } from '@nestjs/common';
import { parseStream } from '@interlock/contracts';
import { SettingChanges, type Setting } from '@interlock/platform';
import {
  policyDecider,
  policyLoosens,
  policyStream,
  type PolicyCommand,
  type PolicyEvent,
  type PolicyState,
} from '@interlock/policy';
import { PolicyHandler } from '../handlers.js';
import { Catalogue } from './catalogue.js';
import { Deciding } from './deciding.js';

const partsOf = (stream: string): { readonly tenant: string; readonly id: string } =>
  parseStream(stream) ?? { tenant: '', id: '' };

/**
 * The guardrail policies as settings. A change that lets more requests run needs the approval of
 * people.
 */
@Injectable()
export class PolicySettings {
  readonly policies: Setting<PolicyCommand, PolicyEvent, PolicyState>;

  constructor(
    readonly changes: SettingChanges,
    handler: PolicyHandler,
    catalogue: Catalogue,
    deciding: Deciding,
  ) {
    this.policies = changes.add({
      holds: (stream) => stream === policyStream(partsOf(stream).tenant, partsOf(stream).id),
      decider: policyDecider,
      handler,
      scope: 'POLICY_WRITE',
      loosens: async (stream) => {
        const { tenant, id } = partsOf(stream);
        const [policies, bundles, fields] = await Promise.all([
          deciding.policies(tenant),
          deciding.bundles(tenant),
          catalogue.fields(tenant),
        ]);
        return policyLoosens({
          policies: policies.filter(({ policy_id: other }) => other !== id),
          bundles: bundles.map((bundle) => bundle?.rules ?? []),
          catalogue: fields,
        });
      },
    });
  }
}
