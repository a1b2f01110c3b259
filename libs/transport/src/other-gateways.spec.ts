import { until } from '@sallyport/testing';
import { type OpenTransport, openTransport } from '../test/fixture.ts';

let transport: OpenTransport;
beforeEach(async () => (transport = await openTransport()));
afterEach(() => transport.close());

describe('what a gateway tells', () => {
  it('comes to all the others, once, and to nobody else', async () => {
    await transport.close();
    transport = await openTransport({ repeat: true });
    await transport.whole();
    const heard: string[][] = [[], [], []];
    const ends = await Promise.all([1, 2, 3].map((inbox) => transport.gateway(`boot-${inbox + 1}`, inbox)));
    for (const [at, { end }] of ends.entries()) end.others.listen((text) => heard[at]?.push(text));
    ends[0]?.end.others.tell('one');
    ends[1]?.end.others.tell('two');
    await until(() => heard.flat().length >= 4);
    expect(heard.map((texts) => texts.toSorted())).toEqual([['two'], ['one'], ['one', 'two']]);
    ends[2]?.end.others.listen((_, from) => ends[2]?.end.others.tell('three', from));
    ends[0]?.end.others.tell('four');
    await until(() => heard[0]?.includes('three') === true);
    expect(heard[1]).not.toContain('three');
  });

  it('is lost while the bus is away, and an incident', async () => {
    const { end } = await transport.whole();
    transport.broker.down();
    end.others.tell('one');
    await until(() => transport.observer.seen.includes('gateways_not_told'));
    transport.broker.up();
  });
});
