import { normalRecord } from './harness/normal-record.ts';
import { faultsIn, recorded } from './harness/record.ts';
import { type RunningSallyport, startSallyport } from './harness/start-sallyport.ts';
import { makeShopScratch, type Scratch } from './harness/scratch.ts';
import { playShop, shopStory, type Told } from './harness/shop-scenario.ts';

describe('the shop’s scenario in one process', () => {
  const played: { scratch: Scratch; told: readonly Told[] }[] = [];

  async function play(): Promise<void> {
    const scratch = makeShopScratch();
    const sallyport: RunningSallyport = await startSallyport(scratch);
    const told = await playShop(sallyport);
    await sallyport.stop();
    played.push({ scratch, told });
  }
  beforeAll(play);
  afterAll(() => played.forEach(({ scratch }) => scratch.remove()));

  it('refuses, holds and allows as it should', () => {
    expect(played[0]?.told).toEqual(shopStory);
  });

  it('leaves the same record each time, and one without faults', async () => {
    await play();
    const [one, other] = played.map(({ scratch }) => normalRecord(recorded(scratch.data)));
    expect(other).toEqual(one);
    expect(faultsIn(played[0]?.scratch.data ?? '')).toEqual([]);
  });
});
