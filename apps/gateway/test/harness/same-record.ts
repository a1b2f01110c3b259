import { readRecord, type Site } from '@sallyport/cluster';
import { normalRecord } from '../../../sallyport/test/harness/normal-record.ts';
import { faultsOf, recorded } from '../../../sallyport/test/harness/record.ts';
import { startSallyport } from '../../../sallyport/test/harness/start-sallyport.ts';
import type { Scratch } from '../../../sallyport/test/harness/scratch.ts';
import { playShop } from '../../../sallyport/test/harness/shop-scenario.ts';

/** Plays the shop in one process, and expects of the services the same record but for ids, times and keys. */
export async function expectRecordOfOneProcess(site: Site, embedded: Scratch): Promise<void> {
  const sallyport = await startSallyport(embedded);
  await playShop(sallyport);
  await sallyport.stop();

  const record = await readRecord(site);
  expect(normalRecord(record)).toEqual(normalRecord(recorded(embedded.data)));
  expect(faultsOf(record)).toEqual([]);
}
