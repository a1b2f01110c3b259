import { readRecord, type Site } from '@sallyport/cluster';
import { faultsOf, normalRecord, playShop, recorded, type Scratch, startSallyport } from '@sallyport/testing/harness';

/** Plays the shop in one process, and expects of the services the same record but for ids, times and keys. */
export async function expectRecordOfOneProcess(site: Site, embedded: Scratch): Promise<void> {
  const sallyport = await startSallyport(embedded);
  await playShop(sallyport);
  await sallyport.stop();

  const record = await readRecord(site);
  expect(normalRecord(record)).toEqual(normalRecord(recorded(embedded.data)));
  expect(faultsOf(record)).toEqual([]);
}
