import { resolve } from 'node:path';
import { type Promtool, startPromtool } from '@sallyport/testing';
import { root } from './tree.ts';

describe('Prometheus', () => {
  let promtool: Promtool;
  beforeAll(async () => {
    promtool = await startPromtool(resolve(root, 'deploy/prometheus'));
  }, 180_000);
  afterAll(() => promtool?.stop());

  it.each([
    ['takes the rules', ['check', 'rules', 'alerts.yaml']],
    ['takes the configuration', ['check', 'config', 'prometheus.yaml']],
    ['fires each alert when it should, and not otherwise', ['test', 'rules', 'alerts.test.yaml']],
  ])('%s', async (_what, args) => {
    expect(await promtool.run(...args)).toMatchObject({ exitCode: 0, output: expect.stringContaining('SUCCESS') });
  });

  it('is asked for what can fail', async () => {
    expect(await promtool.run('test', 'rules', 'alerts.yaml')).not.toMatchObject({ exitCode: 0 });
  });
});
