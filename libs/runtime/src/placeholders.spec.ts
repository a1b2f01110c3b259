import { completeConfigSchema } from '@sallyport/guards';
import { placeholderFindings } from './placeholders.ts';

it('a placeholder that an upstream is given is a finding', () => {
  const open = { command: ['search', '--key', 'REPLACE-ME'], env: { REGION: 'REPLACE-ME' } };
  const config = completeConfigSchema.parse({ upstreams: { web: open, files: { command: ['files'] } } });
  const [found, ...others] = placeholderFindings({ config, directory: '/nowhere' });
  expect(others).toEqual([]);
  expect(found).toMatchObject({ about: 'value of upstreams.web', fires: false });
  expect(found?.detail).toContain(': command, word 3, REGION');
});
