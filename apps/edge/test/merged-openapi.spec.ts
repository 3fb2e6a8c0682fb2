import { describe, expect, it } from '@jest/globals';
import { mergeOpenApi, type OpenApiDocument } from '../src/merged-openapi.js';

const document = (path: string, schema: object): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  paths: { [path]: { post: { requestBody: { $ref: '#/components/schemas/Thing' } } } },
  components: {
    schemas: { Thing: schema, Same: { type: 'string' } },
    securitySchemes: { bearer: { type: 'http' } },
  },
});
const service = (name: string): { name: string; prefixes: string[]; origin: string } => ({
  name,
  prefixes: [],
  origin: '',
});

describe('mergeOpenApi', () => {
  const merged = mergeOpenApi([
    { service: service('policy-registry'), document: document('/b', { type: 'object' }) },
    { service: service('digital-twin'), document: document('/a', { type: 'number' }) },
    { service: service('posture'), document: null },
  ]);

  it('has the paths of all services, in order', () =>
    expect(Object.keys(merged.paths)).toEqual(['/a', '/b']));

  it('renames different schemas of one name, and their references', () => {
    expect(merged.components!.schemas).toEqual({
      Thing: { type: 'object' },
      Same: { type: 'string' },
      digital_twin_Thing: { type: 'number' },
    });
    expect(merged.paths['/b']).toEqual({ post: { requestBody: { $ref: '#/components/schemas/Thing' } } });
    expect(merged.paths['/a']).toEqual({
      post: { requestBody: { $ref: '#/components/schemas/digital_twin_Thing' } },
    });
  });

  it('has the schemas of all services by name, wherever their code lies', () => {
    const { components } = merged;
    expect(Object.keys(components!.schemas!)).toEqual(['Same', 'Thing', 'digital_twin_Thing']);
  });

  it('keeps the other parts, and names missing services', () => {
    expect(merged.components).toMatchObject({ securitySchemes: { bearer: { type: 'http' } } });
    expect(merged['x-unavailable-services']).toEqual(['posture']);
  });
});
