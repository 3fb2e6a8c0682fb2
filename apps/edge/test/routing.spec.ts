import { describe, expect, it } from '@jest/globals';
import { createRouting } from '../src/routing.js';

const service = (
  name: string,
  ...prefixes: string[]
): { name: string; prefixes: string[]; origin: string } => ({ name, prefixes, origin: `http://${name}` });
const find = createRouting([
  service('policy-registry', '/api/v1/policies', '/api/v1/policy', '/api/v1/action-types'),
  service('policy-evaluator', '/api/v1/policies/:tenant/evaluate'),
  service('digital-twin', '/api/v1/autonomous/digital-twin'),
  service('safety-rails', '/api/v1/autonomous'),
  service('relay'),
]);

describe('routing', () => {
  it.each([
    ['/api/v1/policies', 'policy-registry'],
    ['/api/v1/policies/', 'policy-registry'],
    ['/api/v1/policies/demo', 'policy-registry'],
    ['/api/v1/policies/demo/p1', 'policy-registry'],
    ['/api/v1/policies/demo/evaluate', 'policy-evaluator'],
    ['/api/v1/policies/demo/evaluate/deep', 'policy-evaluator'],
    ['/api/v1/policies/demo/evaluated', 'policy-registry'],
    ['/api/v1/policies/evaluate', 'policy-registry'],
    ['/api/v1/policy/bundles/1', 'policy-registry'],
    ['/api/v1/action-types', 'policy-registry'],
    ['/api/v1/autonomous', 'safety-rails'],
    ['/api/v1/autonomous/actions/1', 'safety-rails'],
    ['/api/v1/autonomous/digital-twin/predict', 'digital-twin'],
    ['/api/v1/autonomous/digital-twins', 'safety-rails'],
    ['/api/v1/policiesx', undefined],
    ['/api/v1', undefined],
    ['/', undefined],
    ['/api/v2/policies', undefined],
    ['/API/v1/policies', undefined],
  ])('sends %s to %s', (path, name) => expect(find(path)?.name).toBe(name));

  it('refuses two services with one prefix', () => {
    expect(() => createRouting([service('one', '/api/:a/x'), service('two', '/api/:b/x')])).toThrow(
      'belongs to `one` and to `two`',
    );
  });
});
