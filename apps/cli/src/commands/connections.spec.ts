import { type FakeAdmin, startFakeAdmin, TOKEN } from '../../test/fake-admin.ts';
import { run } from '../../test/run-bin.ts';

let admin: FakeAdmin;
const at = (...args: string[]) => [...args, '--url', admin.url, '--token', TOKEN];
beforeAll(async () => void (admin = await startFakeAdmin()));
afterAll(() => admin.close());

describe('connections', () => {
  it('ends with 2 where it is not said whose, and with 1 where there is none', async () => {
    expect((await run(at('connections', 'remove', 'up'))).code).toBe(2);
    expect((await run(at('connections', 'remove', 'up', '--subject', 'nobody'))).code).toBe(1);
  });

  it('are listed, and one is removed', async () => {
    const listed = await run(at('connections'));
    expect(JSON.parse(listed.stdout)).toEqual(expect.objectContaining({ upstream: 'up', name: 'development|alice' }));
    const { code, stdout } = await run(at('connections', 'remove', 'up', '--subject', 'sub_9k'));
    expect([code, JSON.parse(stdout)]).toEqual([0, { tenant: 'shop', upstream: 'up', subject: 'sub_9k' }]);
  });
});
