import { createRuntime, memoryMarks } from '../../test/relay-fixture.ts';
import { relayLag } from './relay-lag.ts';

it('is what is recorded and not marked, of tenants without a mark too', async () => {
  const { tenants, record } = createRuntime();
  const marks = memoryMarks();
  expect(await relayLag(tenants, marks)).toBe(0);
  await record('shop', 5);
  await record('bank', 2);
  expect(await relayLag(tenants, marks)).toBe(7);
  await marks.advance('shop', 4);
  expect(await relayLag(tenants, marks)).toBe(3);
  await marks.advance('bank', 9);
  expect(await relayLag(tenants, marks)).toBe(1);
});
