import { setTimeout as delay } from 'node:timers/promises';
import { BrokerSignals } from '../../src/database/broker-signals.js';
import { TestCity } from './exchange-fixture.js';

describe('signals between brokers', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  it('are heard by the others, and never by whoever gave them', async () => {
    const [one, other] = [city.broker(0).get(BrokerSignals), city.broker(1).get(BrokerSignals)];
    while (one.isAlone || other.isAlone) await delay(20);
    let [own, heard] = [0, 0];
    one.on('twinfed_message', () => (own += 1));
    other.on('twinfed_message', () => (heard += 1));
    while (heard < 3) {
      one.raise('twinfed_message');
      await delay(5);
    }
    expect(own).toBe(0);
  });
});
