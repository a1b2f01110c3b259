import {
  faultsIn,
  makeShopScratch,
  normalRecord,
  playShop,
  recorded,
  type RunningSallyport,
  type Scratch,
  shopStory,
  startSallyport,
  type Told,
} from '@sallyport/testing/harness';

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
