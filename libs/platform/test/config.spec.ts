import { describe, expect, it } from '@jest/globals';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { readConfig } from '../src/index.js';

class Config {
  @IsInt()
  @Min(1)
  @Max(1000)
  BATCH_SIZE = 100;

  @IsBoolean()
  MIRROR = false;

  @IsIn(['fast', 'slow'])
  MODE: 'fast' | 'slow' = 'fast';

  @IsString()
  SECRET!: string;

  @IsOptional()
  @IsUrl({ require_tld: false })
  ADDRESS?: string;
}
const fault = (
  environment: Record<string, string>,
): { code?: string; message?: string; violations?: readonly { pointer: string }[] } => {
  try {
    readConfig(Config, environment);
    return {};
  } catch (error) {
    return error as object;
  }
};

describe('readConfig', () => {
  it('reads numbers, booleans and texts, and keeps the defaults', () => {
    const config = readConfig(Config, { BATCH_SIZE: '7', MIRROR: 'true', SECRET: '0123', PATH: '/bin' });
    expect({ ...config }).toEqual({ BATCH_SIZE: 7, MIRROR: true, MODE: 'fast', SECRET: '0123' });
    expect(config).toBeInstanceOf(Config);
  });

  it('takes an empty variable for an absent one', () =>
    expect(readConfig(Config, { BATCH_SIZE: '', SECRET: 's' }).BATCH_SIZE).toBe(100));

  it('names every fault in one problem and prints no value', () => {
    const { code, message, violations } = fault({
      BATCH_SIZE: '1e99',
      MIRROR: 'yes',
      MODE: 'hunter2',
      ADDRESS: 'no url',
    });
    expect(code).toBe('validation-failed');
    expect(new Set(violations?.map(({ pointer }) => pointer))).toEqual(
      new Set(['/BATCH_SIZE', '/MIRROR', '/MODE', '/SECRET', '/ADDRESS']),
    );
    expect(message).toContain('BATCH_SIZE');
    expect(message).not.toMatch(/hunter2|1e99|no url/);
  });

  it.each(['12abc', '1.5', ' 7', '0x10'])('does not take %s for a whole number', (text) =>
    expect(fault({ BATCH_SIZE: text, SECRET: 's' }).violations?.[0]?.pointer).toBe('/BATCH_SIZE'),
  );
});
